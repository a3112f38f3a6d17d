/** Position ↔ radians of one joint, by its calibration. */
import type { ServoModel } from '../registers/servo_model.js';
import type { MotorCalibration } from './joint_calibration.js';

/** Where counts and radians meet: the middle or an end of the calibrated range, and its angle. */
export interface Reference {
  readonly at: 'middle' | 'minimum' | 'maximum';
  /** rad. */
  readonly position: number;
}

export class JointScale {
  /** rad of one count; negative for a joint that turns against its servo. */
  readonly unit: number;
  readonly #zero: number;

  constructor(
    readonly model: ServoModel,
    readonly calibration: MotorCalibration,
    reference: Reference,
  ) {
    const { drive_mode, range_min, range_max } = calibration;
    // A servo with a drive mode of its own (Dynamixel) shows counts that run with the joint.
    const own = 'drive_mode' in model.registers;
    const sign = !own && (drive_mode & 1) === 1 ? -1 : 1;
    this.unit = (sign * 2 * Math.PI) / model.resolution;
    // The joint's minimum is the servo's maximum where they turn against each other.
    const [low, high] = sign > 0 ? [range_min, range_max] : [range_max, range_min];
    const counts = { minimum: low, maximum: high, middle: (low + high) / 2 }[reference.at];
    this.#zero = counts - reference.position / this.unit;
  }

  /** The calibrated range, rad, lower end first. */
  get range(): readonly [lower: number, upper: number] {
    const ends = [this.calibration.range_min, this.calibration.range_max].map((end) =>
      this.toRadians(end),
    );
    return [Math.min(...ends), Math.max(...ends)];
  }

  toRadians(counts: number): number {
    return (counts - this.#zero) * this.unit;
  }

  /** Counts at `radians`, neither rounded nor kept within the calibrated range. */
  countsAt(radians: number): number {
    return this.#zero + radians / this.unit;
  }

  /** Whole counts nearest to `radians`, within the calibrated range. */
  toCounts(radians: number): number {
    const { range_min, range_max } = this.calibration;
    const counts = Math.round(this.countsAt(radians));
    return Math.min(range_max, Math.max(range_min, counts));
  }

  /**
   * Counts of the whole turns between a position that the servo shows and the turn of its calibration.
   * A servo that counts turns forgets them without power, and begins in the turn that it wakes up in.
   */
  wholeTurns(shown: number): number {
    const { countsTurns, resolution } = this.model;
    if (!countsTurns) return 0;
    const { range_min, range_max } = this.calibration;
    return Math.round((shown - (range_min + range_max) / 2) / resolution) * resolution;
  }

  /** rad/s of a velocity in the servo's counts. */
  toVelocity(counts: number): number {
    return counts * this.model.velocityUnit * Math.sign(this.unit);
  }

  /** Load in the joint's direction, as share of the stall torque or A; see `ServoModel.loadKind`. */
  toLoad(counts: number): number {
    return counts * this.model.loadUnit * Math.sign(this.unit);
  }
}
