/**
 * Absolute deadlines on a steady clock: tick k is due at start + k periods, so lateness never adds
 * up. Deadlines that have passed altogether are skipped, never caught up in a burst.
 */

export class Deadlines {
  readonly period: number;
  readonly #origin: number;
  #count = 1;
  // Set at once: fields that were undefined first would allocate each number put in.
  #next = 0;
  #last = 0;
  /** Deadlines skipped so far. */
  skipped = 0;

  /** @param now s; the first tick is due one period later */
  constructor(period: number, now: number) {
    this.period = period;
    this.#origin = now;
    this.#last = now;
    this.#next = now + period;
  }

  /** When the next tick is due, s. */
  get next(): number {
    return this.#next;
  }

  /** Time since the last tick, s; after `start` that between the last two. */
  elapsed = 0;

  /**
   * Begins the tick that was due, at time `now`, and sets the next deadline.
   *
   * @returns how late it is, s
   */
  start(now: number): number {
    const lateness = now - this.#next;
    this.elapsed = now - this.#last;
    this.#last = now;
    const missed = Math.max(0, Math.floor(lateness / this.period));
    this.skipped += missed;
    this.#count += missed;
    // Times are sums of floats: the division above may be off by one.
    do {
      this.#count++;
      this.#next = this.#origin + this.#count * this.period;
    } while (this.#next <= now);
    return lateness;
  }
}
