/**
 * How far each joint can move each of many things at most, m/rad; most joints move most of them not at
 * all, so only the others are kept: row k has the entries from `starts[k]` up to `starts[k + 1]`.
 */

/** Where joints are on a way, rad: a row for each sample, the first where it begins; and how far each goes. */
interface Way {
  readonly positions: Float64Array;
  readonly ways: Float64Array;
}

export class ReachTable {
  /** Result of what was asked last, m or m/s. A field, since numbers that are returned may be allocated. */
  sum = 0;
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
  travel(k: number, ways: Float64Array): void {
    const end = this.starts[k + 1] as number;
    let travel = 0;
    for (let entry = this.starts[k] as number; entry < end; entry++) {
      travel += (this.values[entry] as number) * (ways[this.joints[entry] as number] as number);
    }
    this.sum = travel;
  }

  /** How fast thing k moves at most at the joint velocities in `v` from `from` on, rad/s. */
  pace(k: number, v: Float64Array, from: number): void {
    const end = this.starts[k + 1] as number;
    let pace = 0;
    for (let entry = this.starts[k] as number; entry < end; entry++) {
      pace +=
        (this.values[entry] as number) *
        Math.abs(v[from + (this.joints[entry] as number)] as number);
    }
    this.sum = pace;
  }

  /** How far thing k still moves at most on a way from the positions in `positions` from `from` on. */
  remaining(k: number, { ways, positions }: Way, from: number): void {
    const end = this.starts[k + 1] as number;
    let travel = 0;
    for (let entry = this.starts[k] as number; entry < end; entry++) {
      const joint = this.joints[entry] as number;
      const gone = Math.abs((positions[from + joint] as number) - (positions[joint] as number));
      travel += (this.values[entry] as number) * ((ways[joint] as number) - gone);
    }
    this.sum = travel;
  }

  /** The same for a move between the positions in `q` from `one` and from `other` on, rad. */
  between(k: number, q: Float64Array, one: number, other: number): void {
    const end = this.starts[k + 1] as number;
    let travel = 0;
    for (let entry = this.starts[k] as number; entry < end; entry++) {
      const joint = this.joints[entry] as number;
      travel +=
        (this.values[entry] as number) *
        Math.abs((q[one + joint] as number) - (q[other + joint] as number));
    }
    this.sum = travel;
  }
}
