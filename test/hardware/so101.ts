/** Six emulated servos as those of an SO-101, with its calibration file and section. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import {
  type Calibration,
  type MotorCalibration,
  writeCalibration,
} from '../../src/hardware/calibration/joint_calibration.js';
import { type BusSection, servoSection } from '../../src/hardware/config.js';
import { encodeRegister } from '../../src/hardware/registers/register.js';
import { registerOf } from '../../src/hardware/registers/servo_model.js';
import { emulate, type RigOptions } from './emulated.js';

export const JOINTS = [
  'shoulder_pan',
  'shoulder_lift',
  'elbow_flex',
  'wrist_flex',
  'wrist_roll',
  'gripper',
] as const;

/** Limits of config/so101.yaml's URDF, rad. */
export const RANGES = new Map([
  ['shoulder_pan', { lower: -1.919862, upper: 1.919862 }],
  ['shoulder_lift', { lower: -1.745329, upper: 1.745329 }],
  ['elbow_flex', { lower: -1.69, upper: 1.69 }],
  ['wrist_flex', { lower: -1.658063, upper: 1.658063 }],
  ['wrist_roll', { lower: -2.743847, upper: 2.841206 }],
  ['gripper', { lower: -0.174533, upper: 1.745329 }],
]);

/** The range of each joint in counts about the middle, as its limits have it. */
export function exampleCalibration(change: Partial<MotorCalibration> = {}): Calibration {
  const motors = JOINTS.map((joint, i): [string, MotorCalibration] => {
    const { lower, upper } = RANGES.get(joint) ?? { lower: 0, upper: 0 };
    const half = Math.round(((upper - lower) / 2 / (2 * Math.PI)) * 4096);
    const own = { range_min: 2048 - half, range_max: 2048 + half };
    const turn = joint === 'wrist_roll' ? { range_min: 0, range_max: 4095 } : own;
    return [joint, { id: i + 1, drive_mode: 0, homing_offset: 10 * i, ...turn, ...change }];
  });
  return new Map(motors);
}

/** The emulated arm with the calibration in its servos and in a file. */
export function emulateSo101(options: RigOptions = {}, calibration = exampleCalibration()) {
  const rig = emulate({ ids: [1, 2, 3, 4, 5, 6], ...options });
  const folder = mkdtempSync(join(tmpdir(), 'sinew-servo-'));
  const file = join(folder, 'so101.json');
  writeCalibration(file, calibration);
  for (const motor of calibration.values()) {
    const servo = rig.emulator.bus.servos[motor.id - 1];
    const put = (name: string, value: number) => {
      const register = registerOf(rig.kind, name);
      servo?.write(register.address, encodeRegister(register, value));
    };
    put('homing_offset', motor.homing_offset);
    put('min_position', motor.range_min);
    put('max_position', motor.range_max);
  }
  const section = (change: Partial<BusSection> = {}): BusSection => {
    const joints = Object.fromEntries(
      JOINTS.map((joint, i) => [joint, { id: i + 1, full_turn: joint === 'wrist_roll' }]),
    );
    const bus = { port: rig.emulator.path, calibration: file, joints, model: rig.kind.name };
    const more = { baud: rig.kind.factoryBaud, echo: false, reply_timeout_ms: 1000, ...change };
    const [parsed] = servoSection.parse({ buses: [{ ...bus, ...more }] }).buses;
    if (parsed === undefined) throw new Error('no bus');
    return parsed;
  };
  const close = () => {
    rig.emulator.close();
    rmSync(folder, { recursive: true, force: true });
  };
  return { ...rig, file, section, close };
}
