/** Registers of servos on a bus, read and written by name. */
import { SinewError } from '../../core/error.js';
import type { ServoBus } from '../bus/servo_bus.js';
import { modelByNumber } from '../registers/models.js';
import { decodeRegister, encodeRegister } from '../registers/register.js';
import { registerOf, type ServoModel } from '../registers/servo_model.js';

/** The value of a register. @throws SinewError when the servo does not answer */
export async function readRegister(
  bus: ServoBus,
  model: ServoModel,
  id: number,
  name: string,
): Promise<number> {
  const register = registerOf(model, name);
  return decodeRegister(register, await bus.read(id, register.address, register.size));
}

/**
 * Writes a register; for one in EEPROM, torque is switched off and the lock opened and closed.
 *
 * @throws SinewError when the servo does not answer, or refuses
 */
export async function writeRegister(
  bus: ServoBus,
  model: ServoModel,
  id: number,
  name: string,
  value: number,
): Promise<void> {
  const register = registerOf(model, name);
  const data = encodeRegister(register, value);
  const feetech = model.protocol.name === 'feetech';
  if (register.eeprom) {
    await bus.write(id, registerOf(model, 'torque_enable').address, Uint8Array.of(0));
    if (feetech) await bus.write(id, registerOf(model, 'lock').address, Uint8Array.of(0));
  }
  const error = await bus.write(id, register.address, data);
  const refused = model.protocol.name === 'dynamixel' ? error & 0x7f : 0;
  if (refused !== 0) {
    throw new SinewError(`servo ${id} refuses ${value} for ${name} (error ${refused})`, {
      where: bus.path,
      cure: 'switch its torque off, and look at its limits and faults with sinew servo monitor',
    });
  }
  if (register.eeprom && feetech) {
    // After a change of id the servo answers to the new one.
    const now = name === 'id' ? value : id;
    await bus.write(now, registerOf(model, 'lock').address, Uint8Array.of(1));
  }
}

/** Writes a register if it holds something else: EEPROM wears out. @throws as `writeRegister` */
export async function ensureRegister(
  bus: ServoBus,
  model: ServoModel,
  id: number,
  name: string,
  value: number,
): Promise<void> {
  if ((await readRegister(bus, model, id, name)) === value) return;
  await writeRegister(bus, model, id, name, value);
}

/** The kind of servo with that id. @throws SinewError when it is silent or unknown */
export async function identify(
  bus: ServoBus,
  protocolModel: ServoModel,
  id: number,
): Promise<ServoModel> {
  const number = await readRegister(bus, protocolModel, id, 'model_number');
  const model = modelByNumber(bus.protocol.name, number);
  if (model !== undefined) return model;
  throw new SinewError(`servo ${id} is of an unknown model (number ${number})`, {
    where: bus.path,
  });
}
