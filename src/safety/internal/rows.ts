/** What a way to rest comes near to breaking, most urgent first when there are too many. */
import { at } from '../../core/vector.js';

export class Rows {
  count = 0;
  /** What has to be gained for all to be as it should be, m (m/s): below 0 when there is more. */
  readonly wish: Float64Array;
  /** What has to be gained to be safe; at most the wish. */
  readonly must: Float64Array;
  /** Sample of the way that the row is about. */
  readonly sample: Int32Array;
  /** 1 when the gradient is over the joint velocities, 0 when it is over the positions. */
  readonly speed: Uint8Array;
  /** Change of what the row is about with each joint. */
  readonly gradients: Float64Array;
  readonly #joints: number;

  constructor(joints: number, most: number) {
    this.#joints = joints;
    this.wish = new Float64Array(most);
    this.must = new Float64Array(most);
    this.sample = new Int32Array(most);
    this.speed = new Uint8Array(most);
    this.gradients = new Float64Array(most * joints);
  }

  clear(): void {
    this.count = 0;
  }

  /**
   * Adds a row whose gradient is still to be written; gives the offset in `gradients`, all zero. When
   * all rows are taken, the one that wishes least makes room. −1 if that would be this one.
   */
  add(wish: number, must: number, sample: number, speed: 0 | 1): number {
    let row = this.count;
    if (row === this.wish.length) {
      row = this.#mildest();
      if (at(this.wish, row) >= wish) return -1;
    } else this.count++;
    this.wish[row] = wish;
    this.must[row] = must;
    this.sample[row] = sample;
    this.speed[row] = speed;
    const offset = row * this.#joints;
    this.gradients.fill(0, offset, offset + this.#joints);
    return offset;
  }

  #mildest(): number {
    let mildest = 0;
    for (let row = 1; row < this.count; row++) {
      if (at(this.wish, row) < at(this.wish, mildest)) mildest = row;
    }
    return mildest;
  }
}
