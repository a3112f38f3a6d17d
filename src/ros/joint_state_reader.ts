/**
 * Reads sensor_msgs/JointState as it streams: into arrays that are used again, in the order of the
 * robot's joints, without making a string or an array for a message whose names are as before.
 */

import { SinewError } from '../core/error.js';
import { CdrReader } from './cdr_reader.js';
import { JointColumns } from './joint_columns.js';

const TYPE = 'sensor_msgs/msg/JointState';

export class JointStateReader {
  /** Stamp of the message, s ROS time. */
  stamp = 0;
  /** rad (m for prismatic joints); rad/s; N·m. In the order of `joints`. */
  readonly position: Float64Array;
  readonly velocity: Float64Array;
  readonly effort: Float64Array;
  /** False when the message has none; the array then holds zeros. */
  hasVelocity = false;
  hasEffort = false;

  readonly #reader: CdrReader;
  readonly #where: string;
  readonly #columns: JointColumns;

  /** @param joints names of the robot's joints; others in the message are ignored */
  constructor(
    readonly joints: readonly string[],
    topic = '/joint_states',
  ) {
    this.#where = `${topic} (${TYPE})`;
    this.#reader = new CdrReader(this.#where);
    this.#columns = new JointColumns(joints, this.#where);
    this.position = new Float64Array(joints.length);
    this.velocity = new Float64Array(joints.length);
    this.effort = new Float64Array(joints.length);
  }

  /**
   * Reads a message. When it throws, the arrays may hold a part of the message.
   *
   * @throws SinewError when bytes are missing, a joint is missing or listed twice, an array has
   *   another length than the names, or there is no position
   */
  read(bytes: Buffer): void {
    const from = this.#reader.start(bytes);
    const sec = from.int32();
    this.stamp = sec + from.uint32() * 1e-9;
    // The frame is of no use here; its text is skipped.
    from.bytes(from.uint32());
    this.#columns.readNames(from, bytes);
    if (!this.#columns.readRow(from, 'position', this.position)) {
      throw new SinewError('no positions', { where: this.#where });
    }
    this.hasVelocity = this.#columns.readRow(from, 'velocity', this.velocity);
    this.hasEffort = this.#columns.readRow(from, 'effort', this.effort);
  }
}
