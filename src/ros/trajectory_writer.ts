/** Writes trajectory_msgs/JointTrajectory from flat arrays into memory that is used again. */
import { CdrWriter } from './cdr_writer.js';
import { type Stamp, stampOf } from './stamp.js';

export class TrajectoryWriter {
  readonly #writer = new CdrWriter(4096);
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
   * @param stamp time of the newest observation (or of the command)
   * @param count number of points
   * @param positions rad, point by point: joint j of point i at `i * joints.length + j`
   * @param times s after the stamp at which each point is due
   * @param velocities rad/s, likewise, or left out
   */
  write(
    stamp: Stamp,
    count: number,
    positions: Float64Array | Float32Array,
    times: ArrayLike<number>,
    velocities?: Float64Array | Float32Array,
  ): Buffer {
    const n = this.joints.length;
    const to = this.#writer.start().int32(stamp.sec).uint32(stamp.nanosec);
    to.offset = this.#afterNames;
    to.uint32(count);
    for (let i = 0; i < count; i++) {
      to.float64Sequence(positions, i * n, n);
      if (velocities === undefined) to.uint32(0);
      else to.float64Sequence(velocities, i * n, n);
      to.uint32(0).uint32(0); // no accelerations, no efforts
      const due = stampOf(times[i] ?? 0);
      to.int32(due.sec).uint32(due.nanosec);
    }
    return to.finish();
  }
}
