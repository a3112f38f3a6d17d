/** Which physics steps something that recurs at a rate is due at; counted in whole steps, no drift. */
import { SinewError } from '../core/error.js';

export class Schedule {
  readonly #rate: number;
  readonly #timestep: number;
  #count = 0;

  /**
   * @param rate Hz; due times are k / rate, each rounded to the nearest step
   * @param timestep s
   * @throws SinewError when the rate is above one a step
   */
  constructor(rate: number, timestep: number, what: string) {
    if (rate * timestep > 1 + 1e-9) {
      throw new SinewError(`${what} of ${rate} Hz is faster than the physics steps`, {
        expected: `at most ${1 / timestep} Hz`,
      });
    }
    this.#rate = rate;
    this.#timestep = timestep;
  }

  /** The next step that it is due at. */
  get next(): number {
    return Math.round(this.#count / this.#rate / this.#timestep);
  }

  /** Whether it is due at `step`; true once for each due time. */
  take(step: number): boolean {
    if (step < this.next) return false;
    // After a jump only the newest due time counts.
    while (this.next <= step) this.#count++;
    return true;
  }

  /** Starts again: next due at step 0. */
  reset(): void {
    this.#count = 0;
  }
}
