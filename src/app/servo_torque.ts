/** `sinew servo torque`: switches torque on, each servo where it is, or off. */
import { SinewError } from '../core/error.js';
import { identify, readRegister, writeRegister } from '../hardware/arm/servo_registers.js';
import { modelOf } from '../hardware/tools/scan.js';
import { type PortOptions, withBus } from './servo_set_id.js';

export interface TorqueOptions extends PortOptions {
  readonly ids?: readonly number[];
}

export async function runTorque(state: string, options: TorqueOptions): Promise<void> {
  if (state !== 'on' && state !== 'off') {
    throw new SinewError(`torque "${state}"`, { expected: '"on" or "off"' });
  }
  const done = await withBus(options, async (bus) => {
    const ids = options.ids ?? (await bus.scan()).map(({ id }) => id);
    for (const id of ids) {
      const model = await identify(bus, modelOf(bus.protocol), id);
      if (state === 'on') {
        const position = await readRegister(bus, model, id, 'present_position');
        await writeRegister(bus, model, id, 'goal_position', position);
      }
      await writeRegister(bus, model, id, 'torque_enable', state === 'on' ? 1 : 0);
    }
    return ids;
  });
  if (done.length === 0) {
    throw new SinewError('no servo answers', {
      where: `${options.port} at ${options.baud} baud`,
      cure: 'sinew servo scan finds ids and baud rates',
    });
  }
  process.stdout.write(`torque ${state}: ${done.map((id) => `servo ${id}`).join(', ')}\n`);
}
