/** The last seconds of the monitor's rows, oldest first, for plots and trails. */
import { MONITOR_HEADER } from '../protocol.js';

export class RowRing {
  readonly #rows: Float64Array;
  #next = 0;
  /** Rows held. */
  count = 0;
  /** Rows taken so far. */
  taken = 0;

  /** @param columns numbers of a row, the first its ROS time in s */
  constructor(
    readonly columns: number,
    readonly capacity: number,
  ) {
    this.#rows = new Float64Array(columns * capacity);
  }

  /** Takes a frame as monitor_frame.ts makes it; one for other columns is left out. */
  take(frame: ArrayBuffer): void {
    const head = new DataView(frame);
    if (head.getUint16(2, true) !== this.columns) return;
    const rows = head.getUint32(4, true);
    const first = head.getFloat64(8, true);
    const values = new Float32Array(frame, MONITOR_HEADER, rows * this.columns);
    // A clock that went back begins anew.
    if (first < this.time(this.count - 1)) this.count = 0;
    for (let row = 0; row < rows; row++) {
      const to = this.#next * this.columns;
      const from = row * this.columns;
      for (let i = 0; i < this.columns; i++) {
        this.#rows[to + i] = (values[from + i] ?? Number.NaN) + (i === 0 ? first : 0);
      }
      this.#next = (this.#next + 1) % this.capacity;
      this.count = Math.min(this.count + 1, this.capacity);
    }
    this.taken += rows;
  }

  /** A number of row `index`, from the oldest on. */
  at(index: number, column: number): number {
    if (index < 0 || index >= this.count) return Number.NaN;
    const row = (this.#next - this.count + index + this.capacity) % this.capacity;
    return this.#rows[row * this.columns + column] ?? Number.NaN;
  }

  /** ROS time of row `index`, s. */
  time(index: number): number {
    return this.at(index, 0);
  }

  get newest(): number {
    return this.time(this.count - 1);
  }
}
