/** Writes sensor_msgs/JointState as it streams: the names once, after that only the numbers. */
import { CdrWriter } from './cdr_writer.js';
import type { Stamp } from './stamp.js';

export class JointStateWriter {
  readonly #writer = new CdrWriter();
  readonly #afterNames: number;

  constructor(
    readonly joints: readonly string[],
    frameId = '',
  ) {
    this.#writer.start().int32(0).uint32(0).string(frameId).strings(joints);
    this.#afterNames = this.#writer.offset;
  }

  /**
   * The serialized message, valid until the next call; publish it at once.
   *
   * @param position rad, velocity rad/s, effort N·m: each as long as `joints`, or left out
   */
  write(
    stamp: Stamp,
    position: Float64Array,
    velocity: Float64Array = EMPTY,
    effort: Float64Array = EMPTY,
  ): Buffer {
    const to = this.#writer.start().int32(stamp.sec).uint32(stamp.nanosec);
    to.offset = this.#afterNames;
    to.float64Sequence(position).float64Sequence(velocity).float64Sequence(effort);
    return to.finish();
  }
}

const EMPTY = new Float64Array(0);
