/**
 * The difference between an old and a new curve, fading to nothing: for each joint a quintic from
 * the difference in position and velocity at takeover to zero, with no acceleration at its ends, and
 * another one from the difference in acceleration. Added to the new curve they make the change-over
 * smooth to the second derivative.
 *
 * The second one is never stretched: what an acceleration leads to grows with the square of the time
 * that it is given, and chunks that take over from one another before their fades are done would add
 * it up without end.
 */
import { at } from '../core/vector.js';

/** Bounds that a fade should not use up alone: rad/s² and rad/s³. */
export interface FadeLimits {
  readonly acceleration: number;
  readonly jerk: number;
}

/** Share of a joint's limits that a fade may take; the curve below it needs the rest. */
const SHARE = 0.6;
/** A fade is stretched to no more than this, s. */
const LONGEST = 1;
/** Coefficients of a quintic without an acceleration at its beginning. */
const TERMS = 5;

export class Fade {
  readonly #limits: readonly FadeLimits[];
  readonly #coefficients: Float64Array;
  /** Half the difference in acceleration times the square of `#bend`, rad; one entry a joint. */
  readonly #bends: Float64Array;
  #start = Number.NEGATIVE_INFINITY;
  #duration = 0;
  /** How long a difference in acceleration takes, s. */
  #bend = 0;

  /** @param limits one entry a joint */
  constructor(limits: readonly FadeLimits[]) {
    this.#limits = limits;
    this.#coefficients = new Float64Array(TERMS * limits.length);
    this.#bends = new Float64Array(limits.length);
  }

  /** Ends what is fading. */
  clear(): void {
    this.#duration = 0;
  }

  /**
   * Begins a fade at `now` that takes `duration`, or longer where the limits ask for it.
   *
   * @param position difference old − new at `now`, rad; likewise velocity and acceleration, of which
   *   more than the joint's limit is none that the arm had, and not carried on
   */
  start(
    now: number,
    duration: number,
    position: Float64Array,
    velocity: Float64Array,
    acceleration: Float64Array,
  ): void {
    let T = duration;
    if (T > 0) while (T < LONGEST && this.#overtaxed(T, position, velocity)) T *= 1.1;
    this.#start = now;
    this.#duration = T;
    this.#bend = duration;
    const c = this.#coefficients;
    for (let j = 0; j < this.#limits.length; j++) {
      const { acceleration: most } = this.#limits[j] as FadeLimits;
      const d = at(position, j);
      const v = at(velocity, j) * T;
      const a = Math.min(Math.max(at(acceleration, j), -most), most);
      const k = TERMS * j;
      c[k] = d;
      c[k + 1] = v;
      c[k + 2] = -10 * d - 6 * v;
      c[k + 3] = 15 * d + 8 * v;
      c[k + 4] = -6 * d - 3 * v;
      this.#bends[j] = (a * duration * duration) / 2;
    }
  }

  /** Adds what is left of the differences at `now`. */
  add(
    now: number,
    position: Float64Array,
    velocity: Float64Array,
    acceleration: Float64Array,
  ): void {
    const T = this.#duration;
    const s = (now - this.#start) / T;
    if (!(T > 0 && s < 1)) return;
    const c = this.#coefficients;
    for (let j = 0; j < this.#limits.length; j++) {
      const k = TERMS * j;
      const [c1, c3, c4, c5] = [at(c, k + 1), at(c, k + 2), at(c, k + 3), at(c, k + 4)];
      const value = at(c, k) + s * (c1 + s * s * (c3 + s * (c4 + s * c5)));
      const slope = c1 + s * s * (3 * c3 + s * (4 * c4 + s * 5 * c5));
      const bend = s * (6 * c3 + s * (12 * c4 + s * 20 * c5));
      position[j] = at(position, j) + value;
      velocity[j] = at(velocity, j) + slope / T;
      acceleration[j] = at(acceleration, j) + bend / (T * T);
    }
    this.#addBends(now, position, velocity, acceleration);
  }

  /** e·s²(1 − s)³ and its derivatives: what begins with an acceleration and nothing else. */
  #addBends(
    now: number,
    position: Float64Array,
    velocity: Float64Array,
    acceleration: Float64Array,
  ): void {
    const T = this.#bend;
    const s = (now - this.#start) / T;
    if (!(s < 1)) return;
    const r = 1 - s;
    for (let j = 0; j < this.#limits.length; j++) {
      const e = at(this.#bends, j);
      position[j] = at(position, j) + e * s * s * r ** 3;
      velocity[j] = at(velocity, j) + (e * s * r * r * (2 - 5 * s)) / T;
      acceleration[j] = at(acceleration, j) + (e * r * (2 - 16 * s + 20 * s * s)) / (T * T);
    }
  }

  /** Whether a fade of T seconds would take more than its share; from the quintic's extremes. */
  #overtaxed(T: number, position: Float64Array, velocity: Float64Array): boolean {
    for (let j = 0; j < this.#limits.length; j++) {
      const { acceleration: A, jerk: J } = this.#limits[j] as FadeLimits;
      const d = Math.abs(at(position, j));
      const v = Math.abs(at(velocity, j));
      if ((5.78 * d) / (T * T) > SHARE * A || (4 * v) / T > A) return true;
      if ((60 * d) / T ** 3 > SHARE * J || (36 * v) / (T * T) > J) return true;
    }
    return false;
  }
}
