/**
 * The steps of a calibration, without the talk: torque off, middle here, ranges while the arm is moved
 * by hand, and at last everything into servos and file, if it fits.
 */
import { SinewError } from '../../core/error.js';
import type { JointRanges } from '../arm/calibrated_states.js';
import { ensureRegister, readRegister, writeRegister } from '../arm/servo_registers.js';
import type { ServoBus } from '../bus/servo_bus.js';
import {
  checkDescriptionFit,
  checkServoFit,
  type FitContext,
} from '../calibration/calibration_fit.js';
import type { Calibration, MotorCalibration } from '../calibration/joint_calibration.js';
import { JointScale } from '../calibration/joint_scale.js';
import { type Motor, motorCalibration, motorsOf } from '../calibration/motors.js';
import type { BusSection } from '../config.js';
import { registerRange } from '../registers/register.js';
import { registerOf } from '../registers/servo_model.js';

/** A servo while it is calibrated, in counts. */
export interface Progress extends Motor {
  homingOffset: number;
  driveMode: number;
  position: number;
  min: number;
  max: number;
}

/** Secondary id of a servo that follows nobody. */
const NOBODY = 255;

export class CalibrationSession {
  readonly motors: readonly Progress[];

  constructor(
    readonly bus: ServoBus,
    readonly section: BusSection,
    readonly ranges: JointRanges,
  ) {
    this.motors = motorsOf(section).map((motor) => ({
      ...motor,
      homingOffset: 0,
      driveMode: 0,
      position: 0,
      min: Number.POSITIVE_INFINITY,
      max: Number.NEGATIVE_INFINITY,
    }));
  }

  /** Switches torque off, so that the arm can be moved by hand. */
  async release(): Promise<void> {
    for (const { id, model } of this.motors) {
      await writeRegister(this.bus, model, id, 'torque_enable', 0);
    }
  }

  /** Makes the present position of each joint the middle of its servo's turn. */
  async centre(): Promise<void> {
    await setFree(this.bus, this.motors);
    for (const progress of this.motors) {
      const { id, model } = progress;
      const last = model.resolution - 1;
      await ensureRegister(this.bus, model, id, 'operating_mode', model.positionMode);
      await writeRegister(this.bus, model, id, 'homing_offset', 0);
      await writeRegister(this.bus, model, id, 'min_position', 0);
      await writeRegister(this.bus, model, id, 'max_position', last);
      if ('drive_mode' in model.registers) {
        progress.driveMode = await readRegister(this.bus, model, id, 'drive_mode');
      }
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

  /** Looks at all servos once, and widens their ranges to what it sees. */
  async observe(): Promise<void> {
    for (const progress of this.motors) {
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
    const entries = this.motors.map((progress): [string, MotorCalibration] => {
      const { joint, name, id, model, fullTurn, homingOffset, driveMode } = progress;
      const context: FitContext = { joint, file };
      const motor: MotorCalibration = {
        id,
        drive_mode: driveMode,
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
      return [name, motor];
    });
    return new Map(entries);
  }
}

/**
 * Writes a calibration into the servos of a bus.
 *
 * @param file where it comes from, for the error
 * @throws SinewError when it lacks a servo, or one does not take it
 */
export async function storeCalibration(
  bus: ServoBus,
  section: BusSection,
  calibration: Calibration,
  file: string,
): Promise<void> {
  const motors = motorsOf(section);
  const held = motors.map((motor) => motorCalibration(motor, calibration, file));
  await setFree(bus, motors);
  for (const [i, { id, model, follows }] of motors.entries()) {
    const own = held[i];
    if (own === undefined) continue;
    if ('drive_mode' in model.registers) {
      await writeRegister(bus, model, id, 'drive_mode', own.drive_mode);
    }
    await writeRegister(bus, model, id, 'homing_offset', own.homing_offset);
    await writeRegister(bus, model, id, 'min_position', own.range_min);
    await writeRegister(bus, model, id, 'max_position', own.range_max);
    if (follows !== undefined) await writeRegister(bus, model, id, 'secondary_id', follows);
  }
}

/** Lets no servo follow another, for it would take what is written to that one for its own. */
async function setFree(bus: ServoBus, motors: readonly Motor[]): Promise<void> {
  for (const { id, model, follows } of motors) {
    if (follows !== undefined) await writeRegister(bus, model, id, 'secondary_id', NOBODY);
  }
}
