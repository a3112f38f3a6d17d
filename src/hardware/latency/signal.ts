/** A quantity over time, as it was sampled: times rise, values between them are linear. */

export class Signal {
  readonly times: number[] = [];
  readonly values: number[] = [];

  /** Adds a sample; one that is not later than the last is left out. */
  push(time: number, value: number): void {
    if (!(time > (this.times.at(-1) ?? Number.NEGATIVE_INFINITY)) || !Number.isFinite(value))
      return;
    this.times.push(time);
    this.values.push(value);
  }

  get length(): number {
    return this.times.length;
  }

  /** The value at `time`; NaN before the first and after the last sample. */
  at(time: number): number {
    const { times, values } = this;
    let [low, high] = [0, times.length];
    while (low < high) {
      const middle = (low + high) >> 1;
      if ((times[middle] ?? 0) < time) low = middle + 1;
      else high = middle;
    }
    if (times[low] === time) return values[low] ?? Number.NaN;
    if (low === 0 || low === times.length) return Number.NaN;
    const [before = 0, after = 0] = [times[low - 1], times[low]];
    const share = (time - before) / (after - before);
    return (1 - share) * (values[low - 1] ?? Number.NaN) + share * (values[low] ?? Number.NaN);
  }
}
