/**
 * Puts observations together by stamp: frames of all cameras that belong together, joint positions
 * at their time, and the same for the past steps that the policy wants to see. Pure: the time comes
 * from the caller.
 */
import { bindJoints } from '../core/joint_binding.js';
import { type CameraFrame, CameraStream } from './camera_stream.js';
import { JOINT_STREAM, JointStream } from './joint_stream.js';
import type { ObservationBlock } from './observation_block.js';
import type { PolicyPackageJson } from './package_schema.js';
import { type StreamFault, secondsText } from './stream_fault.js';

export interface SyncOptions {
  /** Oldest data that may be acted on, s. */
  readonly ageBudget: number;
  /** Largest difference of the stamps within one time step, s. */
  readonly skewBudget: number;
  readonly futureTolerance: number;
  /** How far a past frame may be from its due time, s. */
  readonly historyTolerance: number;
  /**
   * How far a frame may be ahead of the newest joint state, s. With 0 the policy waits for the joint
   * state after the frame, so that the value does not depend on what arrived first.
   */
  readonly jointHold: number;
  readonly freezeBudget: number;
}

/** Highest rates that the memory is laid out for, Hz; faster streams shorten the history kept. */
const FRAME_RATE = 60;
const JOINT_RATE = 1000;
const SPARE_FRAMES = 8;
/** A stamp this far before the newest means that time itself went back, s. */
const JUMP = 1;

type SyncPackage = Pick<PolicyPackageJson, 'observation' | 'horizon' | 'rate_hz'>;

export class ObservationSync {
  /** Joints that the policy sees, each once: the order of `pushJoints`. */
  readonly jointNames: readonly string[];
  readonly #spec: SyncPackage;
  readonly #options: SyncOptions;
  readonly #cameras: readonly CameraStream[];
  readonly #joints: JointStream;
  /** For each state input the places of its joints in `jointNames`. */
  readonly #bindings: ReadonlyMap<string, Int32Array>;
  readonly #scratch: Float64Array;
  #epoch = 0;

  constructor(spec: SyncPackage, options: SyncOptions) {
    this.#spec = spec;
    this.#options = options;
    const history = (spec.horizon.observation - 1) / spec.rate_hz;
    const span = history + options.ageBudget;
    const capacity = Math.ceil(span * FRAME_RATE) + SPARE_FRAMES;
    const inputs = Object.entries(spec.observation);
    this.#cameras = inputs.flatMap(([key, input]) =>
      input.type === 'image' ? [new CameraStream(key, input, { ...options, capacity })] : [],
    );
    const states = inputs.flatMap(([key, input]) =>
      input.type === 'state' ? [{ key, joints: input.joints }] : [],
    );
    this.jointNames = [...new Set(states.flatMap(({ joints }) => joints))];
    this.#bindings = new Map(
      states.map(({ key, joints }) => [key, bindJoints(this.jointNames, joints, key)]),
    );
    this.#joints = new JointStream(
      this.jointNames,
      Math.ceil((span + 0.1) * JOINT_RATE),
      options.futureTolerance,
    );
    this.#scratch = new Float64Array(this.jointNames.length);
  }

  /** Changes whenever everything was forgotten; what was computed before must be dropped. */
  get epoch(): number {
    return this.#epoch;
  }

  /** Names of the image inputs. */
  get cameraKeys(): readonly string[] {
    return this.#cameras.map(({ key }) => key);
  }

  /**
   * @param stamp when the picture was taken, s
   * @param now the same clock's time now, s
   */
  pushImage(key: string, stamp: number, now: number, frame: CameraFrame): void {
    const camera = this.#cameras.find((candidate) => candidate.key === key);
    if (camera === undefined) return;
    if (stamp < camera.ring.newest - JUMP) this.reset();
    camera.push(stamp, now, frame);
  }

  /** @param positions rad, in the order of `jointNames` */
  pushJoints(stamp: number, now: number, positions: Float64Array): void {
    if (stamp < this.#joints.history.newest - JUMP) this.reset();
    this.#joints.push(stamp, now, positions);
  }

  /** Notes a joint state that could not be read. */
  refuseJoints(detail: string): void {
    this.#joints.refuse(detail);
  }

  /** Forgets all data: at an episode's start, a takeover, or when time went back. */
  reset(): void {
    for (const camera of this.#cameras) camera.keep(0);
    this.#joints.clear();
    this.#epoch++;
  }

  /**
   * Starts a history with the newest frames as its first, for lock-step, where the frames of an
   * episode's start are there before the policy is told to begin.
   */
  restartFromNewest(): void {
    for (const camera of this.#cameras) camera.keep(1);
    this.#epoch++;
  }

  /** Frames of the first camera (or joint states, without one) later than `after`. */
  framesSince(after: number): number {
    return this.#candidates(after).length;
  }

  /** Age of each stream's newest data, s; infinite when there is none. */
  ages(now: number): Record<string, number> {
    const entries = this.#cameras.map(({ key, ring }) => [key, now - ring.newest] as const);
    if (this.jointNames.length === 0) return Object.fromEntries(entries);
    return Object.fromEntries([...entries, [JOINT_STREAM, now - this.#joints.history.newest]]);
  }

  /** Why no chunk may be computed now; empty when one may. */
  faults(now: number): StreamFault[] {
    const { ageBudget } = this.#options;
    const streams = this.jointNames.length > 0 ? [...this.#cameras, this.#joints] : this.#cameras;
    const faults = streams.flatMap((stream) => stream.fault(now, ageBudget) ?? []);
    if (faults.length > 0) return faults;
    const candidates = this.#candidates().reverse();
    const fresh = candidates.filter((stamp) => now - stamp <= ageBudget);
    if (fresh.some((stamp) => this.#times(stamp) !== null)) return [];
    const [newest = Number.NaN] = candidates;
    const age = now - newest;
    if (fresh.some((stamp) => this.#complete(stamp))) {
      const step = secondsText(1 / this.#spec.rate_hz);
      const detail = `no frames ${step} apart for the ${this.#spec.horizon.observation} steps`;
      return [{ stream: this.#primary, kind: 'history', detail, age }];
    }
    const budget = secondsText(this.#options.skewBudget);
    const detail = `no frames and joint states within ${budget} of one another`;
    return [{ stream: this.#primary, kind: 'skew', detail, age }];
  }

  /**
   * The next observation later than `after`, written into `block`.
   *
   * @param order newest: the latest one that can be acted on, within the age budget; oldest: every
   *   one in turn, whatever its age, for lock-step
   * @returns null when there is none (yet); `usable` is false for one that lacks its history, which
   *   only `oldest` gives, and `block` is then unchanged
   */
  take(
    after: number,
    order: 'newest' | 'oldest',
    now: number,
    block: ObservationBlock,
  ): { stamp: number; usable: boolean } | null {
    const inTurn = order === 'oldest';
    const candidates = this.#candidates(after);
    if (!inTurn) candidates.reverse();
    for (const stamp of candidates) {
      if (!inTurn && !(now - stamp <= this.#options.ageBudget)) return null;
      if (!this.#complete(stamp)) {
        if (inTurn && this.#mayStillComplete(stamp)) return null;
        continue;
      }
      const times = this.#times(stamp);
      for (const [step, time] of times?.entries() ?? []) this.#fill(time, step, block);
      if (times !== null || inTurn) return { stamp, usable: times !== null };
    }
    return null;
  }

  get #primary(): string {
    return this.#cameras[0]?.key ?? JOINT_STREAM;
  }

  /**
   * Stamps later than `after` at which an observation could be, oldest first: those of the first
   * camera, or of the joint states when there is none.
   */
  #candidates(after = Number.NEGATIVE_INFINITY): number[] {
    const source = this.#cameras[0]?.ring ?? this.#joints.history;
    const stamps: number[] = [];
    for (let i = source.length - 1; i >= 0 && source.stamp(i) > after; i--) {
      stamps.push(source.stamp(i));
    }
    return stamps.reverse();
  }

  /** True when every stream has data for `stamp`. */
  #complete(stamp: number): boolean {
    return this.#cameras.every((camera) => this.#hasFrame(camera, stamp)) && this.#hasJoints(stamp);
  }

  #hasFrame({ ring }: CameraStream, stamp: number): boolean {
    return Math.abs(ring.stamp(ring.nearest(stamp)) - stamp) <= this.#options.skewBudget;
  }

  /** Leaves the joint positions at `stamp` in the scratch vector. */
  #hasJoints(stamp: number): boolean {
    if (this.jointNames.length === 0) return true;
    const { skewBudget, jointHold } = this.#options;
    return this.#joints.history.at(stamp, skewBudget, jointHold, this.#scratch);
  }

  /** False when a stream that lacks data for `stamp` has gone past it. */
  #mayStillComplete(stamp: number): boolean {
    const past = stamp + this.#options.skewBudget;
    const cameras = this.#cameras.every(
      (camera) => this.#hasFrame(camera, stamp) || camera.ring.newest <= past,
    );
    return cameras && (this.#hasJoints(stamp) || this.#joints.history.newest < stamp);
  }

  /** Stamps of the time steps, oldest first, of the observation at `stamp`; null without history. */
  #times(stamp: number): number[] | null {
    if (!this.#complete(stamp)) return null;
    const times = [stamp];
    for (let k = 1; k < this.#spec.horizon.observation; k++) {
      const time = this.#past(stamp - k / this.#spec.rate_hz);
      if (time === null || !this.#complete(time)) return null;
      times.unshift(time);
    }
    return times;
  }

  /**
   * Stamp of the frame that stands for `due`. What was before the very first observation is taken to
   * have been like it, as LeRobot pads the start of an episode.
   */
  #past(due: number): number | null {
    const ring = this.#cameras[0]?.ring;
    if (ring === undefined) return due;
    const nearest = ring.stamp(ring.nearest(due));
    if (Math.abs(nearest - due) <= this.#options.historyTolerance) return nearest;
    if (!ring.hasFirst) return null;
    const first = this.#candidates().find((stamp) => this.#complete(stamp));
    return first !== undefined && due < first ? first : null;
  }

  #fill(stamp: number, step: number, block: ObservationBlock): void {
    for (const { key, ring } of this.#cameras) {
      const i = ring.nearest(stamp);
      block.image(key, step).set(ring.frame(i));
      block.setStamp(key, step, ring.stamp(i));
    }
    if (this.jointNames.length === 0) return;
    this.#hasJoints(stamp);
    for (const [key, binding] of this.#bindings) {
      const state = block.state(key, step);
      for (const [i, place] of binding.entries()) state[i] = this.#scratch[place] ?? Number.NaN;
      block.setStamp(key, step, stamp);
    }
  }
}
