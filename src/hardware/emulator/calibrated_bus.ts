/** Emulated servos as those of a bus in a set-up, calibrated as its file says. */
import { calibratedStates, type JointRanges } from '../arm/calibrated_states.js';

import type { ServoState } from '../arm/servo_state.js';
import type { BusSection } from '../config.js';
import { EmulatedBus } from './emulated_bus.js';
import { EmulatedServo } from './emulated_servo.js';
import type { ServoBody } from './servo_body.js';

/**
 * The angle of a servo's shaft when its joint stands at `radians`, on the bare encoder's scale.
 */
export function shaftAngle({ scale, model }: ServoState, radians: number): number {
  const counts = scale.countsAt(radians) - model.homingSign * scale.calibration.homing_offset;
  return (counts / model.resolution) * 2 * Math.PI;
}

/**
 * The bus that the section describes, as if somebody had built and calibrated the arm.
 *
 * @param file its calibration
 * @param bodyOf what the servo of a joint moves
 * @throws SinewError when calibration, section and robot do not fit each other
 */
export function emulateCalibrated(
  section: BusSection,
  file: string,
  ranges: JointRanges,
  bodyOf: (state: ServoState) => ServoBody,
): EmulatedBus {
  const states = calibratedStates(section, file, ranges);
  const servos = states.map((state) => {
    const { model, scale, id } = state;
    const rate = [...model.baudRates].find(([, baud]) => baud === section.baud)?.[0];
    const { homing_offset, range_min, range_max } = scale.calibration;
    return new EmulatedServo(model, id, bodyOf(state), {
      homing_offset,
      min_position: range_min,
      max_position: range_max,
      ...(rate === undefined ? {} : { baud_rate: rate }),
    });
  });
  const [first] = states;
  if (first === undefined) throw new RangeError(`no servos on ${section.port}`);
  return new EmulatedBus(first.model.protocol, servos);
}
