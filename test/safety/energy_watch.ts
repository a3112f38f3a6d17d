/** Efforts that resist every motion, and an account of its own of the energy that commands put out against them. */
import type { FilterLimits } from '../../src/safety/limits.js';
import type { EnergyBudget } from '../../src/safety/options.js';
import { restTravel } from './travel.js';

/** N m (N) with which each joint is resisted. */
const RESISTANCE = 1;
/** s: a tick that comes late goes on so long before its joints can brake. */
const LATE = 0.05;

export class EnergyWatch {
  readonly #budget: number;
  readonly #refill: number;
  readonly #effort: Float64Array;
  /**
   * J: what may be owed at most, twice what braking all joints from full speed takes. That is owed by a stop;
   * and a joint that turns round is resisted the other way from one tick to the next, which nothing foresees.
   */
  readonly #most: number;
  #level = 0;

  /** @param energy without one, nothing is resisted and all is allowed */
  constructor(limits: readonly FilterLimits[], energy?: EnergyBudget) {
    this.#budget = energy?.budget ?? Infinity;
    this.#refill = energy?.refill ?? 0;
    this.#effort = new Float64Array(limits.length);
    const travels = limits.map(
      ({ velocity, acceleration, deceleration = acceleration, jerk }) =>
        restTravel(velocity, acceleration, Math.min(acceleration, deceleration), jerk) +
        LATE * velocity,
    );
    this.#most = travels.reduce((sum, travel) => sum + 2 * RESISTANCE * travel, 0);
  }

  /** The tank is full. */
  start(): void {
    this.#level = this.#budget;
  }

  /** Efforts against the motion, or where there is none, against what is asked for. */
  resist(position: Float64Array, velocity: Float64Array, desired: Float64Array): Float64Array {
    if (this.#budget === Infinity) return this.#effort;
    for (let i = 0; i < position.length; i++) {
      const way = velocity[i] || (desired[i] ?? NaN) - (position[i] ?? NaN);
      this.#effort[i] = RESISTANCE * Math.sign(way) || 0;
    }
    return this.#effort;
  }

  /** Books a tick; by how much more than allowed went out so far, J. */
  book(velocity: Float64Array, period: number): number {
    let power = 0;
    for (let i = 0; i < velocity.length; i++) {
      power += (this.#effort[i] ?? NaN) * (velocity[i] ?? NaN);
    }
    const level = this.#level + (this.#refill - power) * period;
    this.#level = Math.min(this.#budget, level);
    return -level - this.#most;
  }
}
