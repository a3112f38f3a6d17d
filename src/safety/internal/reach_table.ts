/**
 * How far each joint can move each of many things at most, m/rad; most joints move most of them not at
 * all, so only the others are kept: row k has the entries from `starts[k]` up to `starts[k + 1]`.
 */
import { at } from '../../core/vector.js';

export class ReachTable {
  readonly starts: Int32Array;
  /** The joint of each entry, and its number. */
  readonly joints: Int32Array;
  readonly values: Float64Array;

  constructor(rows: readonly (readonly number[])[]) {
    const entries = rows.map((row) => [...row.entries()].filter(([, value]) => value !== 0));
    this.starts = new Int32Array(rows.length + 1);
    entries.forEach((row, k) => {
      this.starts[k + 1] = (this.starts[k] as number) + row.length;
    });
    this.joints = Int32Array.from(entries.flat(), ([joint]) => joint);
    this.values = Float64Array.from(entries.flat(), ([, value]) => value);
  }

  /** How far thing k moves at most if the joints move by `ways`, rad, ≥ 0. */
  travel(k: number, ways: Float64Array): number {
    const end = this.starts[k + 1] as number;
    let travel = 0;
    for (let entry = this.starts[k] as number; entry < end; entry++) {
      travel += at(this.values, entry) * at(ways, this.joints[entry] as number);
    }
    return travel;
  }

  /** The same for a move between the positions in `q` from `one` and from `other` on, rad. */
  between(k: number, q: Float64Array, one: number, other: number): number {
    const end = this.starts[k + 1] as number;
    let travel = 0;
    for (let entry = this.starts[k] as number; entry < end; entry++) {
      const joint = this.joints[entry] as number;
      travel += at(this.values, entry) * Math.abs(at(q, one + joint) - at(q, other + joint));
    }
    return travel;
  }
}
