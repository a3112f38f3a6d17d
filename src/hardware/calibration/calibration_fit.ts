/**
 * Whether a calibration fits its servo and the robot's description. One that does not would move a
 * joint to where nobody expects it, so torque is refused; the line names the joint.
 */
import { SinewError } from '../../core/error.js';
import { registerRange } from '../registers/register.js';
import { registerOf, type ServoModel } from '../registers/servo_model.js';
import type { MotorCalibration } from './joint_calibration.js';
import type { JointScale } from './joint_scale.js';

/** What a servo holds of its calibration; a Dynamixel its drive mode, too. */
export type HeldCalibration = Omit<MotorCalibration, 'id' | 'drive_mode'> & {
  readonly drive_mode?: number;
};

/** How far a calibrated range may reach beyond the description's limits, rad: stops are soft. */
const BEYOND = 0.35;
/** The least share of the description's range that a joint must have been moved through. */
const LEAST_SHARE = 0.6;

export interface FitContext {
  readonly joint: string;
  /** File of the calibration. */
  readonly file: string;
}

/** Refuses numbers that the servo cannot hold. @throws SinewError naming the joint */
export function checkServoFit(
  calibration: MotorCalibration,
  model: ServoModel,
  { joint, file }: FitContext,
): void {
  const refuse = (what: string, expected: string) => {
    throw new SinewError(
      `the calibration of joint "${joint}" does not fit a ${model.name}: ${what}`,
      {
        where: file,
        expected,
        cure: 'run sinew servo calibrate',
      },
    );
  };
  const { homing_offset: offset, range_min: min, range_max: max } = calibration;
  const offsets = registerRange(registerOf(model, 'homing_offset'));
  const last = model.resolution - 1;
  if (offset < offsets.min || offset > offsets.max) {
    refuse(`homing offset ${offset}`, `${offsets.min} to ${offsets.max}`);
  }
  if (min < 0 || max > last) refuse(`range ${min} to ${max}`, `within 0 to ${last}`);
  if (min >= max) refuse(`range ${min} to ${max}`, 'range_min below range_max');
}

/** Refuses a servo that holds another calibration than the file. @throws SinewError */
export function checkHeld(
  calibration: MotorCalibration,
  held: HeldCalibration,
  { joint, file }: FitContext,
): void {
  for (const key of ['homing_offset', 'range_min', 'range_max', 'drive_mode'] as const) {
    if (held[key] === undefined || held[key] === calibration[key]) continue;
    throw new SinewError(
      `servo ${calibration.id} of joint "${joint}" holds ${key} ${held[key]}, the file ${calibration[key]}`,
      {
        where: file,
        expected: 'the calibration that the servo was given',
        cure: 'run sinew servo calibrate, or write the file to the servos with --write',
      },
    );
  }
}

/**
 * Refuses a range that is not that of the joint in the description.
 *
 * @param limits of the joint in the URDF, rad; infinite for a continuous joint
 * @throws SinewError naming the joint
 */
export function checkDescriptionFit(
  scale: JointScale,
  limits: { readonly lower: number; readonly upper: number },
  { joint, file }: FitContext,
): void {
  const { range_min, range_max } = scale.calibration;
  const wholeTurn = range_max - range_min === scale.model.resolution - 1;
  if (wholeTurn || !Number.isFinite(limits.upper - limits.lower)) return;
  const [lower, upper] = scale.range;
  const expected = `about ${limits.lower.toFixed(2)} to ${limits.upper.toFixed(2)} rad, as in the URDF`;
  const found = `${lower.toFixed(2)} to ${upper.toFixed(2)} rad`;
  const beyond = lower < limits.lower - BEYOND || upper > limits.upper + BEYOND;
  const share = (upper - lower) / (limits.upper - limits.lower);
  if (!beyond && share >= LEAST_SHARE) return;
  const what = beyond
    ? 'reaches beyond its limits'
    : 'is too narrow: it was not moved from end to end';
  throw new SinewError(`the calibrated range of joint "${joint}", ${found}, ${what}`, {
    where: file,
    expected,
    cure: 'check that the servos sit at their joints, and run sinew servo calibrate',
  });
}
