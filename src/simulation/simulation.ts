/**
 * Runs the world step by step and hands out what is due at each step: joint states, pictures, truth
 * for evaluation. Knows neither ROS nor real time: whoever calls `advance` decides when.
 */
import { CommandWatchdog } from './command_watchdog.js';
import type { SimulatorConfig } from './config.js';
import type { FrameRenderer } from './frame_renderer.js';
import { Schedule } from './schedule.js';
import type { ServoShafts } from './servo_shafts.js';
import { SuccessHold } from './success_hold.js';
import type { World } from './world.js';

/** Where what is due goes. Stamps are what `stamp` made of the world's time. */
export interface SimulationSink {
  /** The stamp for the instant `time` (s since the world's last reset), which is now. */
  stamp(time: number): number;
  /** World's joints now. */
  jointState(stamp: number): void;
  /** The pictures in `FrameRenderer.images`, of the instant `stamp`; comes later than that step. */
  frames(stamp: number): void;
  /** Cube pose and success now. */
  truth(stamp: number): void;
  /** In lock-step: resolves when the arm's driver has read what was handed out last. */
  settled?(): Promise<void>;
}

/** Success has to last this long, s. */
const SUCCESS_HOLD = 0.2;

export class Simulation {
  readonly world: World;
  readonly watchdog: CommandWatchdog;
  /** Frame sets left out because drawing was more than one behind. */
  droppedFrames = 0;

  /** Emulated servos that drive the arm in place of commands. */
  servos: ServoShafts | undefined;

  readonly #renderer: FrameRenderer;
  readonly #sink: SimulationSink;
  readonly #jointStates: Schedule;
  readonly #frames: Schedule;
  readonly #truth: Schedule;
  readonly #success = new SuccessHold(SUCCESS_HOLD);
  readonly #targets: Float64Array;
  /** Counts resets: pictures of an earlier episode are not handed out. */
  #epoch = 0;
  #frameStamp: number | undefined;
  /** Stamp of a frame set that waits to be drawn, from {@link #pendingSnapshot}. */
  #pending: number | undefined;
  readonly #pendingSnapshot: Float64Array;
  #waiting: (() => void)[] = [];

  constructor(
    world: World,
    config: SimulatorConfig,
    renderer: FrameRenderer,
    sink: SimulationSink,
  ) {
    this.world = world;
    this.#renderer = renderer;
    this.#sink = sink;
    this.#targets = new Float64Array(world.jointNames.length);
    this.#pendingSnapshot = new Float64Array(world.snapshotLength);
    this.watchdog = new CommandWatchdog(world.jointNames, {
      timeout: config.command_timeout_s,
      deceleration: config.stop_deceleration,
    });
    const { timestep } = world;
    this.#jointStates = new Schedule(config.joint_state_rate_hz, timestep, 'joint_state_rate_hz');
    this.#frames = new Schedule(config.camera_rate_hz, timestep, 'camera_rate_hz');
    this.#truth = new Schedule(config.truth_rate_hz, timestep, 'truth_rate_hz');
  }

  /** Stamp of the newest pictures handed out since the last reset. */
  get frameStamp(): number | undefined {
    return this.#frameStamp;
  }

  /** Whether the cube has been placed since the last reset. */
  get success(): boolean {
    return this.#success.reached;
  }

  /** The next step at which something is due. */
  get nextDue(): number {
    return Math.min(this.#jointStates.next, this.#frames.next, this.#truth.next);
  }

  /** Starts the scene of `seed` and hands out its first instant. */
  reset(seed: number): void {
    this.#epoch++;
    this.#pending = undefined;
    this.#frameStamp = undefined;
    this.world.reset(seed);
    this.watchdog.reset(this.world.positions, 0);
    this.servos?.settle(0);
    this.#success.reset();
    for (const schedule of [this.#jointStates, this.#frames, this.#truth]) schedule.reset();
    this.#emit();
  }

  /** Takes a command for `CommandWatchdog.command`, now. */
  command(positions: Float64Array, times: Float64Array, count: number): void {
    this.watchdog.command(positions, times, count, this.world.time);
  }

  /** Runs physics steps; when drawing is more than one frame set behind, the older is left out. */
  advance(steps: number): void {
    for (let i = 0; i < steps; i++) {
      this.#step();
      this.#emit();
    }
  }

  /** Runs physics steps, waiting for every picture that is due: nothing is left out. */
  async advanceInOrder(steps: number): Promise<void> {
    for (let i = 0; i < steps; i++) {
      this.#step();
      await this.idle();
      if (this.#emit()) await this.#sink.settled?.();
    }
    await this.idle();
  }

  /** Resolves when no picture is being drawn. */
  async idle(): Promise<void> {
    while (this.#renderer.busy) await new Promise<void>((resolve) => this.#waiting.push(resolve));
  }

  #step(): void {
    const { world, servos } = this;
    if (servos !== undefined) {
      servos.step(world.timestep, () => world.step());
      return;
    }
    world.setTargets(this.watchdog.update(world.time + world.timestep, this.#targets));
    world.step();
  }

  /** Hands out what is due; false when nothing is. */
  #emit(): boolean {
    const { steps, time } = this.world;
    if (steps < this.nextDue) return false;
    const stamp = this.#sink.stamp(time);
    const frame = this.#frames.take(steps);
    // A joint state with every frame set: observations then agree to the step.
    if (this.#jointStates.take(steps) || frame) this.#sink.jointState(stamp);
    if (frame) this.#draw(stamp);
    this.#success.update(this.world.success(), time);
    if (this.#truth.take(steps)) this.#sink.truth(stamp);
    return true;
  }

  /** Draws the present; while a picture is being drawn, the newest request waits for its end. */
  #draw(stamp: number): void {
    if (this.#renderer.busy) {
      if (this.#pending !== undefined) this.droppedFrames++;
      this.#pending = stamp;
      this.world.snapshot(this.#pendingSnapshot);
      return;
    }
    this.world.snapshot(this.#renderer.snapshot);
    this.#render(stamp);
  }

  #render(stamp: number): void {
    const epoch = this.#epoch;
    this.#renderer.render(() => {
      if (epoch === this.#epoch) {
        this.#frameStamp = stamp;
        this.#sink.frames(stamp);
      }
      if (this.#pending !== undefined) {
        this.#renderer.snapshot.set(this.#pendingSnapshot);
        const next = this.#pending;
        this.#pending = undefined;
        this.#render(next);
        return;
      }
      const waiting = this.#waiting;
      this.#waiting = [];
      for (const resolve of waiting) resolve();
    });
  }
}
