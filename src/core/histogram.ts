/**
 * A histogram of durations with buckets of equal ratio, so that microseconds and seconds are told
 * with the same relative precision (4 %) in constant memory and without allocating.
 */

const SMALLEST = 1e-6;
const BUCKETS_A_DECADE = 60;
const BUCKETS = 8 * BUCKETS_A_DECADE;

export class Histogram {
  readonly #buckets = new Float64Array(BUCKETS + 1);
  count = 0;
  sum = 0;
  sumOfSquares = 0;
  /** Exact; 0 while empty. */
  max = 0;

  /** Adds a duration, s; below 1 µs (and below 0) it counts in the first bucket. */
  add(seconds: number): void {
    if (!Number.isFinite(seconds)) return;
    const bucket = Math.ceil(BUCKETS_A_DECADE * Math.log10(Math.max(seconds, SMALLEST) / SMALLEST));
    const i = Math.min(BUCKETS, bucket);
    this.#buckets[i] = (this.#buckets[i] as number) + 1;
    this.count++;
    this.sum += seconds;
    this.sumOfSquares += seconds * seconds;
    if (seconds > this.max) this.max = seconds;
  }

  get mean(): number {
    return this.sum / this.count;
  }

  /** Standard deviation. */
  get sigma(): number {
    return Math.sqrt(Math.max(0, this.sumOfSquares / this.count - this.mean ** 2));
  }

  /** Upper edge of the bucket that holds the quantile `q` (0 to 1), at most `max`; NaN if empty. */
  quantile(q: number): number {
    if (this.count === 0) return Number.NaN;
    let left = Math.max(1, Math.ceil(q * this.count));
    for (let i = 0; i < BUCKETS; i++) {
      left -= this.#buckets[i] as number;
      if (left <= 0) return Math.min(this.max, SMALLEST * 10 ** (i / BUCKETS_A_DECADE));
    }
    return this.max;
  }

  clear(): void {
    this.#buckets.fill(0);
    this.count = 0;
    this.sum = 0;
    this.sumOfSquares = 0;
    this.max = 0;
  }
}
