/** Caps how many events a second are let through, by the steady clock. */

export class RateLimiter {
  readonly #rate: number;
  readonly #burst: number;
  #tokens: number;
  #last = Number.NEGATIVE_INFINITY;
  /** Events that were not let through. */
  dropped = 0;

  /**
   * @param rate events a second in the long run
   * @param burst events at once after a pause
   */
  constructor(rate: number, burst = Math.max(1, rate / 10)) {
    this.#rate = rate;
    this.#burst = burst;
    this.#tokens = burst;
  }

  /** Whether the event at `now` (s) may pass. */
  admit(now: number): boolean {
    const elapsed = Math.max(0, now - this.#last);
    this.#last = now;
    this.#tokens = Math.min(this.#burst, this.#tokens + elapsed * this.#rate);
    if (this.#tokens < 1) {
      this.dropped++;
      return false;
    }
    this.#tokens -= 1;
    return true;
  }
}
