/**
 * Executes action chunks by time. A chunk is a curve over absolute times; what has elapsed when it
 * arrives is skipped by looking the curve up at the present time. A new chunk takes over at once,
 * with the difference to what was being executed carried over up to the acceleration and let fade
 * away over the blend time. Nothing is allocated after construction.
 */
import { at } from '../core/vector.js';
import type { CommandSource } from './arbiter.js';
import { Fade, type FadeLimits } from './fade.js';
import {
  hermite,
  hermiteBend,
  hermiteSlope,
  type Interpolation,
  monotoneSlopes,
} from './interpolation.js';

/** One chunk in memory: `count` points of absolute times (s) and positions (rad, row by row). */
export class Chunk {
  /** Time of the newest observation that it was computed from, s on the loop's clock. */
  stamp = Number.NaN;
  count = 0;
  readonly times: Float64Array;
  readonly positions: Float64Array;
  readonly slopes: Float64Array;

  constructor(joints: number, maxPoints: number) {
    this.times = new Float64Array(maxPoints);
    this.positions = new Float64Array(maxPoints * joints);
    this.slopes = new Float64Array(maxPoints * joints);
  }
}

const STATE = ['position', 'velocity', 'acceleration'] as const;
const EMPTY = new Float64Array(0);
const UNLIMITED: FadeLimits = { acceleration: Infinity, jerk: Infinity };
/** A command this close to the curve is on it, rad. */
const ON_CURVE = 2e-3;

/** What became of an offered chunk. */
export const Verdict = {
  taken: 0,
  /** Stamped before the last activation, reset, e-stop or takeover. */
  beforeEpoch: 1,
  /** Not newer than the one being executed. */
  outOfOrder: 2,
  /** All its steps have elapsed. */
  elapsed: 3,
  /** Stamped in the future. */
  future: 4,
} as const;

export const VERDICTS: readonly string[] = [
  'taken',
  'stamped before the last activation, reset or e-stop',
  'not newer than the chunk being executed',
  'all steps elapsed',
  'stamped in the future',
];

export class ChunkExecutor implements CommandSource {
  readonly name = 'policy';
  blend = 0.15;
  interpolation: Interpolation = 'cubic';
  /** Chunks stamped before this time are dropped, s. */
  epoch = Number.NEGATIVE_INFINITY;
  /** Tolerance for stamps in the future, s. */
  future = 0.1;
  /** Result of the last `sample`. */
  readonly position: Float64Array;
  readonly velocity: Float64Array;
  readonly acceleration: Float64Array;

  readonly #joints: number;
  #current: Chunk;
  #spare: Chunk;
  #executing = false;
  #segment = 0;
  readonly #fade: Fade;
  readonly #zero: Float64Array;
  /** Scratch: state of the old curve at a takeover, then its difference to the new one. */
  readonly #from = { position: EMPTY, velocity: EMPTY, acceleration: EMPTY };

  /** @param limits one entry a joint: what a takeover should keep within; none if absent */
  constructor(joints: number, maxPoints: number, limits?: readonly FadeLimits[]) {
    this.#joints = joints;
    this.#zero = new Float64Array(joints);
    this.#current = new Chunk(joints, maxPoints);
    this.#spare = new Chunk(joints, maxPoints);
    this.position = new Float64Array(joints);
    this.velocity = new Float64Array(joints);
    this.acceleration = new Float64Array(joints);
    this.#fade = new Fade(limits ?? new Array<FadeLimits>(joints).fill(UNLIMITED));
    for (const key of STATE) this.#from[key] = new Float64Array(joints);
  }

  /** Where the next chunk is to be filled in before `offer`. */
  get incoming(): Chunk {
    return this.#spare;
  }

  /** Stamp of the chunk being executed; NaN when there is none. */
  get stamp(): number {
    return this.#executing ? this.#current.stamp : Number.NaN;
  }

  /** Time at which it runs out; NaN when there is none. */
  get end(): number {
    return this.#executing ? at(this.#current.times, this.#current.count - 1) : Number.NaN;
  }

  /**
   * Judges `incoming` and, if it is good, lets it take over at `now`.
   *
   * @param position where the robot is commanded to be, rad, with its velocity: taken over from when
   *   nothing was executed
   * @param acceleration given, the three are a prediction for `now`, from which joints take over too
   *   that are off the old curve because the filter held them back
   */
  offer(
    now: number,
    position: Float64Array,
    velocity: Float64Array,
    acceleration?: Float64Array,
  ): number {
    const chunk = this.#spare;
    if (!(chunk.stamp >= this.epoch)) return Verdict.beforeEpoch;
    if (chunk.stamp > now + this.future) return Verdict.future;
    if (this.#executing && chunk.stamp <= this.#current.stamp) return Verdict.outOfOrder;
    if (chunk.count === 0 || at(chunk.times, chunk.count - 1) <= now) return Verdict.elapsed;
    const from = this.#from;
    const command = { position, velocity, acceleration: acceleration ?? this.#zero };
    const old = this.sample(now);
    for (let j = 0; j < this.#joints; j++) {
      const off = Math.abs(at(position, j) - at(this.position, j));
      const source = old && (acceleration === undefined || off < ON_CURVE) ? this : command;
      for (const key of STATE) from[key][j] = at(source[key], j);
    }
    monotoneSlopes(chunk.times, chunk.positions, chunk.slopes, chunk.count, this.#joints);
    this.#spare = this.#current;
    this.#current = chunk;
    this.#executing = true;
    this.#segment = 0;
    this.#fade.clear();
    this.sample(now);
    for (const key of STATE) {
      for (let j = 0; j < this.#joints; j++) from[key][j] = at(from[key], j) - at(this[key], j);
    }
    this.#fade.start(now, this.blend, from.position, from.velocity, from.acceleration);
    return Verdict.taken;
  }

  /** Stops executing; the epoch stays. */
  clear(): void {
    this.#executing = false;
  }

  /**
   * Sets `position` and its derivatives to the curve at `now`.
   *
   * @returns false when there is no chunk or it has run out; they are left as they were then
   */
  sample(now: number): boolean {
    const { times, count } = this.#current;
    if (!this.#executing) return false;
    if (now > at(times, count - 1)) {
      this.#executing = false;
      return false;
    }
    if (now < at(times, this.#segment)) this.#segment = 0;
    while (this.#segment < count - 2 && now >= at(times, this.#segment + 1)) this.#segment++;
    for (let j = 0; j < this.#joints; j++) this.#sampleJoint(now, j);
    this.#fade.add(now, this.position, this.velocity, this.acceleration);
    return true;
  }

  #sampleJoint(now: number, j: number): void {
    const { times, positions, slopes, count } = this.#current;
    const i = this.#segment;
    const k = i * this.#joints + j;
    const start = at(times, i);
    if (now <= start || count === 1) {
      // Not due yet: wait at the first step.
      this.position[j] = at(positions, k);
      this.velocity[j] = 0;
      this.acceleration[j] = 0;
      return;
    }
    const h = at(times, i + 1) - start;
    const s = (now - start) / h;
    const q0 = at(positions, k);
    const q1 = at(positions, k + this.#joints);
    if (this.interpolation === 'linear') {
      this.position[j] = q0 + s * (q1 - q0);
      this.velocity[j] = (q1 - q0) / h;
      this.acceleration[j] = 0;
      return;
    }
    const v0 = at(slopes, k);
    const v1 = at(slopes, k + this.#joints);
    this.position[j] = hermite(s, h, q0, v0, q1, v1);
    this.velocity[j] = hermiteSlope(s, h, q0, v0, q1, v1);
    this.acceleration[j] = hermiteBend(s, h, q0, v0, q1, v1);
  }
}
