/**
 * What is so far that it need not be looked at on the next ways either. By its reach, a distance changes
 * with the joint that moves most by at most what it would if all joints moved as much.
 */
import type { ReachTable } from './reach_table.js';

/** rad: sums of travel beyond this are begun anew, before rounding counts in them. */
const LONG = 1000;

/** Between what positions joints are on a way, rad. */
interface Range {
  readonly lowest: Float64Array;
  readonly highest: Float64Array;
}

export class Distant {
  /** Asked of `add`, m: by how much more a distance may change and be far. A field, since numbers passed on may be allocated. */
  room = 0;
  readonly #lowest: Float64Array;
  readonly #highest: Float64Array;
  /** By how much each way left the range of the one before, with the joint that did most, rad: the sum of all. */
  #travel = 0;
  /** What each is far up to, by that sum. */
  readonly #until: Float64Array;
  /** How much each distance changes if all joints move by 1 rad, at most, m. */
  readonly #steepest: Float64Array;

  constructor(reach: ReachTable, joints: number) {
    const { starts, values } = reach;
    const count = starts.length - 1;
    this.#lowest = new Float64Array(joints);
    this.#highest = new Float64Array(joints);
    this.#until = new Float64Array(count);
    this.#steepest = new Float64Array(count);
    for (let k = 0; k < count; k++) {
      const own = values.subarray(starts[k], starts[k + 1]);
      this.#steepest[k] = own.reduce((sum, value) => sum + value, 0);
    }
    this.clear();
  }

  /** Nothing is known to be far any more. */
  clear(): void {
    this.#until.fill(-1);
    this.#travel = 0;
  }

  /** Goes on to a way; all ways have to be told. */
  follow({ lowest, highest }: Range): void {
    let most = 0;
    for (let i = 0; i < this.#lowest.length; i++) {
      const below = (this.#lowest[i] as number) - (lowest[i] as number);
      const above = (highest[i] as number) - (this.#highest[i] as number);
      most = Math.max(most, below, above);
    }
    this.#travel += most;
    // What is no number is no way to know.
    if (!(this.#travel < LONG)) this.clear();
    this.#lowest.set(lowest);
    this.#highest.set(highest);
  }

  /** Whether distance `k` is known to be far on the way. */
  has(k: number): boolean {
    return (this.#until[k] as number) >= this.#travel;
  }

  /** Notes that distance `k` is far on the way, and may change by `room` besides. */
  add(k: number): void {
    this.#until[k] = this.#travel + this.room / (this.#steepest[k] as number);
  }
}
