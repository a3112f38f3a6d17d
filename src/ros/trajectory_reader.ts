/**
 * Reads trajectory_msgs/JointTrajectory (an action chunk, or a command) into arrays that are used
 * again, in the order of the robot's joints.
 */

import { SinewError } from '../core/error.js';
import { CdrReader } from './cdr_reader.js';
import { JointColumns } from './joint_columns.js';

const TYPE = 'trajectory_msgs/msg/JointTrajectory';

export class TrajectoryReader {
  /** Header stamp, s ROS time. */
  stamp = 0;
  /** Points in the last message. */
  count = 0;
  /** rad, point by point: joint j of point i at `i * joints.length + j`. */
  readonly positions: Float64Array;
  /** rad/s, likewise; zeros in points that have none. */
  readonly velocities: Float64Array;
  /** True when every point has velocities. */
  hasVelocities = false;
  /** When each point is due, s after `stamp`; strictly increasing. */
  readonly times: Float64Array;

  readonly #reader: CdrReader;
  readonly #where: string;
  readonly #columns: JointColumns;
  #frame: Uint8Array = new Uint8Array(0);

  /**
   * @param joints names of the robot's joints; all must be in the message
   * @param maxPoints more than these are refused
   */
  constructor(
    readonly joints: readonly string[],
    readonly maxPoints: number,
    topic = '/action_chunk',
  ) {
    this.#where = `${topic} (${TYPE})`;
    this.#reader = new CdrReader(this.#where);
    this.#columns = new JointColumns(joints, this.#where);
    this.positions = new Float64Array(maxPoints * joints.length);
    this.velocities = new Float64Array(maxPoints * joints.length);
    this.times = new Float64Array(maxPoints);
  }

  /** `header.frame_id` of the last message; valid while its bytes are. */
  get frame(): string {
    return Buffer.from(this.#frame.subarray(0, -1)).toString();
  }

  /**
   * Reads a message. When it throws, `count` is 0 and the arrays mean nothing.
   *
   * @throws SinewError when bytes are missing, a joint is missing or listed twice, a point has not
   *   one position a joint, times do not increase, a number is not finite, or points are too many
   */
  read(bytes: Buffer): void {
    this.count = 0;
    const from = this.#reader.start(bytes);
    const sec = from.int32();
    this.stamp = sec + from.uint32() * 1e-9;
    this.#frame = from.bytes(from.uint32());
    this.#columns.readNames(from, bytes);
    const count = from.sequenceLength(24, this.maxPoints);
    this.hasVelocities = count > 0;
    for (let i = 0; i < count; i++) this.#point(i);
    this.count = count;
  }

  #point(i: number): void {
    const from = this.#reader;
    if (!this.#row(i, 'positions', this.positions)) this.#fail(`point ${i} has no positions`);
    if (!this.#row(i, 'velocities', this.velocities)) this.hasVelocities = false;
    // Accelerations and efforts are not used.
    for (let skipped = 0; skipped < 2; skipped++) from.skipFloat64(from.float64Count());
    const sec = from.int32();
    const time = sec + from.uint32() * 1e-9;
    if (i > 0 && !(time > (this.times[i - 1] ?? 0))) {
      this.#fail(`time_from_start of point ${i} is ${time} s, not later than the one before`);
    }
    this.times[i] = time;
  }

  #row(i: number, field: string, out: Float64Array): boolean {
    const at = i * this.joints.length;
    const given = this.#columns.readRow(this.#reader, field, out, at);
    for (let j = 0; given && j < this.joints.length; j++) {
      if (!Number.isFinite(out[at + j])) {
        this.#fail(`${field} of joint "${this.joints[j]}" in point ${i} is ${out[at + j]}`);
      }
    }
    return given;
  }

  #fail(what: string): never {
    throw new SinewError(what, { where: this.#where });
  }
}
