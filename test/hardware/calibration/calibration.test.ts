/** Calibration: LeRobot's files, counts and radians, and what is refused. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  checkDescriptionFit,
  checkHeld,
  checkServoFit,
} from '../../../src/hardware/calibration/calibration_fit.js';
import {
  calibrationText,
  type MotorCalibration,
  parseCalibration,
} from '../../../src/hardware/calibration/joint_calibration.js';
import { JointScale } from '../../../src/hardware/calibration/joint_scale.js';
import { servoModel } from '../../../src/hardware/registers/models.js';

/** As LeRobot wrote it for a follower arm: four spaces, keys in this order, no newline at the end. */
const FILE = `{
    "shoulder_pan": {
        "id": 1,
        "drive_mode": 0,
        "homing_offset": -1470,
        "range_min": 758,
        "range_max": 3292
    },
    "gripper": {
        "id": 6,
        "drive_mode": 1,
        "homing_offset": 1407,
        "range_min": 2031,
        "range_max": 3476
    }
}`;

const sts = servoModel('sts3215');
const motor = (change: Partial<MotorCalibration> = {}): MotorCalibration => ({
  id: 1,
  drive_mode: 0,
  homing_offset: 0,
  range_min: 1000,
  range_max: 3000,
  ...change,
});
const context = { joint: 'elbow_flex', file: 'arm.json' };

describe('a calibration file', () => {
  it('of LeRobot is read, and written back byte for byte', () => {
    const calibration = parseCalibration(FILE, 'arm.json');
    expect([...calibration.keys()]).toEqual(['shoulder_pan', 'gripper']);
    expect(calibration.get('shoulder_pan')).toMatchObject({ id: 1, homing_offset: -1470 });
    expect(calibrationText(calibration)).toBe(FILE);
  });

  it('that is faulty is refused by file, joint and key', () => {
    expect(() => parseCalibration('{"a":', 'arm.json')).toThrow(/^arm.json: no JSON/);
    expect(() => parseCalibration(FILE.replace('758', '"x"'), 'arm.json')).toThrow(
      /^arm.json: shoulder_pan: range_min: /,
    );
    expect(() =>
      parseCalibration(FILE.replace('"drive_mode": 1', '"drive_mode": -1'), 'a'),
    ).toThrow(/gripper: drive_mode/);
    expect(() => parseCalibration(FILE.replace('"id": 1', '"id": 1, "x": 2'), 'a')).toThrow(
      /shoulder_pan/,
    );
  });
});

describe('counts and radians', () => {
  it('are each other’s inverse within half a count, in both directions of turning', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 1000, max: 3000 }),
        fc.constantFrom(0 as const, 1 as const),
        (counts, mode) => {
          const scale = new JointScale(sts, motor({ drive_mode: mode }), {
            at: 'middle',
            position: 0.3,
          });
          expect(scale.toCounts(scale.toRadians(counts))).toBe(counts);
        },
      ),
    );
  });

  it('meet at the reference', () => {
    const at = (where: 'middle' | 'minimum' | 'maximum', mode: 0 | 1 = 0) =>
      new JointScale(sts, motor({ drive_mode: mode }), { at: where, position: 0.5 });
    expect(at('middle').toRadians(2000)).toBeCloseTo(0.5, 12);
    expect(at('minimum').toRadians(1000)).toBeCloseTo(0.5, 12);
    expect(at('maximum').toRadians(3000)).toBeCloseTo(0.5, 12);
    expect(at('minimum', 1).toRadians(3000)).toBeCloseTo(0.5, 12);
    expect(at('minimum', 1).range[0]).toBeCloseTo(0.5, 12);
    expect(at('middle', 1).toRadians(1000)).toBeCloseTo(0.5 + (1000 * Math.PI) / 2048, 12);
  });

  it('run with the joint where the servo itself turns them round, as a Dynamixel does', () => {
    const reference = { at: 'middle', position: 0 } as const;
    const units = [sts, servoModel('xm540-w270')].map(
      (model) => new JointScale(model, motor({ drive_mode: 1 }), reference).unit,
    );
    expect(units.map(Math.sign)).toEqual([-1, 1]);
  });

  it('never leave the calibrated range', () => {
    const scale = new JointScale(sts, motor(), { at: 'middle', position: 0 });
    expect([scale.toCounts(9), scale.toCounts(-9)]).toEqual([3000, 1000]);
  });

  it('have a velocity and a load in the joint’s direction', () => {
    const scale = new JointScale(sts, motor({ drive_mode: 1 }), { at: 'middle', position: 0 });
    expect(scale.toVelocity(2048)).toBeCloseTo(-Math.PI, 12);
    expect(scale.toLoad(500)).toBeCloseTo(-0.5, 12);
  });
});

describe('a calibration is refused', () => {
  const servo = (change: Partial<MotorCalibration>) => () =>
    checkServoFit(motor(change), sts, context);

  it('when the servo cannot hold it', () => {
    expect(servo({})).not.toThrow();
    expect(servo({ homing_offset: 2048 })).toThrow(
      'arm.json: the calibration of joint "elbow_flex" does not fit a sts3215: homing offset 2048; ' +
        'expected -2047 to 2047; run sinew servo calibrate',
    );
    expect(servo({ range_max: 4096 })).toThrow(/range 1000 to 4096; expected within 0 to 4095/);
    expect(servo({ range_min: 3000 })).toThrow(/range_min below range_max/);
    expect(() =>
      checkServoFit(motor({ homing_offset: -3000 }), servoModel('xl330-m288'), context),
    ).not.toThrow();
  });

  it('when the servo holds another one', () => {
    const held = { homing_offset: 0, range_min: 1000, range_max: 3000 };
    expect(() => checkHeld(motor(), held, context)).not.toThrow();
    expect(() => checkHeld(motor(), { ...held, range_max: 2999 }, context)).toThrow(
      /servo 1 of joint "elbow_flex" holds range_max 2999, the file 3000/,
    );
  });

  it('when its range is not that of the joint in the URDF', () => {
    const scale = (change: Partial<MotorCalibration> = {}) =>
      new JointScale(sts, motor(change), { at: 'middle', position: 0 });
    const limits = { lower: -1.6, upper: 1.6 };
    const check = (change?: Partial<MotorCalibration>) => () =>
      checkDescriptionFit(scale(change), limits, context);
    expect(check()).not.toThrow();
    expect(check({ range_min: 300, range_max: 3700 })).toThrow(
      /joint "elbow_flex", -2.61 to 2.61 rad, reaches beyond its limits; expected about -1.60 to 1.60 rad/,
    );
    expect(check({ range_min: 1900, range_max: 2100 })).toThrow(/too narrow/);
    expect(check({ range_min: 0, range_max: 4095 })).not.toThrow();
  });
});
