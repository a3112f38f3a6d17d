/**
 * Which of the present faults act now. A fault that the table lets be deferred acts once it has
 * lasted its grace time without a break; every other one acts at once.
 */
import { FAILSAFE, type FailsafeRow } from './failsafe.js';

export class Deferral {
  readonly #rows: readonly FailsafeRow[];
  /** When each fault was first seen, s; NaN while it is absent. */
  readonly #since: Float64Array;

  /** @param rows the failsafe table; another one in tests */
  constructor(rows: readonly FailsafeRow[] = FAILSAFE) {
    this.#rows = rows;
    this.#since = new Float64Array(rows.length).fill(Number.NaN);
  }

  /**
   * To be called in every tick.
   *
   * @param faults all present faults
   * @param now s; if it goes back behind the first sight of a fault, the fault acts
   * @returns those that act
   */
  acting(faults: number, now: number): number {
    let acting = 0;
    for (let i = 0; i < this.#rows.length; i++) {
      const bit = faults & (1 << i);
      if (bit === 0) {
        this.#since[i] = Number.NaN;
        continue;
      }
      if (Number.isNaN(this.#since[i])) this.#since[i] = now;
      const age = now - (this.#since[i] as number);
      const deferred = age >= 0 && age < (this.#rows[i] as FailsafeRow).deferrable;
      if (!deferred) acting |= bit;
    }
    return acting;
  }
}
