/** Watches the age of one stream on the steady clock. */

export class Watchdog {
  /** Seconds of silence that are a fault; 0 never is. */
  timeout: number;
  #last = Number.NaN;

  constructor(timeout: number) {
    this.timeout = timeout;
  }

  /** Notes life at `time` (s). A time that is not a number, or lies before the last, is none. */
  feed(time: number): void {
    if (time > this.#last || Number.isNaN(this.#last)) this.#last = time;
  }

  /** Forgets what came before. */
  clear(): void {
    this.#last = Number.NaN;
  }

  /** Whether the stream was ever alive. */
  get seen(): boolean {
    return !Number.isNaN(this.#last);
  }

  /** Seconds since the last life, at least 0; NaN when there was none. */
  age(now: number): number {
    return Math.max(0, now - this.#last);
  }

  /** Whether it has been silent too long; a stream never seen is not expired but unseen. */
  expired(now: number): boolean {
    return this.timeout > 0 && this.age(now) > this.timeout;
  }
}
