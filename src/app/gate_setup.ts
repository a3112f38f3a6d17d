/** The gate as the set-up has it: its threshold stands in the file, or in that of a calibration. */
import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import type { GateOptions } from '../control/gate.js';
import { gateCalibrationSchema } from '../control/gate_calibration.js';
import { errorLine, SinewError } from '../core/error.js';
import type { Config } from './config.js';

/**
 * @returns undefined where no gate is set up
 * @throws SinewError naming the calibration file when it cannot be used
 */
export function gateOptions({ controller, dir }: Config): GateOptions | undefined {
  const { gate } = controller;
  if (gate === undefined) return undefined;
  const timeout = gate.timeout_s > 0 ? gate.timeout_s : Number.POSITIVE_INFINITY;
  const { calibration: file, consecutive } = gate;
  if (file === undefined) return { threshold: gate.threshold ?? Number.NaN, timeout, consecutive };
  const calibration = readCalibration(resolve(dir, file));
  return { threshold: calibration.threshold, timeout, consecutive: calibration.consecutive };
}

function readCalibration(file: string) {
  let text: string;
  try {
    text = readFileSync(file, 'utf8');
    return gateCalibrationSchema.parse(JSON.parse(text));
  } catch (error) {
    throw new SinewError(`cannot be used: ${errorLine(error).split('\n')[0]}`, {
      where: file,
      expected: 'a file written by `sinew calibrate gate`',
    });
  }
}
