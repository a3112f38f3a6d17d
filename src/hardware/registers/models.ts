/** All kinds of servo that sinew knows, by name and by model number. */
import { SinewError } from '../../core/error.js';
import { xc430w150, xl330m077, xl330m288, xl430w250, xm430w350, xm540w270 } from './dynamixel_x.js';
import { sts3215, sts3250 } from './feetech_sts.js';
import type { ServoModel } from './servo_model.js';

export const servoModels: readonly ServoModel[] = [
  sts3215,
  sts3250,
  xl330m077,
  xl330m288,
  xl430w250,
  xc430w150,
  xm430w350,
  xm540w270,
];

/**
 * The model of that name.
 *
 * @throws SinewError that lists the names
 */
export function servoModel(name: string): ServoModel {
  const model = servoModels.find((candidate) => candidate.name === name);
  if (model !== undefined) return model;
  throw new SinewError(`unknown servo model "${name}"`, {
    expected: `one of ${servoModels.map((candidate) => candidate.name).join(', ')}`,
  });
}

/** The model with that number, or undefined; numbers are unique within a protocol. */
export function modelByNumber(
  protocol: ServoModel['protocol']['name'],
  number: number,
): ServoModel | undefined {
  return servoModels.find(
    (candidate) => candidate.protocol.name === protocol && candidate.number === number,
  );
}
