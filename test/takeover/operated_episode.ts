/**
 * One episode of the demonstration with an operator: the policy picks, the operator takes over in the
 * middle of a chunk, jogs the tool up, the cube is moved away meanwhile, and the policy gets the arm
 * back. Everything from the operator's heartbeat to the servos is what runs on a robot, but in one
 * process and on simulated time, so that an episode comes out the same every time.
 */
import type { Config } from '../../src/app/config.js';
import { assembleSafety, loopOptions } from '../../src/app/safety_setup.js';
import { MODES } from '../../src/control/authority_mode.js';
import { ControlMemory, Request, Status } from '../../src/control/control_memory.js';
import { LoopCore } from '../../src/control/loop_core.js';
import { MemoryWriter } from '../../src/control/memory_writer.js';
import { OperatorDesk } from '../../src/control/operator_desk.js';
import type { Kinematics } from '../../src/description/kinematics.js';
import { robotKinematics } from '../../src/description/robot.js';
import type { PolicyPilot } from '../../src/simulation/policy_pilot.js';
import { drawScene } from '../../src/simulation/scene_random.js';
import type { World } from '../../src/simulation/world.js';
import { teleopSection } from '../../src/teleop/config.js';
import { TeleopCore } from '../../src/teleop/teleop_core.js';

const PERIOD = 0.01;
const STEP = 1 / 15;
/** Observations from chunk to chunk, and from an observation to its chunk's arrival, s. */
const REPLAN = 2;
const LATENCY = 0.06;
/** The operator waits until the tool is this close to the cube, m, or so long, s. */
const NEAR = 0.09;
const PATIENCE = 4;
/** The operator jogs up for so long, then waits for the cube to lie still, s. */
const JOG = 0.8;
const HOLD = 1.5;
const LIMIT = 30;
const HEARTBEAT = 0.05;

export interface OperatedEpisode {
  readonly success: boolean;
  readonly seconds: number;
  /** Speed of the fastest joint as the operator took over, rad/s. */
  readonly speed: number;
  /** Chunks of before the hand-back that came after it, and were dropped. */
  readonly dropped: number;
  /** Greatest velocity, acceleration and jerk of the command as shares of their limits. */
  readonly excess: readonly [number, number, number];
}

export class OperatedRun {
  readonly #world: World;
  readonly #policy: PolicyPilot;
  readonly #kinematics: Kinematics;
  readonly #memory: ControlMemory;
  readonly #writer: MemoryWriter;
  readonly #core: LoopCore;
  readonly #desk: OperatorDesk;
  readonly #teleop: TeleopCore;
  readonly #limits;
  readonly #images: Uint8Array;
  readonly #past: Float64Array[] = [];
  readonly #excess: [number, number, number] = [0, 0, 0];
  #seq = 0;
  #time = 0;

  constructor(config: Config, world: World, policy: PolicyPilot) {
    this.#world = world;
    this.#policy = policy;
    const setup = assembleSafety(config);
    const options = loopOptions(config, setup);
    const { robot } = setup;
    this.#limits = robot.limits;
    this.#kinematics = robotKinematics(robot);
    this.#memory = new ControlMemory(robot.limits.length, 64);
    this.#writer = new MemoryWriter(this.#memory);
    this.#core = new LoopCore(this.#memory, options);
    this.#memory.writeSettings({
      blendS: config.controller.blend_s,
      cubic: 1,
      jointStateTimeoutS: config.controller.joint_state_timeout_s,
      chunkTimeoutS: config.controller.chunk_timeout_s,
    });
    this.#desk = new OperatorDesk(this.#memory.operator, {
      groups: options.operator?.groups ?? [],
      timeout: config.controller.operator.timeout_s,
      priorities: {},
    });
    const teleop = config.teleop ?? teleopSection.parse({});
    const tool = config.robot.toolLink;
    this.#teleop = new TeleopCore({
      limits: robot.limits,
      tools: new Map([[tool, robotKinematics(robot, { tool })]]),
      slowFrom: teleop.singularity.slow_from,
      haltAt: teleop.singularity.halt_at,
      jointSpeed: teleop.joint_speed_rad_s,
      linearSpeed: teleop.linear_speed_m_s,
      angularSpeed: teleop.angular_speed_rad_s,
      acceleration: teleop.acceleration_rad_s2,
      timeout: teleop.timeout_s,
      sources: teleop.sources,
    });
    const bytes = world.scene.cameras.reduce((sum, { width, height }) => sum + width * height, 0);
    this.#images = new Uint8Array(3 * bytes);
  }

  async run(seed: number): Promise<OperatedEpisode> {
    const world = this.#world;
    world.reset(seed);
    this.#policy.begin(seed);
    const pilot = this.#policy.pilot({ replan: REPLAN, latency: () => LATENCY });
    this.#begin();
    const pending: { chunk: Float64Array; seen: number; due: number }[] = [];
    const before = this.#dropped;
    let [observations, ticks, steps] = [0, 0, 0];
    let taken: number | undefined;
    let speed = 0;
    let handedBack = false;
    let fresh = 0;
    const start = this.#time;
    const now = () => start + steps * world.timestep;
    while (now() - start < LIMIT) {
      if (now() >= start + observations * STEP - 1e-9) {
        // After the hand-back the policy's history begins anew.
        const answer = await pilot(this.#see(observations - fresh), undefined);
        if (answer !== undefined) {
          pending.push({ chunk: answer.chunk, seen: now(), due: now() + answer.latency });
        }
        observations++;
        if (handedBack && world.success()) break;
      }
      if (now() >= start + ticks * PERIOD - 1e-9) {
        ticks++;
        while (pending[0] !== undefined && pending[0].due <= now() + 1e-9) {
          const { chunk, seen } = pending.shift() ?? pending[0];
          this.#send(chunk, seen);
        }
        if (taken === undefined && (this.#near() || now() - start > PATIENCE)) {
          taken = now();
          speed = this.#speed();
        }
        const held = taken === undefined ? -1 : now() - taken;
        if (held >= 0 && !handedBack) {
          if (held > JOG / 2 && held < JOG / 2 + PERIOD) this.#moveCube(seed);
          handedBack = held > HOLD;
          this.#operate(now(), held, handedBack);
          if (handedBack) {
            this.#policy.begin(seed);
            fresh = observations;
          }
        }
        this.#tick(now());
      }
      world.step(1);
      steps++;
    }
    this.#time = now();
    return {
      success: world.success(),
      seconds: now() - start,
      speed,
      dropped: this.#dropped - before,
      excess: [...this.#excess],
    };
  }

  get mode(): string | undefined {
    return MODES[this.#memory.status[Status.mode] ?? -1];
  }

  get #dropped(): number {
    return this.#memory.status[Status.chunks + 1] ?? 0;
  }

  /** Inactive, then active at the arm's pose. */
  #begin(): void {
    this.#memory.ask(Request.deactivate);
    for (let i = 0; i < 300; i++) this.#tick(this.#later(), false);
    this.#past.length = 0;
    const asked = this.#memory.ask(Request.activate);
    this.#tick(this.#later());
    this.#later();
    const { status } = this.#memory;
    if (status[Status.answered] === asked && status[Status.started] === 1) return;
    throw new Error(`the loop did not start: faults ${status[Status.faults]}`);
  }

  #later(): number {
    this.#time += PERIOD;
    return this.#time;
  }

  #tick(time: number, output = true): void {
    const { positions, velocities } = this.#world;
    this.#writer.jointState(time, time, positions, velocities);
    this.#desk.watch(time);
    this.#core.tick(time, PERIOD, 0);
    const command = this.#memory.command.receive();
    if (command === undefined || !output) return;
    this.#world.setTargets(command.positions);
    this.#teleop.commanded(command.positions);
    this.#judge(command.positions);
  }

  #send(chunk: Float64Array, seen: number): void {
    const count = chunk.length / this.#limits.length;
    this.#writer.chunk(
      seen,
      count,
      Float64Array.from({ length: count }, (_, i) => i * STEP),
      chunk,
    );
  }

  /** The operator's heartbeat and jog, `held` seconds after the gesture. */
  #operate(now: number, held: number, done: boolean): void {
    const beat = { operator: 'ann', deadman: !done, mode: done ? 'policy' : 'operator' };
    if (done || held % HEARTBEAT < PERIOD) {
      this.#desk.take(JSON.stringify({ ...beat, seq: this.#seq++ }), now);
    }
    if (done) return;
    if (held > 0.1 && held < JOG) {
      this.#teleop.twistJog('ann', { frame: 'base', twist: [-0.05, 0, 0.12, 0, 0, 0] }, now);
    }
    if (!this.#teleop.step(now, PERIOD, this.#desk.holder?.id)) return;
    this.#memory.operator.setCommand(now, this.#teleop.position, this.#teleop.velocity);
  }

  /** To where another scene has it, at least 4 cm from where it is. */
  #moveCube(seed: number): void {
    const { scene } = this.#world;
    const [x = 0, y = 0] = this.#world.cubePose();
    for (let other = seed + 1_000_003; ; other++) {
      const { cube } = drawScene(scene, other, this.#limits.length);
      const [cx, cy] = cube.position;
      if (Math.hypot(cx - x, cy - y) < 0.04) continue;
      this.#world.setCubePose(cube);
      return;
    }
  }

  #see(index: number) {
    let at = 0;
    for (const { name, width, height } of this.#world.scene.cameras) {
      this.#world.render(name, this.#images.subarray(at, at + 3 * width * height));
      at += 3 * width * height;
    }
    return { images: this.#images, positions: Float64Array.from(this.#world.positions), index };
  }

  #near(): boolean {
    const robot = this.#teleopTool();
    const [x = 0, y = 0, z = 0] = this.#world.cubePose();
    const close = Math.hypot(robot[0] - x, robot[1] - y, robot[2] - z) < NEAR;
    return close && !this.#world.graspState().held && this.#speed() > 0.2;
  }

  #teleopTool(): readonly [number, number, number] {
    const pose = new Float64Array(16);
    this.#kinematics.forward(this.#world.positions, pose);
    return [pose[3] ?? 0, pose[7] ?? 0, pose[11] ?? 0];
  }

  #speed(): number {
    return this.#world.velocities.reduce((most, v) => Math.max(most, Math.abs(v)), 0);
  }

  /** Keeps the greatest velocity, acceleration and jerk of the commands. */
  #judge(positions: Float64Array): void {
    this.#past.unshift(positions.slice());
    if (this.#past.length < 4) return;
    this.#past.length = 4;
    for (const [j, { velocity, acceleration, jerk }] of this.#limits.entries()) {
      const [a = 0, b = 0, c = 0, d = 0] = this.#past.map((row) => row[j] ?? 0);
      const shares = [
        Math.abs(a - b) / PERIOD / velocity,
        Math.abs(a - 2 * b + c) / PERIOD ** 2 / acceleration,
        Math.abs(a - 3 * b + 3 * c - d) / PERIOD ** 3 / jerk,
      ];
      for (const i of [0, 1, 2] as const) {
        this.#excess[i] = Math.max(this.#excess[i], shares[i] ?? 0);
      }
    }
  }
}
