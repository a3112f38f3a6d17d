/** Emulated servos as those of a bus in a set-up, calibrated as its file says. */
import { calibratedStates, type JointRanges } from '../arm/calibrated_states.js';
import type { ServoState } from '../arm/servo_state.js';
import type { MotorCalibration } from '../calibration/joint_calibration.js';
import type { BusSection } from '../config.js';
import type { ServoModel } from '../registers/servo_model.js';
import { EmulatedBus } from './emulated_bus.js';
import { EmulatedServo } from './emulated_servo.js';
import type { ServoBody } from './servo_body.js';

/**
 * The angle of a servo's shaft when its joint stands at `radians`, on the bare encoder's scale.
 */
export function shaftAngle({ scale, model }: ServoState, radians: number): number {
  return shaftOf(model, scale.calibration, scale.countsAt(radians));
}

/** Angle of the shaft, rad, of a servo that shows `counts`. */
function shaftOf(model: ServoModel, calibration: MotorCalibration, counts: number): number {
  const bare = counts - model.homingSign * calibration.homing_offset;
  return (direction(model, calibration) * bare * 2 * Math.PI) / model.resolution;
}

/** 1, or −1 where the servo's own drive mode makes its counts run against its shaft. */
function direction(model: ServoModel, { drive_mode }: MotorCalibration): 1 | -1 {
  return 'drive_mode' in model.registers && (drive_mode & 1) === 1 ? -1 : 1;
}

/** The shaft of a joint's second servo: the arm turns it as the first one turns the arm. */
class CoupledShaft implements ServoBody {
  readonly #turn: 1 | -1;
  readonly #zero: number;

  constructor(
    readonly first: ServoBody,
    model: ServoModel,
    own: MotorCalibration,
    other: MotorCalibration,
  ) {
    this.#turn = direction(model, own) === direction(model, other) ? 1 : -1;
    this.#zero = shaftOf(model, own, 0) - this.#turn * shaftOf(model, other, 0);
  }

  get position(): number {
    return this.#zero + this.#turn * this.first.position;
  }

  get velocity(): number {
    return this.#turn * this.first.velocity;
  }

  get load(): number {
    return this.#turn * this.first.load;
  }

  advance(): void {
    // The first servo's motor stands for both.
  }
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
  const servos = states.flatMap((state) => {
    const { model, scale, id, shadow } = state;
    const body = bodyOf(state);
    const first = emulated(model, section, id, body, scale.calibration);
    if (shadow === undefined) return [first];
    const coupled = new CoupledShaft(body, model, shadow.calibration, scale.calibration);
    return [first, emulated(model, section, shadow.id, coupled, shadow.calibration)];
  });
  const [first] = states;
  if (first === undefined) throw new RangeError(`no servos on ${section.port}`);
  return new EmulatedBus(first.model.protocol, servos);
}

function emulated(
  model: ServoModel,
  section: BusSection,
  id: number,
  body: ServoBody,
  { homing_offset, range_min, range_max, drive_mode }: MotorCalibration,
): EmulatedServo {
  const rate = [...model.baudRates].find(([, baud]) => baud === section.baud)?.[0];
  return new EmulatedServo(model, id, body, {
    homing_offset,
    min_position: range_min,
    max_position: range_max,
    ...(rate === undefined ? {} : { baud_rate: rate }),
    ...('drive_mode' in model.registers ? { drive_mode } : {}),
  });
}
