/** The joints of one bus by their calibration, checked against servo kinds and the description. */
import { SinewError } from '../../core/error.js';
import {
  checkDescriptionFit,
  checkServoFit,
  type FitContext,
} from '../calibration/calibration_fit.js';
import { readCalibration } from '../calibration/joint_calibration.js';
import { JointScale } from '../calibration/joint_scale.js';
import { motorCalibration, motorsOf } from '../calibration/motors.js';
import type { BusSection } from '../config.js';
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
  const motors = motorsOf(section).map((motor) => {
    const held = motorCalibration(motor, calibration, file);
    checkServoFit(held, motor.model, { joint: motor.joint, file });
    return { ...motor, held };
  });
  const firsts = motors.filter(({ follows }) => follows === undefined);
  const states = firsts.map(({ joint, id, model, held }) => {
    const context: FitContext = { joint, file };
    const entry = section.joints[joint];
    const limits = ranges.get(joint);
    if (limits === undefined) {
      throw new SinewError(`joint "${joint}" of the servo section is not one of the robot's`, {
        expected: [...ranges.keys()].join(', '),
      });
    }
    const middle = (limits.lower + limits.upper) / 2;
    const reference = entry?.reference ?? {
      at: 'middle',
      position: Number.isFinite(middle) ? middle : 0,
    };
    const scale = new JointScale(model, held, reference);
    checkDescriptionFit(scale, limits, context);
    const shadow = motors.find(({ follows }) => follows === id);
    const second = shadow && { id: shadow.id, calibration: shadow.held };
    return new ServoState(joint, id, model, scale, { share: entry?.torque_limit, shadow: second });
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
