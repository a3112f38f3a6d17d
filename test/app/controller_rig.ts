/**
 * The real controller process over real ROS 2, with a robot on the other side that goes exactly
 * where it is commanded and reports its joints at 100 Hz.
 */
import { type ChildProcess, spawn } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { streamQos } from '../../src/app/config.js';
import { RosClock } from '../../src/ros/clock.js';
import { diagnosticValues } from '../../src/ros/diagnostics.js';
import type { DiagnosticStatus } from '../../src/ros/message_types.js';
import type { Publisher } from '../../src/ros/publisher.js';
import { RemoteNode } from '../../src/ros/remote_node.js';
import { RosNode } from '../../src/ros/ros_node.js';
import type { ServiceTypes } from '../../src/ros/service_types.js';
import { stampOf } from '../../src/ros/stamp.js';
import { type Domain, reserveDomain } from '../integration/domain.js';
import { ATTEMPT_S, PATIENCE_S, until } from '../integration/until.js';

const root = resolve(import.meta.dirname, '../..');
export const JOINTS = [
  'shoulder_pan',
  'shoulder_lift',
  'elbow_flex',
  'wrist_flex',
  'wrist_roll',
  'gripper',
];
/** Of a reader that must miss nothing although its process may be held up for seconds. */
const EVERYTHING = { depth: 2000, reliable: true, latched: false };
/** Chunk steps are this far apart, s. */
const STEP = 0.1;
/** To and fro by 0.8 rad for 20 s, at 1 rad/s at most: a motion that does not end during a test. */
export const SWING = Array.from({ length: 200 }, (_, i) => 0.4 * (1 - Math.cos(2.5 * STEP * i)));
/** A busy machine may hold up this process, which is the robot, for longer than a robot may be silent. */
const CONTROLLER = { rate_hz: 100, joint_state_timeout_s: 5, chunk_timeout_s: 20 };

export interface RigOptions {
  /** Of the `controller` section, over what every rig has. */
  readonly controller?: Readonly<Record<string, number | boolean>>;
  /** YAML of further sections. */
  readonly sections?: string;
  readonly lockstep?: boolean;
  /** Further arguments of the controller. */
  readonly args?: readonly string[];
  /** Follow /clock, which `clock` publishes. */
  readonly simTime?: boolean;
  /** False: the robot is silent at first. */
  readonly reporting?: boolean;
}

export class ControllerRig {
  readonly position = new Float64Array(JOINTS.length);
  /** All commands received. */
  readonly commands: Float64Array[] = [];
  readonly health = new Map<string, DiagnosticStatus>();
  readonly telemetry: Float64Array[] = [];
  /** All messages of ~/safety. */
  readonly decisions: Float64Array[] = [];
  readonly controller: RemoteNode;
  reporting: boolean;
  /** Names in joint states. */
  names = [...JOINTS];
  /** N m, in joint states; empty: not measured. */
  effort = new Float64Array(0);
  /** Called before each joint state: publishes what else the controller listens to. */
  feed = (_stamp: number): void => {};
  /** The set-up file. */
  readonly file: string;
  exitCode: number | null | undefined;
  stderr = '';
  #simClock: Publisher<'rosgraph_msgs/msg/Clock'> | undefined;
  readonly #lockstep: boolean;
  readonly #clock: RosClock;
  readonly #child: ChildProcess;
  readonly #folder: string;
  readonly #timer: NodeJS.Timeout;
  readonly #states: Publisher<'sensor_msgs/msg/JointState'>;
  readonly #chunks: Publisher<'trajectory_msgs/msg/JointTrajectory'>;

  private constructor(
    readonly node: RosNode,
    readonly domain: Domain,
    options: RigOptions,
  ) {
    this.reporting = options.reporting ?? true;
    this.#lockstep = options.lockstep ?? false;
    this.#clock = new RosClock(node);
    this.controller = new RemoteNode(node, '/controller');
    // Early: a server that has not yet found a client drops its answer.
    for (const name of ['e_stop', 'manual']) {
      node.client(`/controller/${name}`, 'std_srvs/srv/SetBool');
    }
    node.client('/controller/reset', 'std_srvs/srv/Trigger');
    node.client('/controller/change_state', 'lifecycle_msgs/srv/ChangeState');
    const qos = streamQos({ lockstep: this.#lockstep });
    this.#states = node.publisher('/joint_states', 'sensor_msgs/msg/JointState', qos);
    this.#chunks = node.publisher(
      '/action_chunk',
      'trajectory_msgs/msg/JointTrajectory',
      'command',
    );
    const array = 'std_msgs/msg/Float64MultiArray';
    node.subscribe('/forward_position_controller/commands', array, EVERYTHING, ({ data }) => {
      this.commands.push(data);
      this.position.set(data);
    });
    const type = 'diagnostic_msgs/msg/DiagnosticArray';
    node.subscribe('/diagnostics', type, EVERYTHING, ({ status }) => {
      for (const line of status) this.health.set(line.name, line);
    });
    node.subscribe('/controller/telemetry', array, EVERYTHING, ({ data }) => {
      this.telemetry.push(data);
    });
    node.subscribe('/controller/safety', array, EVERYTHING, ({ data }) => {
      this.decisions.push(data);
    });

    this.#folder = mkdtempSync(join(tmpdir(), 'sinew-controller-'));
    this.file = join(this.#folder, 'setup.yaml');
    const lines = [
      `robot: ${join(root, 'config/so101.yaml')}`,
      `ros: { use_sim_time: ${options.simTime === true} }`,
      `controller: ${JSON.stringify({ ...CONTROLLER, ...options.controller })}`,
      options.sections ?? '',
    ];
    writeFileSync(this.file, `${lines.join('\n')}\n`);
    const script = join(root, 'dist/app/controller.js');
    const args = [script, '--config', this.file, ...(options.args ?? [])];
    if (this.#lockstep) args.push('--lockstep');
    this.#child = spawn(process.execPath, args, {
      env: { ...process.env, ROS_DOMAIN_ID: String(domain.id) },
      // The controller leaves by itself when this channel closes, should the test run be killed.
      stdio: ['ignore', 'ignore', 'pipe', 'ipc'],
    });
    this.#child.stderr?.on('data', (text: Buffer) => {
      this.stderr += text.toString();
    });
    this.#child.on('close', (code) => {
      this.exitCode = code;
    });
    this.#timer = setInterval(() => {
      if (this.#lockstep) return;
      this.feed(this.#clock.now());
      if (this.reporting) this.report();
    }, 10);
  }

  /** Starts everything, in a domain of its own, and waits until the controller is configured. */
  static async start(options: RigOptions = {}): Promise<ControllerRig> {
    const domain = await reserveDomain();
    const node = await RosNode.create({
      name: 'controller_rig',
      domainId: domain.id,
      onError: () => {},
    });
    const rig = new ControllerRig(node, domain, options);
    try {
      // One that activates by itself may be active before it can be asked.
      const configured = async () => ['inactive', 'active'].includes(await rig.state());
      await rig.until(configured, 'configured controller');
      const readers = () => rig.#states.subscriptionCount > 0 && rig.#chunks.subscriptionCount > 0;
      await rig.until(readers, 'the controller to listen');
    } catch (error) {
      await rig.stop();
      throw error;
    }
    return rig;
  }

  /** Publishes the robot's joint state, stamped now or `stamp`. */
  report(stamp = this.#clock.now()): void {
    this.#states.publish({
      header: { stamp: stampOf(stamp), frame_id: '' },
      name: this.names,
      position: this.position.slice(0, this.names.length),
      velocity: new Float64Array(0),
      effort: this.effort,
    });
  }

  /** Publishes simulated time, s. */
  clock(time: number): void {
    this.#simClock ??= this.node.publisher('/clock', 'rosgraph_msgs/msg/Clock', 'latest');
    this.#simClock.publish({ clock: stampOf(time) });
  }

  /** A chunk in which every joint goes through `steps`, added to where it is. */
  chunk(steps: readonly number[], stamp = this.#clock.now(), from = this.position.slice()): void {
    const empty = new Float64Array(0);
    this.#chunks.publish({
      header: { stamp: stampOf(stamp), frame_id: '' },
      joint_names: [...JOINTS],
      points: steps.map((step, i) => ({
        positions: from.map((q) => q + step),
        velocities: empty,
        accelerations: empty,
        effort: empty,
        time_from_start: stampOf(i * STEP),
      })),
    });
  }

  /**
   * Sends a chunk until `done`: one that a busy machine brings when all its steps have elapsed moves
   * nothing.
   */
  async drive(steps: readonly number[], done: () => boolean, what: string): Promise<void> {
    const from = this.position.slice();
    let sent = Number.NEGATIVE_INFINITY;
    await this.until(() => {
      if (done()) return true;
      const time = this.#clock.now();
      if (time - sent > steps.length * STEP + 2) {
        this.chunk(steps, time, from);
        sent = time;
      }
      return false;
    }, what);
  }

  /** Is active, and in the middle of a chunk that goes on for long. */
  async move(): Promise<void> {
    await this.activate();
    await this.drive(SWING, () => (this.position[0] ?? 0) > 0.2, 'motion');
  }

  /** Lifecycle state; empty while the controller does not answer. */
  state(): Promise<string> {
    return this.controller.state(ATTEMPT_S).catch(() => '');
  }

  /** Waits until the lifecycle has come to `goal`. */
  reached(goal: string): Promise<void> {
    return this.until(async () => (await this.state()) === goal, goal);
  }

  /** Activates as soon as the controller is ready to be; without lock-step, also awaits commands. */
  async activate(): Promise<void> {
    await this.until(async () => {
      await this.controller.change('activate', ATTEMPT_S).catch(() => {});
      return (await this.state()) === 'active';
    }, 'activation');
    if (this.#lockstep) return;
    const count = this.commands.length;
    await this.until(() => this.commands.length > count + 3, 'commands');
  }

  /** What the controller answers to a service of its own. */
  call<S extends 'std_srvs/srv/SetBool' | 'std_srvs/srv/Trigger'>(
    service: string,
    type: S,
    request: ServiceTypes[S]['request'],
  ): Promise<ServiceTypes[S]['response']> {
    return this.node.client(`/controller/${service}`, type).call(request, PATIENCE_S);
  }

  until(condition: () => boolean | Promise<boolean>, what: string): Promise<void> {
    return until(condition, what, () => this.stderr.slice(-2000));
  }

  /** The robot has stood still for the last `count` commands. */
  resting(count = 10): boolean {
    const last = this.commands.slice(-count);
    return last.length === count && last.every((row) => row.every((q, j) => q === last[0]?.[j]));
  }

  /** Figures and message of a line of /diagnostics that comes after this call. */
  async diagnosis(name: string): Promise<Record<string, string | number>> {
    const line = `controller: ${name}`;
    this.health.delete(line);
    await this.until(() => this.health.has(line), `diagnostics of ${name}`);
    const status = this.health.get(line);
    return status === undefined ? {} : { message: status.message, ...diagnosticValues(status) };
  }

  /** Waits until a figure or the message of a line of /diagnostics matches. */
  async diagnosed(name: string, key: string, pattern: RegExp): Promise<void> {
    const matches = async () => pattern.test(String((await this.diagnosis(name))[key]));
    await this.until(matches, `"${name}" with ${key} ${pattern}`);
  }

  /** Waits until diagnostics show a fault, or do so no longer. */
  async fault(name: string, present = true): Promise<void> {
    const shown = async () => String((await this.diagnosis('safety')).faults).includes(name);
    await this.until(async () => (await shown()) === present, `${present} ${name}`);
  }

  signal(name: NodeJS.Signals): void {
    this.#child.kill(name);
  }

  async stop(): Promise<void> {
    clearInterval(this.#timer);
    if (this.exitCode === undefined) this.#child.kill('SIGKILL');
    await this.until(() => this.exitCode !== undefined, 'exit of the controller');
    await this.node.close();
    rmSync(this.#folder, { recursive: true });
    await this.domain.release();
  }
}
