/**
 * Fixed-size records from one writer thread to one reader thread through shared memory, none of them
 * waiting for the other: a reader that falls behind loses the oldest records and is told how many.
 */

export class RecordRing {
  readonly buffer: SharedArrayBuffer;
  readonly width: number;
  readonly capacity: number;
  readonly #written: Int32Array;
  readonly #data: Float64Array;
  #read = 0;
  /** Records that the reader came too late for. */
  lost = 0;

  /**
   * @param width numbers a record
   * @param capacity records kept; a power of two
   * @param source the ring's buffer, if it exists
   */
  constructor(width: number, capacity: number, source?: SharedArrayBuffer) {
    this.width = width;
    this.capacity = capacity;
    this.buffer = source ?? new SharedArrayBuffer(8 + 8 * width * capacity);
    this.#written = new Int32Array(this.buffer, 0, 2);
    this.#data = new Float64Array(this.buffer, 8);
  }

  /** Writer: appends one record. */
  push(record: Float64Array): void {
    const index = Atomics.load(this.#written, 0);
    this.#data.set(record, (index & (this.capacity - 1)) * this.width);
    Atomics.store(this.#written, 0, (index + 1) | 0);
  }

  /**
   * Reader: copies all new records, oldest first, to the start of `out`.
   *
   * @returns how many; what does not fit into `out` stays for the next call
   */
  drain(out: Float64Array): number {
    const written = Atomics.load(this.#written, 0);
    // Half of the ring is left as the room in which the writer may go on while this copies.
    const behind = ((written - this.#read) | 0) - this.capacity / 2;
    if (behind > 0) {
      this.lost += behind;
      this.#read = (this.#read + behind) | 0;
    }
    const room = Math.floor(out.length / this.width);
    const count = Math.min((written - this.#read) | 0, room);
    for (let i = 0; i < count; i++) {
      const from = ((this.#read + i) & (this.capacity - 1)) * this.width;
      for (let k = 0; k < this.width; k++) {
        out[i * this.width + k] = this.#data[from + k] as number;
      }
    }
    this.#read = (this.#read + count) | 0;
    return count;
  }

  /** Reader: passes over all new records unread; they are not counted as lost. */
  skip(): void {
    this.#read = Atomics.load(this.#written, 0);
  }
}
