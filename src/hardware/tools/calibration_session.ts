/**
 * The steps of a calibration, without the talk: torque off, middle here, ranges while the arm is moved
 * by hand, and at last everything into servos and file, if it fits.
 */
import { SinewError } from '../../core/error.js';
import type { JointRanges } from '../arm/calibrated_states.js';
import { readRegister, writeRegister } from '../arm/servo_registers.js';
import type { ServoBus } from '../bus/servo_bus.js';
import {
  checkDescriptionFit,
  checkServoFit,
  type FitContext,
} from '../calibration/calibration_fit.js';
import type { Calibration, MotorCalibration } from '../calibration/joint_calibration.js';
import { JointScale } from '../calibration/joint_scale.js';
import type { BusSection } from '../config.js';
import { servoModel } from '../registers/models.js';
import { registerRange } from '../registers/register.js';
import { registerOf, type ServoModel } from '../registers/servo_model.js';

/** A joint while it is calibrated, in counts. */
export interface JointProgress {
  readonly joint: string;
  readonly id: number;
  readonly model: ServoModel;
  readonly fullTurn: boolean;
  homingOffset: number;
  position: number;
  min: number;
  max: number;
}

export class CalibrationSession {
  readonly joints: readonly JointProgress[];

  constructor(
    readonly bus: ServoBus,
    readonly section: BusSection,
    readonly ranges: JointRanges,
  ) {
    this.joints = Object.entries(section.joints).map(([joint, entry]) => ({
      joint,
      id: entry.id,
      model: servoModel(entry.model ?? section.model),
      fullTurn: entry.full_turn,
      homingOffset: 0,
      position: 0,
      min: Number.POSITIVE_INFINITY,
      max: Number.NEGATIVE_INFINITY,
    }));
  }

  /** Switches torque off, so that the arm can be moved by hand. */
  async release(): Promise<void> {
    for (const { id, model } of this.joints) {
      await writeRegister(this.bus, model, id, 'torque_enable', 0);
    }
  }

  /** Makes the present position of each joint the middle of its servo's turn. */
  async centre(): Promise<void> {
    for (const progress of this.joints) {
      const { id, model } = progress;
      const last = model.resolution - 1;
      await writeRegister(this.bus, model, id, 'homing_offset', 0);
      await writeRegister(this.bus, model, id, 'min_position', 0);
      await writeRegister(this.bus, model, id, 'max_position', last);
      const position = await readRegister(this.bus, model, id, 'present_position');
      // LeRobot's middle of 4096 counts is 2047.
      const offset = model.homingSign * (Math.floor(last / 2) - position);
      const { min, max } = registerRange(registerOf(model, 'homing_offset'));
      progress.homingOffset = Math.min(max, Math.max(min, offset));
      await writeRegister(this.bus, model, id, 'homing_offset', progress.homingOffset);
      progress.min = Number.POSITIVE_INFINITY;
      progress.max = Number.NEGATIVE_INFINITY;
    }
  }

  /** Looks at all joints once, and widens their ranges to what it sees. */
  async observe(): Promise<void> {
    for (const progress of this.joints) {
      const { id, model } = progress;
      progress.position = await readRegister(this.bus, model, id, 'present_position');
      progress.min = Math.min(progress.min, progress.position);
      progress.max = Math.max(progress.max, progress.position);
    }
  }

  /**
   * The calibration, if it fits servos and description.
   *
   * @param file where it will be written, for the error
   * @throws SinewError naming the joint that does not fit
   */
  result(file: string): Calibration {
    const motors = this.joints.map((progress): [string, MotorCalibration] => {
      const { joint, id, model, fullTurn, homingOffset } = progress;
      const context: FitContext = { joint, file };
      const motor: MotorCalibration = {
        id,
        drive_mode: 0,
        homing_offset: homingOffset,
        range_min: fullTurn ? 0 : progress.min,
        range_max: fullTurn ? model.resolution - 1 : progress.max,
      };
      checkServoFit(motor, model, context);
      const limits = this.ranges.get(joint);
      if (limits === undefined) {
        throw new SinewError(`joint "${joint}" is not one of the robot's`, {
          expected: [...this.ranges.keys()].join(', '),
        });
      }
      const middle = (limits.lower + limits.upper) / 2;
      const position = Number.isFinite(middle) ? middle : 0;
      const reference = this.section.joints[joint]?.reference ?? { at: 'middle', position };
      checkDescriptionFit(new JointScale(model, motor, reference), limits, context);
      return [joint, motor];
    });
    return new Map(motors);
  }
}

/** Writes a calibration into the servos. @throws SinewError when one does not take it */
export async function storeCalibration(
  bus: ServoBus,
  section: BusSection,
  calibration: Calibration,
): Promise<void> {
  for (const [joint, motor] of calibration) {
    const model = servoModel(section.joints[joint]?.model ?? section.model);
    await writeRegister(bus, model, motor.id, 'homing_offset', motor.homing_offset);
    await writeRegister(bus, model, motor.id, 'min_position', motor.range_min);
    await writeRegister(bus, model, motor.id, 'max_position', motor.range_max);
  }
}
