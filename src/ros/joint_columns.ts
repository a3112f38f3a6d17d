/**
 * Rows of numbers by joint out of streaming messages, in the order of the robot's joints. While the
 * names in the message stay as they were, no string is made and nothing is looked up.
 */
import { SinewError } from '../core/error.js';
import { bindJoints } from '../core/joint_binding.js';
import type { CdrReader } from './cdr_reader.js';

export class JointColumns {
  #binding: Int32Array = new Int32Array(0);
  /** The names of the last message as they stand in it, with their count before them. */
  #nameBytes: Buffer = Buffer.alloc(0);
  #row = new Float64Array(0);

  constructor(
    readonly joints: readonly string[],
    readonly where: string,
  ) {}

  /**
   * Reads the sequence of names.
   *
   * @param bytes the message that `from` is in
   * @throws SinewError when a joint is missing or listed twice
   */
  readNames(from: CdrReader, bytes: Buffer): void {
    const start = from.alignedOffset(4);
    const known = this.#nameBytes;
    const end = start + known.length;
    // Equal bytes have equal lengths in them and so end at the same place.
    if (known.length > 0 && end <= bytes.length && known.compare(bytes, start, end) === 0) {
      from.seek(end);
      return;
    }
    this.#nameBytes = Buffer.alloc(0);
    const names = from.strings();
    this.#binding = bindJoints(names, this.joints, this.where);
    this.#row = new Float64Array(names.length);
    this.#nameBytes = Buffer.from(bytes.subarray(start, from.offset));
  }

  /**
   * Reads a sequence of one number a name into `out` from `at` on, one number a joint.
   *
   * @returns false when the sequence is empty; zeros are written then
   * @throws SinewError when it has another length
   */
  readRow(from: CdrReader, field: string, out: Float64Array, at = 0): boolean {
    const n = this.joints.length;
    const count = from.float64Count();
    if (count === 0) {
      out.fill(0, at, at + n);
      return false;
    }
    const row = this.#row;
    if (count !== row.length) {
      throw new SinewError(`${field} has ${count} values`, {
        where: this.where,
        expected: `${row.length} as names, or none`,
      });
    }
    from.float64Into(row, count);
    for (let i = 0; i < n; i++) out[at + i] = row[this.#binding[i] ?? 0] ?? 0;
    return true;
  }
}
