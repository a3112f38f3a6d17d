/**
 * A block of numbers in shared memory with one writer thread and any number of readers: the writer
 * never waits, and a reader never sees half of a write (a sequence lock over two generations).
 */

/** Words before the data: [0] sequence (odd while a write is under way). */
const HEADER_BYTES = 8;

export class SeqlockBlock {
  readonly buffer: SharedArrayBuffer;
  readonly #sequence: Int32Array;
  readonly #data: Float64Array;

  /** @param source length in float64 values for a new block, or the buffer of an existing one */
  constructor(source: number | SharedArrayBuffer) {
    this.buffer =
      typeof source === 'number' ? new SharedArrayBuffer(HEADER_BYTES + source * 8) : source;
    this.#sequence = new Int32Array(this.buffer, 0, 2);
    this.#data = new Float64Array(this.buffer, HEADER_BYTES);
  }

  /** Number of float64 values. */
  get length(): number {
    return this.#data.length;
  }

  /** Count of finished writes, wrapping at 2^31: changes when there is something new to read. */
  get generation(): number {
    return Atomics.load(this.#sequence, 0) >> 1;
  }

  /** Copies `values` (at most `length`) in. One writer thread only. */
  write(values: Float64Array): void {
    Atomics.add(this.#sequence, 0, 1);
    this.#data.set(values);
    Atomics.add(this.#sequence, 0, 1);
    Atomics.notify(this.#sequence, 0);
  }

  /**
   * Copies the block into `out` (same length).
   *
   * @returns the generation copied, or −1 when a writer kept interfering for `tries` times, in
   *   which case `out` is undefined in content and the caller keeps what it had
   */
  read(out: Float64Array, tries = 100): number {
    for (let i = 0; i < tries; i++) {
      const before = Atomics.load(this.#sequence, 0);
      if ((before & 1) !== 0) continue;
      out.set(this.#data);
      if (Atomics.load(this.#sequence, 0) === before) return before >> 1;
    }
    return -1;
  }
}
