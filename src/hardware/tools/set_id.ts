/** Gives a servo another id, and another speed. */
import { SinewError } from '../../core/error.js';
import { identify, writeRegister } from '../arm/servo_registers.js';
import type { ServoBus } from '../bus/servo_bus.js';
import { modelOf } from './scan.js';

/**
 * @param baud the servo's new speed, bits per second; unchanged where undefined
 * @throws SinewError when the servo is not there, the new id is taken, or the speed is not one of its
 */
export async function setServoId(
  bus: ServoBus,
  from: number,
  to: number,
  baud?: number,
): Promise<void> {
  const where = `${bus.path} at ${bus.baud} baud`;
  if ((await bus.ping(from, 3)) === undefined) {
    throw new SinewError(`no servo ${from} answers`, {
      where,
      cure: 'connect one servo alone, power it, and look for it with sinew servo scan',
    });
  }
  if (from !== to && (await bus.ping(to, 3)) !== undefined) {
    throw new SinewError(`id ${to} is taken already`, {
      where,
      cure: 'connect the servo that gets a new id alone',
    });
  }
  const model = await identify(bus, modelOf(bus.protocol), from);
  const code = [...model.baudRates].find(([, rate]) => rate === baud)?.[0];
  if (baud !== undefined && code === undefined) {
    throw new SinewError(`a ${model.name} cannot run at ${baud} baud`, {
      expected: `one of ${[...model.baudRates.values()].join(', ')}`,
    });
  }
  if (from !== to) await writeRegister(bus, model, from, 'id', to);
  if (code !== undefined && baud !== undefined && baud !== bus.baud) {
    await setBaud(bus, to, baud, () => writeRegister(bus, model, to, 'baud_rate', code));
  }
  if ((await bus.ping(to, 3)) === undefined) {
    throw new SinewError(`the servo does not answer as ${to}`, {
      where,
      cure: 'power it off and on, and look for it with sinew servo scan',
    });
  }
}

/** The servo may answer at its old or its new speed, or not at all: the ping after it tells. */
async function setBaud(
  bus: ServoBus,
  id: number,
  baud: number,
  write: () => Promise<void>,
): Promise<void> {
  try {
    await write();
  } catch (error) {
    await bus.setBaud(baud);
    if ((await bus.ping(id, 3)) === undefined) throw error;
  }
  if (bus.baud !== baud) await bus.setBaud(baud);
}
