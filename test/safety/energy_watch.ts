/** Efforts that push joints hither and thither, and an account of its own of the energy that commands put out against them. */
import type { FilterLimits } from '../../src/safety/limits.js';
import type { EnergyBudget } from '../../src/safety/options.js';
import { restTravel } from './travel.js';

/** N m (N) with which each joint is pushed at most, and how fast that changes, rad/s. */
const EFFORT = 1;
const CHANGE = 0.7;
/** s: a tick that comes late goes on so long before its joints can brake. */
const LATE = 0.05;

/** How many stops may be owed. */
const STOPS = 2;

export class EnergyWatch {
  readonly #limits: readonly FilterLimits[];
  readonly #budget: number;
  readonly #refill: number;
  readonly #effort: Float64Array;
  /** J: below 0, what went out beyond the budget and what flowed in. */
  #level = 0;
  #time = 0;
  /** J that braking took when the level was last above 0. */
  #braking = 0;

  /** @param energy without one, nothing is resisted and all is allowed */
  constructor(limits: readonly FilterLimits[], energy?: EnergyBudget) {
    this.#limits = limits;
    this.#budget = energy?.budget ?? Infinity;
    this.#refill = energy?.refill ?? 0;
    this.#effort = new Float64Array(limits.length);
  }

  /** The tank is full. */
  start(): void {
    this.#level = this.#budget;
  }

  /** The efforts in the next tick. */
  efforts(): Float64Array {
    if (this.#budget === Infinity) return this.#effort;
    for (let i = 0; i < this.#effort.length; i++) {
      this.#effort[i] = EFFORT * Math.cos(CHANGE * this.#time + 2 * i);
    }
    return this.#effort;
  }

  /**
   * Books a tick; by how much more than allowed is owed, J. A stop is owed; more than once, since a joint that
   * had to brake hard for its position limit swings back from there.
   */
  book(velocity: Float64Array, acceleration: Float64Array, period: number): number {
    let power = 0;
    for (let i = 0; i < velocity.length; i++) {
      power += (this.#effort[i] ?? NaN) * (velocity[i] ?? NaN);
    }
    this.#time += period;
    const level = this.#level + (this.#refill - power) * period;
    // More than the budget is not remembered.
    this.#level = Math.max(-this.#budget, Math.min(level, this.#budget));
    if (this.#budget < Infinity && level > 0) this.#braking = this.#stop(velocity, acceleration);
    return -level - STOPS * this.#braking;
  }

  /** J that braking all joints takes, in a tick that comes late at first. */
  #stop(velocity: Float64Array, acceleration: Float64Array): number {
    return this.#limits.reduce((sum, limits, i) => {
      const { acceleration: most, deceleration = most, jerk } = limits;
      const [v, a] = [velocity[i] ?? NaN, acceleration[i] ?? NaN];
      const side = Math.sign(v) || Math.sign(a);
      const travel = restTravel(
        side * v,
        Math.max(0, side * a),
        Math.min(most, deceleration),
        jerk,
      );
      return sum + EFFORT * (travel + LATE * (Math.abs(v) + LATE * most));
    }, 0);
  }
}
