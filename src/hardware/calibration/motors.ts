/** Which servos a bus has for its joints, and what the calibration file says of each. */
import { SinewError } from '../../core/error.js';
import type { BusSection } from '../config.js';
import { servoModel } from '../registers/models.js';
import type { ServoModel } from '../registers/servo_model.js';
import type { Calibration, MotorCalibration } from './joint_calibration.js';

/** A servo of a bus. */
export interface Motor {
  readonly joint: string;
  /** Its name in the calibration file. */
  readonly name: string;
  readonly id: number;
  readonly model: ServoModel;
  readonly fullTurn: boolean;
  /** Id of the servo that it follows, where it is the second one of its joint. */
  readonly follows: number | undefined;
}

/** The servos of a bus: for each joint its own and, next to it, the one that follows. */
export function motorsOf({ joints, model }: BusSection): Motor[] {
  return Object.entries(joints).flatMap(([joint, entry]): Motor[] => {
    const name = entry.motor ?? joint;
    const kind = servoModel(entry.model ?? model);
    const own = { joint, name, id: entry.id, model: kind, fullTurn: entry.full_turn };
    const first = { ...own, follows: undefined };
    if (entry.shadow === undefined) return [first];
    return [first, { ...own, name: `${name}_shadow`, id: entry.shadow, follows: entry.id }];
  });
}

/**
 * What the file says of a servo.
 *
 * @throws SinewError when it says nothing, or speaks of another id
 */
export function motorCalibration(
  { joint, name, id }: Motor,
  calibration: Calibration,
  file: string,
): MotorCalibration {
  const found = calibration.get(name);
  if (found === undefined) {
    throw new SinewError(`no calibration of joint "${joint}"`, {
      where: file,
      expected: `an entry "${name}"`,
      cure: 'run sinew servo calibrate',
    });
  }
  if (found.id !== id) {
    throw new SinewError(`the calibration of joint "${joint}" is that of servo ${found.id}`, {
      where: `${file}: ${name}`,
      expected: `servo ${id}, as in the set-up`,
    });
  }
  return found;
}
