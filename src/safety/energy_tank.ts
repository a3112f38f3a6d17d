/**
 * A passivity tank: the energy that commands may put out through the arm. Moving a joint by v
 * against a measured effort τ takes τ·v watts out of the tank; being moved by what the arm touches
 * (τ·v < 0) fills it back, and so does a fixed refill, both up to the budget. Once it is empty,
 * commands are scaled down to what flows in. What joints put out meanwhile that cannot brake at once is
 * owed: until it has flowed in, commands get less than the refill. More than the budget is never owed, so
 * that a wrong measurement does not hold the arm back for ever.
 */
import { SinewError } from '../core/error.js';
import { at } from '../core/vector.js';
import type { EnergyBudget } from './options.js';

/**
 * Time constant with which what is owed is paid back, s, as far as this part of the refill is enough for it.
 * Slower than joints change their speed: else they would swing about the speed that they can have.
 */
const PAYBACK = 0.5;
const PART = 0.5;

export class EnergyTank {
  /** Seconds that a tick takes. A field, as the next: numbers passed on may be allocated. */
  period = 0;
  /** Result of `scale`: 0 to 1. */
  share = 1;
  readonly #budget: number;
  readonly #refill: number;
  readonly #joints: number;
  /** J; below 0 what is owed. Set at once: a field that was undefined first would allocate each number put in. */
  #level = 0;
  /** W */
  #power = 0;

  /**
   * Full at first.
   *
   * @throws SinewError when the budget is not above 0 or the refill below 0
   */
  constructor({ budget, refill }: EnergyBudget, joints: number) {
    check('budget', budget, budget > 0);
    check('refill', refill, refill >= 0);
    this.#budget = budget;
    this.#refill = refill;
    this.#joints = joints;
    this.#level = budget;
  }

  /** What is left, J; 0 to the budget. */
  get level(): number {
    return Math.max(0, this.#level);
  }

  /** Fills the tank. */
  reset(): void {
    this.#level = this.#budget;
  }

  /**
   * Finds the share of `velocity` that the tank can pay for in a tick; 0 when the power is not a number,
   * as it is where an effort is not measured.
   *
   * @param effort measured, N m (N for a prismatic joint)
   * @param velocity to be commanded, rad/s (m/s)
   */
  scale(effort: Float64Array, velocity: Float64Array): void {
    this.#weigh(effort, velocity);
    const wanted = this.#power * this.period;
    const level = this.#level;
    const inflow = this.#refill * this.period;
    const owed = Math.min(-level * (this.period / PAYBACK), PART * inflow);
    const available = level < 0 ? inflow - owed : level + inflow;
    if (wanted <= available) this.share = 1;
    else this.share = Number.isNaN(wanted) ? 0 : available / wanted;
  }

  /**
   * Books what a command that went out takes. What cannot be known, because an effort is not
   * measured, empties the tank.
   */
  spend(effort: Float64Array, velocity: Float64Array): void {
    this.#weigh(effort, velocity);
    const level = this.#level + (this.#refill - this.#power) * this.period;
    if (Number.isFinite(level)) {
      this.#level = Math.max(-this.#budget, Math.min(level, this.#budget));
    } else this.#level = Math.min(this.#level, 0);
  }

  /** Finds the power that goes out at `velocity`. */
  #weigh(effort: Float64Array, velocity: Float64Array): void {
    let power = 0;
    for (let i = 0; i < this.#joints; i++) power += at(effort, i) * at(velocity, i);
    this.#power = power;
  }
}

function check(what: string, value: number, good: boolean): void {
  if (good && Number.isFinite(value)) return;
  throw new SinewError(`${what} is ${value}`, {
    where: 'energy tank',
    expected: what === 'budget' ? 'joules above 0' : 'watts, at least 0',
  });
}
