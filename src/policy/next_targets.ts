/** The joint targets of the newest chunk that are still to come, for a graph that looks ahead. */
import { at } from '../core/vector.js';

export class NextTargets {
  /** rad, target by target; as of the last `look`. */
  readonly values: Float64Array;
  readonly #joints: number;
  readonly #positions: Float64Array;
  readonly #due: Float64Array;
  #count = 0;

  /** @param count targets to look ahead; @param most points of a chunk that are kept */
  constructor(count: number, joints: number, most: number) {
    this.#joints = joints;
    this.values = new Float64Array(count * joints);
    this.#positions = new Float64Array(most * joints);
    this.#due = new Float64Array(most);
  }

  /** Takes a chunk: `count` points, due `times` (s) after `stamp`. */
  take(stamp: number, count: number, times: Float64Array, positions: Float64Array): void {
    this.#count = count;
    for (let i = 0; i < count; i++) this.#due[i] = stamp + at(times, i);
    this.#positions.set(positions.subarray(0, count * this.#joints));
  }

  /**
   * Fills `values` with the targets due after `now`, on the clock of the stamps; the last one is
   * repeated where there are fewer, and `position` stands in where no chunk has come.
   */
  look(now: number, position: Float64Array): Float64Array {
    const n = this.#joints;
    let next = 0;
    while (next < this.#count - 1 && at(this.#due, next) <= now) next++;
    for (let at = 0; at < this.values.length; at += n) {
      const row = this.#positions.subarray(next * n, next * n + n);
      this.values.set(this.#count === 0 ? position : row, at);
      if (next < this.#count - 1) next++;
    }
    return this.values;
  }
}
