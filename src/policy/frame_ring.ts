/** The last frames of one stream with their stamps, in memory that is made once. */

export class FrameRing {
  readonly capacity: number;
  readonly #bytes: number;
  readonly #data: Uint8Array;
  readonly #stamps: Float64Array;
  /** Frames accepted ever; the newest stands at (total − 1) mod capacity. */
  #total = 0;
  /** Of these, the ones forgotten by `keep`. */
  #forgotten = 0;

  /** @param bytes size of one frame */
  constructor(bytes: number, capacity: number) {
    this.capacity = capacity;
    this.#bytes = bytes;
    this.#data = new Uint8Array(bytes * capacity);
    this.#stamps = new Float64Array(capacity);
  }

  get length(): number {
    return Math.min(this.#total - this.#forgotten, this.capacity);
  }

  /** True while the first frame since the last `keep` is still here. */
  get hasFirst(): boolean {
    return this.length > 0 && this.#total - this.#forgotten <= this.capacity;
  }

  /** Stamp of frame `i`, 0 the oldest kept; NaN outside. */
  stamp(i: number): number {
    if (i < 0 || i >= this.length) return Number.NaN;
    return this.#stamps[this.#slot(i)] ?? Number.NaN;
  }

  /** Stamp of the newest frame; −∞ when empty. */
  get newest(): number {
    return this.length === 0 ? Number.NEGATIVE_INFINITY : this.stamp(this.length - 1);
  }

  /** A view of frame `i`, valid until the ring comes round. */
  frame(i: number): Uint8Array {
    const start = this.#slot(i) * this.#bytes;
    return this.#data.subarray(start, start + this.#bytes);
  }

  /** Room for the next frame; it counts only after `commit`. */
  get next(): Uint8Array {
    const start = (this.#total % this.capacity) * this.#bytes;
    return this.#data.subarray(start, start + this.#bytes);
  }

  /** Makes what was written into `next` the newest frame. Stamps must rise. */
  commit(stamp: number): void {
    this.#stamps[this.#total % this.capacity] = stamp;
    this.#total++;
  }

  /** Index of the frame nearest to `stamp`, the older of two equals; −1 when empty. */
  nearest(stamp: number): number {
    let best = -1;
    let distance = Number.POSITIVE_INFINITY;
    for (let i = 0; i < this.length; i++) {
      const d = Math.abs(this.stamp(i) - stamp);
      if (d < distance) [best, distance] = [i, d];
    }
    return best;
  }

  /** Forgets all but the newest `count` frames. */
  keep(count: number): void {
    this.#forgotten = this.#total - Math.min(count, this.length);
  }

  #slot(i: number): number {
    return (this.#total - this.length + i) % this.capacity;
  }
}
