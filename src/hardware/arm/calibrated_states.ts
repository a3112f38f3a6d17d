/** The joints of one bus by their calibration, checked against servo kinds and the description. */
import { SinewError } from '../../core/error.js';
import {
  checkDescriptionFit,
  checkServoFit,
  type FitContext,
} from '../calibration/calibration_fit.js';
import { readCalibration } from '../calibration/joint_calibration.js';
import { JointScale } from '../calibration/joint_scale.js';
import type { BusSection } from '../config.js';
import { servoModel } from '../registers/models.js';
import { ServoState } from './servo_state.js';

/** Limits of joints in the robot's description, rad. */
export type JointRanges = ReadonlyMap<string, { readonly lower: number; readonly upper: number }>;

/**
 * Nothing is read yet of what they hold.
 *
 * @param file calibration file
 * @throws SinewError naming the joint that does not fit
 */
export function calibratedStates(
  section: BusSection,
  file: string,
  ranges: JointRanges,
): ServoState[] {
  const calibration = readCalibration(file);
  const states = Object.entries(section.joints).map(([joint, entry]) => {
    const context: FitContext = { joint, file };
    const motor = calibration.get(joint);
    if (motor === undefined) {
      throw new SinewError(`no calibration of joint "${joint}"`, {
        where: file,
        cure: 'run sinew servo calibrate',
      });
    }
    if (motor.id !== entry.id) {
      throw new SinewError(`the calibration of joint "${joint}" is that of servo ${motor.id}`, {
        where: file,
        expected: `servo ${entry.id}, as in the set-up`,
      });
    }
    const model = servoModel(entry.model ?? section.model);
    checkServoFit(motor, model, context);
    const limits = ranges.get(joint);
    if (limits === undefined) {
      throw new SinewError(`joint "${joint}" of the servo section is not one of the robot's`, {
        expected: [...ranges.keys()].join(', '),
      });
    }
    const middle = (limits.lower + limits.upper) / 2;
    const reference = entry.reference ?? {
      at: 'middle',
      position: Number.isFinite(middle) ? middle : 0,
    };
    const scale = new JointScale(model, motor, reference);
    checkDescriptionFit(scale, limits, context);
    return new ServoState(joint, entry.id, model, scale, entry.torque_limit);
  });
  const table = states[0]?.model.registers;
  const other = states.find(({ model }) => model.registers !== table);
  if (other !== undefined) {
    throw new SinewError(
      `joint "${other.joint}" has another series of servo (${other.model.name})`,
      {
        expected: 'one series on each bus',
      },
    );
  }
  return states;
}
