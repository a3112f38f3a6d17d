/**
 * The one value that a robot output accepts. Files outside src/safety may import its type only; the
 * constructor is private to that room (a test reads every import to keep it so).
 */
import { Band } from '../reasons.js';

/** Numbers a joint takes in the flat form: position, velocity, acceleration, desired, measured, reason. */
export const FIELDS = 6;
/** Numbers before the joints: band, period, clearance, nearest, energy. */
export const HEAD = 5;

export class SafeCommand {
  readonly #safe = true;
  /** rad, one per joint in the filter's order; likewise below. */
  readonly positions: Float64Array;
  /** rad/s, backward difference of the positions. */
  readonly velocities: Float64Array;
  /** rad/s², backward difference of the velocities. */
  readonly accelerations: Float64Array;
  /** What was asked for; NaN where nothing was. */
  readonly desired: Float64Array;
  /** Where the robot was measured to be; NaN where it is not known. */
  readonly measured: Float64Array;
  /** A code of `Reason` per joint. */
  readonly reasons: Uint8Array;
  /** A code of `Band`. */
  band: number = Band.pass;
  /** Seconds that the tick counted for. */
  period = 0;
  /** Least distance on the way to rest that was found in this tick, m; Infinity when all is far. */
  clearance = Infinity;
  /** Which clearance that is: an index into `SafetyFilter.clearances`; −1 when all is far. */
  nearest = -1;
  /** Energy in the tank before it, J; NaN without one. */
  energy = Number.NaN;

  constructor(joints: number) {
    this.positions = new Float64Array(joints);
    this.velocities = new Float64Array(joints);
    this.accelerations = new Float64Array(joints);
    this.desired = new Float64Array(joints);
    this.measured = new Float64Array(joints);
    this.reasons = new Uint8Array(joints);
  }

  /** Whether `value` was made by this room. */
  static made(value: object): value is SafeCommand {
    return #safe in value && value.#safe;
  }
}
