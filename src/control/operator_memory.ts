/**
 * What main thread and tick thread share about operators: who wants what, the operator's command,
 * and the policy's uncertainty. Times are seconds on the loop's clock.
 */
import { SeqlockBlock } from '../core/seqlock.js';

/** What the operator who holds authority asks for; numbers of the block `authority`. */
export const Want = {
  /** Nobody holds authority. */
  nothing: 0,
  operator: 1,
  correction: 2,
  shared: 3,
  /** All stand, and the deadman is held. */
  hold: 4,
  /** The deadman is released. */
  letGo: 5,
  handBack: 6,
} as const;

/** A value of `Want`. */
export type WantCode = (typeof Want)[keyof typeof Want];

/** Numbers of the block `authority`. */
export const AUTHORITY = {
  /** When the operator was heard last. */
  time: 0,
  want: 1,
  /** Groups as bits. */
  groups: 2,
  /**
   * Counts gestures: one more at each press of the deadman and at each hand-back. A gesture that was
   * lost means nothing any more.
   */
  gesture: 3,
  width: 4,
} as const;

/** Numbers before the arrays of an operator's command: time of arrival. */
export const OPERATOR_HEAD = 1;

/** Numbers of the block `gate`. */
export const GATE = { stamp: 0, score: 1, width: 2 } as const;

/** The buffers, to hand to the other thread. */
export interface OperatorBuffers {
  readonly authority: SharedArrayBuffer;
  readonly command: SharedArrayBuffer;
  readonly gate: SharedArrayBuffer;
}

export class OperatorMemory {
  readonly authority: SeqlockBlock;
  /** Time of arrival, positions (rad), velocities (rad/s). */
  readonly command: SeqlockBlock;
  readonly gate: SeqlockBlock;
  readonly #joints: number;

  constructor(joints: number, shared?: OperatorBuffers) {
    this.#joints = joints;
    this.authority = new SeqlockBlock(shared?.authority ?? AUTHORITY.width);
    this.command = new SeqlockBlock(shared?.command ?? OPERATOR_HEAD + 2 * joints);
    this.gate = new SeqlockBlock(shared?.gate ?? GATE.width);
  }

  get buffers(): OperatorBuffers {
    return {
      authority: this.authority.buffer,
      command: this.command.buffer,
      gate: this.gate.buffer,
    };
  }

  /** Main: what the holder of authority asks for, heard at `time`. */
  setAuthority(time: number, want: WantCode, groups: number, gesture: number): void {
    this.authority.write(Float64Array.of(time, want, groups, gesture));
  }

  /**
   * Main: the operator's command, in the order of the robot's joints.
   *
   * @param received time of arrival
   * @param position rad @param velocity rad/s
   * @returns false, and nothing is written, when a number is not finite
   */
  setCommand(received: number, position: ArrayLike<number>, velocity: ArrayLike<number>): boolean {
    const row = new Float64Array(OPERATOR_HEAD + 2 * this.#joints);
    row[0] = received;
    row.set(position, OPERATOR_HEAD);
    row.set(velocity, OPERATOR_HEAD + this.#joints);
    if (!row.every(Number.isFinite)) return false;
    this.command.write(row);
    return true;
  }

  /** Main: a score of the policy's uncertainty; NaN asks for the operator, as a high one does. */
  setScore(stamp: number, score: number): void {
    this.gate.write(Float64Array.of(stamp, score));
  }
}
