/**
 * The difference between an old and a new curve, fading to nothing: for each joint a quintic from
 * the difference in position, velocity and acceleration at takeover to zero in all three. Added to
 * the new curve it makes the change-over smooth to the second derivative.
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

export class Fade {
  readonly #limits: readonly FadeLimits[];
  readonly #coefficients: Float64Array;
  #start = Number.NEGATIVE_INFINITY;
  #duration = 0;

  /** @param limits one entry a joint */
  constructor(limits: readonly FadeLimits[]) {
    this.#limits = limits;
    this.#coefficients = new Float64Array(6 * limits.length);
  }

  /** Ends what is fading. */
  clear(): void {
    this.#duration = 0;
  }

  /**
   * Begins a fade at `now` that takes `duration`, or longer where the limits ask for it.
   *
   * @param position difference old − new at `now`, rad; likewise velocity and acceleration
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
    const c = this.#coefficients;
    for (let j = 0; j < this.#limits.length; j++) {
      const d = at(position, j);
      const v = at(velocity, j) * T;
      const a = (at(acceleration, j) * T * T) / 2;
      const k = 6 * j;
      c[k] = d;
      c[k + 1] = v;
      c[k + 2] = a;
      c[k + 3] = -10 * d - 6 * v - 3 * a;
      c[k + 4] = 15 * d + 8 * v + 3 * a;
      c[k + 5] = -6 * d - 3 * v - a;
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
      const k = 6 * j;
      const [c1, c2, c3, c4, c5] = [
        at(c, k + 1),
        at(c, k + 2),
        at(c, k + 3),
        at(c, k + 4),
        at(c, k + 5),
      ];
      const value = at(c, k) + s * (c1 + s * (c2 + s * (c3 + s * (c4 + s * c5))));
      const slope = c1 + s * (2 * c2 + s * (3 * c3 + s * (4 * c4 + s * 5 * c5)));
      const bend = 2 * c2 + s * (6 * c3 + s * (12 * c4 + s * 20 * c5));
      position[j] = at(position, j) + value;
      velocity[j] = at(velocity, j) + slope / T;
      acceleration[j] = at(acceleration, j) + bend / (T * T);
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
