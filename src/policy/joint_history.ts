/** Joint positions over the last moments, and their value at any time between two of them. */

export class JointHistory {
  readonly joints: number;
  readonly #capacity: number;
  readonly #stamps: Float64Array;
  readonly #positions: Float64Array;
  #total = 0;

  constructor(joints: number, capacity: number) {
    this.joints = joints;
    this.#capacity = capacity;
    this.#stamps = new Float64Array(capacity);
    this.#positions = new Float64Array(capacity * joints);
  }

  get length(): number {
    return Math.min(this.#total, this.#capacity);
  }

  /** Stamp of the newest sample; −∞ when empty. */
  get newest(): number {
    return this.length === 0 ? Number.NEGATIVE_INFINITY : this.stamp(this.length - 1);
  }

  /** Stamp of sample `i`, 0 the oldest kept; NaN outside. */
  stamp(i: number): number {
    if (i < 0 || i >= this.length) return Number.NaN;
    return this.#stamps[this.#slot(i)] ?? Number.NaN;
  }

  /** Adds a sample, rad. Stamps must rise. */
  push(stamp: number, positions: Float64Array): void {
    const slot = this.#total % this.#capacity;
    this.#stamps[slot] = stamp;
    this.#positions.set(positions, slot * this.joints);
    this.#total++;
  }

  /**
   * Writes the positions at `stamp` into `out`: linear between the samples before and after it.
   * Nothing is ever extrapolated.
   *
   * @param early how far before the first sample that one still counts, s
   * @param late how far after the newest sample that one still counts, s
   * @returns false when there is no such value; `out` is then unchanged
   */
  at(stamp: number, early: number, late: number, out: Float64Array): boolean {
    if (this.length === 0) return false;
    let [low, high] = [0, this.length];
    while (low < high) {
      const middle = (low + high) >> 1;
      if (this.stamp(middle) < stamp) low = middle + 1;
      else high = middle;
    }
    // `low` is the first sample not before the stamp.
    const before = Math.max(low - 1, 0);
    const after = Math.min(low, this.length - 1);
    const [from, to] = [this.stamp(before), this.stamp(after)];
    if (stamp < from - early || stamp > to + late) return false;
    const share = to > from ? Math.min(Math.max((stamp - from) / (to - from), 0), 1) : 0;
    const [a, b] = [this.#slot(before) * this.joints, this.#slot(after) * this.joints];
    for (let j = 0; j < this.joints; j++) {
      const [start, end] = [this.#positions[a + j] ?? 0, this.#positions[b + j] ?? 0];
      // Exact at the samples themselves, where a sum of shares might be off by a rounding.
      out[j] = share === 1 ? end : start + share * (end - start);
    }
    return true;
  }

  clear(): void {
    this.#total = 0;
  }

  #slot(i: number): number {
    return (this.#total - this.length + i) % this.#capacity;
  }
}
