/**
 * Calibration of servos as LeRobot stores it: a JSON file with id, drive mode, homing offset and range
 * of each motor by name. Source: `MotorCalibration` and `draccus.dump` in LeRobot's robots.
 */
import { readFileSync, renameSync, writeFileSync } from 'node:fs';
import { z } from 'zod';
import { errorLine, SinewError } from '../../core/error.js';
import { MAX_SERVO_ID } from '../protocol/packet.js';

const motorSchema = z.strictObject({
  id: z.int().min(0).max(MAX_SERVO_ID),
  /** Bit 0: the joint turns against its servo. A Dynamixel's own register, whose other bits stay. */
  drive_mode: z.int().min(0).max(255),
  homing_offset: z.int(),
  range_min: z.int(),
  range_max: z.int(),
});

const fileSchema = z.record(z.string().min(1), motorSchema);

/** Calibration of one joint, in position counts of its servo. */
export type MotorCalibration = z.output<typeof motorSchema>;

/** Calibrations by joint, in the order of the file. */
export type Calibration = ReadonlyMap<string, MotorCalibration>;

/**
 * The calibrations in a file's text.
 *
 * @param file its name, for the error
 * @throws SinewError with file, joint and key
 */
export function parseCalibration(text: string, file: string): Calibration {
  let json: unknown;
  try {
    json = JSON.parse(text);
  } catch (error) {
    throw new SinewError(`no JSON (${errorLine(error)})`, {
      where: file,
      expected: 'a calibration file of LeRobot',
      cause: error,
    });
  }
  const result = fileSchema.safeParse(json);
  if (result.success) return new Map(Object.entries(result.data));
  const [issue] = result.error.issues;
  throw new SinewError(issue?.message ?? 'faulty', {
    where: [file, ...(issue?.path.map(String) ?? [])].join(': '),
    expected:
      'id, drive_mode, homing_offset, range_min and range_max of each motor, as LeRobot writes',
  });
}

/** Reads a calibration file. @throws SinewError when it is missing or faulty */
export function readCalibration(file: string): Calibration {
  let text: string;
  try {
    text = readFileSync(file, 'utf8');
  } catch (error) {
    throw new SinewError('no calibration', {
      where: file,
      cure: 'make one with sinew servo calibrate, or copy that of LeRobot',
      cause: error,
    });
  }
  return parseCalibration(text, file);
}

/** The text of a calibration file as LeRobot writes it. */
export function calibrationText(calibration: Calibration): string {
  return JSON.stringify(Object.fromEntries(calibration), null, 4);
}

/** Writes a calibration file; whole or, when something fails, not at all. */
export function writeCalibration(file: string, calibration: Calibration): void {
  const temporary = `${file}.new`;
  writeFileSync(temporary, calibrationText(calibration));
  renameSync(temporary, file);
}
