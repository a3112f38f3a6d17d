/**
 * What every gz-sim asks for alike, whichever way it is reached: pausing, exact steps, resets, and
 * noticing that the server is gone.
 */
import { SinewError } from '../../core/error.js';
import { BaseWorld } from './base_world.js';
import type {
  GazeboCamera,
  GazeboCameraInfo,
  GazeboJointState,
  GazeboPose,
  GazeboReset,
  GazeboWorldOptions,
  Unsubscribe,
} from './gazebo_world.js';
import { settle } from './settle.js';

/** The fields of WorldControl that are used; absent ones are false or 0. */
export interface WorldControlRequest {
  readonly pause: boolean;
  readonly multi_step?: number;
  readonly reset?: { readonly all: boolean };
  readonly seed?: number;
}

/** Values of some joints at one instant; what is NaN or absent is unknown. */
export interface NamedJoints {
  readonly time: number;
  readonly names: readonly string[];
  readonly positions: ArrayLike<number>;
  readonly velocities: ArrayLike<number>;
  readonly efforts: ArrayLike<number>;
}

/** A camera's own words: size in pixels and the matrix of its intrinsics, row by row. */
export interface RawCameraInfo {
  readonly width: number;
  readonly height: number;
  readonly k: ArrayLike<number>;
}

/**
 * What a reset does to the joints: `all`, back to the world file and its clock to zero; `clock`, only
 * that (Fortress); `nothing`, since ros2_control inside of Gazebo stands still when time goes back.
 */
export type ResetReach = 'all' | 'clock' | 'nothing';

/** A state that has not come so long after its step is looked for, s. */
const LOST_STATE = 2;
/** Silence after which a running server is gone, ms. */
const SILENCE_MS = 3000;

export abstract class GzSimWorld extends BaseWorld {
  protected readonly options: GazeboWorldOptions;
  readonly #index: ReadonlyMap<string, number>;
  readonly #watchdog: NodeJS.Timeout;
  #heard = 0;

  protected constructor(options: GazeboWorldOptions) {
    super(options);
    this.options = options;
    this.#index = new Map(options.joints.map((name, i) => [name, i]));
    this.#watchdog = setInterval(() => this.#watch(), SILENCE_MS / 4);
    this.#watchdog.unref();
  }

  protected abstract readonly resetReach: ResetReach;

  /** @throws SinewError when the server refuses or does not answer */
  protected abstract control(request: WorldControlRequest): Promise<void>;

  /** Counts a state that did not come although its step was made. */
  protected abstract noteLoss(): void;

  /** Sends position targets, which are finite numbers, one a joint. */
  protected abstract send(positions: Float64Array): Promise<void>;

  /** Begins to receive what a camera says of itself; what it returns ends that. */
  protected abstract subscribeInfo(
    camera: GazeboCamera,
    take: (info: RawCameraInfo) => void,
  ): Unsubscribe;

  override onCameraInfo(camera: string, listener: (info: GazeboCameraInfo) => void): Unsubscribe {
    const events = this.events.camera(camera);
    const stop = this.subscribeInfo(events.camera, ({ width, height, k }) => {
      const [fx = 0, , cx = 0, , fy = 0, cy = 0] = Array.from(k);
      if (fx > 0 && fy > 0) events.takeInfo({ camera, width, height, fx, fy, cx, cy });
    });
    const remove = super.onCameraInfo(camera, listener);
    return () => {
      stop();
      remove();
    };
  }

  async command(positions: ArrayLike<number>): Promise<void> {
    const targets = Float64Array.from(this.jointNames, (_, i) => positions[i] ?? Number.NaN);
    const bad = targets.findIndex((target) => !Number.isFinite(target));
    if (bad < 0) return this.send(targets);
    throw new SinewError(`position target ${targets[bad]}`, {
      where: this.jointNames[bad] ?? '',
      expected: 'a number',
    });
  }

  async pause(paused: boolean): Promise<void> {
    await this.control({ pause: paused });
    if (this.clock.paused !== paused) {
      const what = paused ? 'pause' : 'running world';
      await this.events.onClock.wait((clock) => clock.paused === paused, this.timeout, what);
    }
    // The last states before the pause may still be under way; one that is lost is not missed.
    const last = this.#stepOf(this.clock.time);
    if (paused && this.#stepOf(this.joints.time) < last) {
      await this.#stateAt(last, LOST_STATE).catch(() => undefined);
    }
  }

  async step(n: number): Promise<GazeboJointState> {
    const end = performance.now() + this.timeout * 1000;
    const start = this.#stepOf(this.joints.time);
    let steps = n;
    let arrived = this.#stateAt(start + n, LOST_STATE);
    // Nobody but the time-out tells of a step that is not made.
    arrived.catch(() => undefined);
    await this.control({ pause: true, multi_step: n });
    for (;;) {
      try {
        return this.#exactly(steps, start, await arrived);
      } catch (error) {
        if (performance.now() > end || this.#stepOf(this.joints.time) > start + steps) throw error;
      }
      const made = this.#stepOf(this.clock.time) >= start + steps;
      if (made) {
        this.noteLoss();
        steps += 1;
      }
      arrived = this.#stateAt(start + steps, LOST_STATE);
      arrived.catch(() => undefined);
      if (made) await this.control({ pause: true, multi_step: 1 });
    }
  }

  async reset({ seed, positions }: GazeboReset): Promise<GazeboJointState> {
    const targets = positions ?? new Float64Array(this.jointNames.length);
    await this.pause(true);
    for (const camera of this.events.cameras.values()) camera.clear();
    if (this.resetReach === 'nothing') return this.#settle(targets);
    // Where a reset leaves the joints alone they are put in place before, so that time begins after.
    if (this.resetReach === 'clock') await this.#settle(targets);
    await this.control({ pause: true, reset: { all: true }, seed });
    await this.command(targets);
    this.events.joints = { ...this.joints, time: 0 };
    for (const camera of this.events.cameras.values()) camera.clear();
    const state = await this.step(1);
    return this.resetReach === 'all' ? this.#settle(targets) : state;
  }

  async close(): Promise<void> {
    clearInterval(this.#watchdog);
  }

  /** Takes a state of the model's joints; names may be scoped by the model. */
  protected takeState({ time, names, positions, velocities, efforts }: NamedJoints): void {
    const unknown = () => new Float64Array(this.jointNames.length).fill(Number.NaN);
    const state = { time, positions: unknown(), velocities: unknown(), efforts: unknown() };
    for (const [k, name] of names.entries()) {
      const i = this.#index.get(name) ?? this.#index.get(name.replace(/^.*::/, ''));
      if (i === undefined) continue;
      state.positions[i] = positions[k] ?? Number.NaN;
      state.velocities[i] = velocities[k] ?? Number.NaN;
      state.efforts[i] = efforts[k] ?? Number.NaN;
    }
    this.hear();
    this.events.takeJoints(state);
  }

  /** The server is there. */
  protected hear(): void {
    this.#heard = performance.now();
    this.events.setConnected(true);
  }

  /**
   * Resolves with the first state that has all joints.
   *
   * @throws SinewError when world, model or a joint is not there
   */
  protected async first(): Promise<void> {
    const { model, world } = this.options;
    const what = `joint state of '${model}' in '${world}'`;
    const first = this.events.onJoints.wait(() => true, this.timeout, what);
    // A paused world tells nothing until it is stepped; one that runs is left running.
    first.catch(() => undefined);
    const clock = await this.events.onClock.wait(
      () => true,
      this.timeout,
      `word of world '${world}'`,
    );
    if (clock.paused) await this.control({ pause: true, multi_step: 1 });
    const missing = (await first).positions.findIndex(Number.isNaN);
    if (missing < 0) return;
    throw new SinewError(`no joint '${this.jointNames[missing]}'`, {
      where: `model '${model}' of world '${world}' in ${this.title}`,
      cure: 'check the names in the world file and its JointStatePublisher',
    });
  }

  #watch(): void {
    if (performance.now() - this.#heard > SILENCE_MS) this.events.setConnected(false);
  }

  async #settle(targets: ArrayLike<number>): Promise<GazeboJointState> {
    await this.command(targets);
    return settle(this.options, targets, this.joints, (n) => this.step(n));
  }

  #stepOf(time: number): number {
    return Math.round(time / this.options.timestep);
  }

  #exactly(steps: number, start: number, state: GazeboJointState): GazeboJointState {
    const made = this.#stepOf(state.time) - start;
    if (made === steps) return state;
    throw new SinewError(`the world made ${made} steps`, {
      where: this.title,
      expected: `${steps}`,
      cure: 'pause it first, and let nobody else step it',
    });
  }

  #stateAt(step: number, timeout: number): Promise<GazeboJointState> {
    const fits = (state: GazeboJointState) => this.#stepOf(state.time) >= step;
    return this.events.onJoints.wait(fits, timeout, `joint state of step ${step}`);
  }
}

/** A pose as both protocols write it. */
export interface PoseFields {
  readonly position: { readonly x: number; readonly y: number; readonly z: number };
  readonly orientation: {
    readonly x: number;
    readonly y: number;
    readonly z: number;
    readonly w: number;
  };
}

export function poseFields({ position, quaternion }: GazeboPose): PoseFields {
  const [x, y, z] = position;
  const [qx, qy, qz, qw] = quaternion;
  return { position: { x, y, z }, orientation: { x: qx, y: qy, z: qz, w: qw } };
}
