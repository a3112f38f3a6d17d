/**
 * Runs a Gazebo world for the robot's topics: hands out joint states, pictures and truth when they
 * are due, and keeps the arm's set-points. Time moves by `advance` (paused, lock-step) or by Gazebo
 * itself (`run`). Knows neither ROS nor processes.
 */
import { SinewError } from '../../core/error.js';
import { CommandWatchdog } from '../command_watchdog.js';
import type { SimulatorConfig } from '../config.js';
import type { GazeboImage, GazeboJointState, GazeboWorld } from '../gazebo/gazebo_world.js';
import { drawScene, type Pose } from '../scene_random.js';
import { Schedule } from '../schedule.js';
import { SuccessHold } from '../success_hold.js';
import { CUBE_MODEL, TARGET_MODEL } from './names.js';
import type { PlacementJudge } from './placement_judge.js';

/** Where what is due goes; times are seconds of the simulation since its last reset. */
export interface GazeboSink {
  jointState(time: number, state: GazeboJointState): void;
  /** One picture of the instant `time`. */
  image(time: number, image: GazeboImage): void;
  truth(time: number, cube: Pose, success: boolean): void;
}

/** Success has to last this long, s. */
const SUCCESS_HOLD = 0.2;
/** After a reset the cube falls by what its place was off, and contacts settle, s. */
const SETTLE = 0.1;

export class GazeboSimulation {
  readonly watchdog: CommandWatchdog;
  /** Pictures handed out since the start. */
  pictures = 0;

  #attached: GazeboWorld | undefined;
  readonly #joints: readonly string[];
  readonly #config: SimulatorConfig;
  readonly #judge: PlacementJudge;
  readonly #sink: GazeboSink;
  readonly #jointStates: Schedule;
  readonly #frames: Schedule;
  readonly #truth: Schedule;
  readonly #success = new SuccessHold(SUCCESS_HOLD);
  readonly #targets: Float64Array;
  readonly #unsubscribe: (() => void)[] = [];
  #target: readonly [number, number];
  /** Gazebo's time at the instant that counts as 0. */
  #start = 0;
  #frameTime: number | undefined;
  #running = false;

  /** @param joints their order in commands and states */
  constructor(
    config: SimulatorConfig,
    joints: readonly string[],
    judge: PlacementJudge,
    sink: GazeboSink,
  ) {
    this.#config = config;
    this.#joints = joints;
    this.#judge = judge;
    this.#sink = sink;
    this.#target = config.scene.target.position;
    this.#targets = new Float64Array(joints.length);
    this.watchdog = new CommandWatchdog(joints, {
      timeout: config.command_timeout_s,
      deceleration: config.stop_deceleration,
    });
    const { timestep_s: timestep } = config;
    this.#jointStates = new Schedule(config.joint_state_rate_hz, timestep, 'joint_state_rate_hz');
    this.#frames = new Schedule(config.camera_rate_hz, timestep, 'camera_rate_hz');
    this.#truth = new Schedule(config.truth_rate_hz, timestep, 'truth_rate_hz');
  }

  /** Takes over a world, whose joints are in the order given; before anything else is asked. */
  attach(world: GazeboWorld): void {
    this.#attached = world;
    this.#unsubscribe.push(
      world.onJoints((state) => {
        if (this.#running) this.#follow(state);
      }),
      ...this.#config.scene.cameras.map(({ name }) =>
        world.onImage(name, (image) => {
          if (this.#running) this.#handOut(image);
        }),
      ),
    );
  }

  /** Simulated seconds since the last reset. */
  get time(): number {
    return this.#steps * this.#config.timestep_s;
  }

  /** Time of the newest pictures handed out since the last reset. */
  get frameTime(): number | undefined {
    return this.#frameTime;
  }

  /** Whether the cube has been placed since the last reset. */
  get success(): boolean {
    return this.#success.reached;
  }

  /**
   * Starts the scene of `seed`, paused, and hands out its first instant.
   *
   * @param pictures wait for those of this instant, too; false where Gazebo will run by itself
   */
  async reset(seed: number, pictures: boolean): Promise<void> {
    this.#running = false;
    const { scene, timestep_s } = this.#config;
    const draw = drawScene(scene, seed, this.#joints.length);
    const home = this.#joints.map((name, i) => (scene.home[name] ?? 0) + (draw.homeShift[i] ?? 0));
    await this.#world.reset({ seed, positions: home });
    this.#target = draw.target;
    await this.#world.move(CUBE_MODEL, toGazebo(draw.cube));
    const flat: Pose = {
      position: [...draw.target, scene.table.height + 0.0002],
      quaternion: [1, 0, 0, 0],
    };
    await this.#world.move(TARGET_MODEL, toGazebo(flat));
    await this.#world.command(home);
    const state = await this.#world.step(Math.round(SETTLE / timestep_s));
    this.#start = state.time;
    this.#frameTime = undefined;
    this.watchdog.reset(home, 0);
    this.#success.reset();
    this.#judge.reset();
    for (const schedule of [this.#jointStates, this.#frames, this.#truth]) schedule.reset();
    await this.#emit(state, { pictures });
  }

  /** Takes a command for `CommandWatchdog.command`, now. */
  command(positions: Float64Array, times: Float64Array, count: number): void {
    this.watchdog.command(positions, times, count, this.time);
  }

  /**
   * Runs physics steps of a paused world, waiting for every picture that is due. The last instant always
   * has a joint state: a world that lost one makes a step more, and is then beside the schedule.
   */
  async advance(steps: number): Promise<void> {
    const end = this.#steps + steps;
    while (this.#steps < end) {
      const now = this.#steps;
      const due = Math.min(end, this.#nextDue);
      const count = Math.max(1, due - now);
      const time = (now + count) * this.#config.timestep_s;
      await this.#world.command(this.watchdog.update(time, this.#targets));
      const state = await this.#world.step(count);
      await this.#emit(state, { last: this.#steps >= end });
    }
  }

  /** Lets Gazebo run by itself from now on. */
  async run(): Promise<void> {
    this.#running = true;
    await this.#world.pause(false);
  }

  async pause(): Promise<void> {
    await this.#world.pause(true);
    this.#running = false;
  }

  /** Leaves the world alone. */
  close(): void {
    this.#running = false;
    for (const unsubscribe of this.#unsubscribe) unsubscribe();
  }

  get #world(): GazeboWorld {
    if (this.#attached !== undefined) return this.#attached;
    throw new SinewError('is not connected yet', { where: 'Gazebo' });
  }

  /** Physics steps since the last reset; 0 before there is a world. */
  get #steps(): number {
    const time = this.#attached?.joints.time ?? 0;
    return Math.round((time - this.#start) / this.#config.timestep_s);
  }

  get #nextDue(): number {
    return Math.min(this.#jointStates.next, this.#frames.next, this.#truth.next);
  }

  /** Hands out what is due at the instant of `state`, in a paused world. */
  async #emit(state: GazeboJointState, { pictures = true, last = false }): Promise<void> {
    const { time } = this;
    const steps = this.#steps;
    if (steps < this.#nextDue && !last) return;
    const frame = this.#frames.take(steps);
    // A joint state with every frame set: observations then agree to the step.
    if (this.#jointStates.take(steps) || frame || last) this.#sink.jointState(time, state);
    if (frame && pictures) {
      const names = this.#config.scene.cameras.map((camera) => camera.name);
      const images = await Promise.all(names.map((name) => this.#world.imageAt(name, state.time)));
      for (const image of images) this.#sink.image(time, image);
      this.pictures += images.length;
      this.#frameTime = time;
    }
    if (this.#truth.take(steps)) this.#judgeNow(time, state);
  }

  /** The same while Gazebo runs: pictures come by themselves. */
  #follow(state: GazeboJointState): void {
    const steps = this.#steps;
    if (steps < Math.min(this.#jointStates.next, this.#truth.next)) return;
    const time = steps * this.#config.timestep_s;
    if (this.#jointStates.take(steps)) {
      this.#sink.jointState(time, state);
      void this.#world.command(this.watchdog.update(time, this.#targets)).catch(() => undefined);
    }
    if (this.#truth.take(steps)) this.#judgeNow(time, state);
  }

  #handOut(image: GazeboImage): void {
    const time = image.time - this.#start;
    if (time < 0) return;
    this.#sink.image(time, image);
    this.pictures++;
    this.#frameTime = time;
  }

  #judgeNow(time: number, { positions }: GazeboJointState): void {
    const pose = this.#world.pose(CUBE_MODEL);
    if (pose === undefined) return;
    const [x, y, z, w] = pose.quaternion;
    const cube: Pose = { position: pose.position, quaternion: [w, x, y, z] };
    this.#success.update(this.#judge.done(time, positions, cube, this.#target), time);
    this.#sink.truth(time, cube, this.#success.reached);
  }
}

function toGazebo({ position, quaternion: [w, x, y, z] }: Pose) {
  return { position, quaternion: [x, y, z, w] as const };
}
