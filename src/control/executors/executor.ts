/** What the loop and the simulation know of an executor of chunks. */
import type { Interpolation } from '../interpolation.js';
import type { Chunk } from './chunk.js';

/** What became of an offered chunk. */
export const Verdict = {
  taken: 0,
  /** Stamped before the last activation, reset, e-stop or takeover. */
  beforeEpoch: 1,
  /** Not newer than the one being executed. */
  outOfOrder: 2,
  /** All its steps have elapsed. */
  elapsed: 3,
  /** Stamped in the future. */
  future: 4,
  /** The one before is executed in full first, or it was computed before that was done. */
  early: 5,
} as const;

export const VERDICTS: readonly string[] = [
  'taken',
  'stamped before the last activation, reset or e-stop',
  'not newer than the chunk being executed',
  'all steps elapsed',
  'stamped in the future',
  'came while the chunk before is executed in full',
];

/** Nothing is allocated after construction. */
export interface Executor {
  readonly name: string;
  /** Time over which a difference at a takeover fades away, s. */
  blend: number;
  interpolation: Interpolation;
  /** Chunks stamped before this time are dropped, s. */
  epoch: number;
  /** Tolerance for stamps in the future, s. */
  future: number;
  /** Result of the last `sample`: rad, rad/s, rad/s². */
  readonly position: Float64Array;
  readonly velocity: Float64Array;
  readonly acceleration: Float64Array;
  /** Where the next chunk is to be filled in before `offer`. */
  readonly incoming: Chunk;
  /** Greatest difference of a joint between old and new curve at the last takeover, rad. */
  readonly seam: number;
  /** Stamp of the chunk being executed; NaN when there is none. */
  readonly stamp: number;
  /** Time at which it runs out; NaN when there is none. */
  readonly end: number;
  /**
   * Judges `incoming` and, if it is good, lets it take over at `now`.
   *
   * @param position where the robot is commanded to be, rad, with its velocity: taken over from when
   *   nothing was executed
   * @param acceleration given, the three are a prediction for `now`, from which joints take over too
   *   that are off the old curve because the filter held them back
   * @returns a code of Verdict
   */
  offer(
    now: number,
    position: Float64Array,
    velocity: Float64Array,
    acceleration?: Float64Array,
  ): number;
  /** Stops executing; the epoch stays. The next chunk begins anew from where the robot is. */
  clear(): void;
  /** Evaluates the curve for the time `now`; false when there is nothing to command. */
  sample(now: number): boolean;
}
