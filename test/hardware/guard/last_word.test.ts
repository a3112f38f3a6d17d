// The last word on a bus that its driver has not let go yet.
import { expect, it } from 'vitest';
import { Transport } from '../../../src/hardware/bus/transport.js';
import { sayLastWord } from '../../../src/hardware/guard/last_word.js';
import { emulate } from '../emulated.js';

it('waits for the port while a driver that is ending still has it', async () => {
  const { emulator, kind } = emulate({ ids: [1, 2] });
  const { path } = emulator;
  for (const servo of emulator.bus.servos) {
    servo.write(kind.registers.torque_enable.address, Uint8Array.of(1));
  }
  const { protocol, factoryBaud: baud } = kind;
  const driver = await Transport.open({ path, baud, protocol, replyTimeoutMs: 150 });
  const other = Transport.open({ path, baud, protocol, replyTimeoutMs: 150 });
  await expect(other).rejects.toThrow(/in use/);
  const word = sayLastWord({ path, baud, protocol: protocol.name, ids: [1, 2] }, 'release');
  await driver.close();
  expect(await word).toEqual({ done: true, line: `${path}: torque is off` });
  expect(emulator.bus.servos.some(({ torque }) => torque)).toBe(false);
  emulator.close();
});
