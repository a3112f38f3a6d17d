/**
 * The simulated arm behind emulated servos: each bus of the section `servo` becomes a pseudo-terminal
 * at the port that it names, so that the servo driver opens it as it would open a real one.
 */
import { lstatSync, mkdirSync, rmSync, symlinkSync } from 'node:fs';
import { dirname } from 'node:path';
import { SinewError } from '../core/error.js';
import { emulateCalibrated } from '../hardware/emulator/calibrated_bus.js';
import { ServoEmulator } from '../hardware/emulator/servo_emulator.js';
import { JointShaft, ServoShafts } from '../simulation/servo_shafts.js';
import type { World } from '../simulation/world.js';
import type { Config } from './config.js';
import { servoSetup } from './servo_setup.js';

export interface EmulatedArm {
  readonly shafts: ServoShafts;
  readonly ports: readonly string[];
  /** Instructions understood on all buses. */
  received(): number;
  close(): void;
}

/**
 * @param catchUp brings the world to the present, before a servo answers
 * @throws SinewError when the set-up has no servo section, or a port is the name of something else
 */
export function emulateArm(config: Config, world: World, catchUp: () => void): EmulatedArm {
  const { buses, ranges } = servoSetup(config);
  const emulators = buses.map(({ bus, file }) => {
    const emulated = emulateCalibrated(bus, file, ranges, (state) => new JointShaft(world, state));
    return { port: bus.port, emulator: new ServoEmulator(emulated, { catchUp }) };
  });
  for (const { port, emulator } of emulators) linkPort(port, emulator.path);
  const shafts = new ServoShafts(emulators.map(({ emulator }) => emulator.bus));
  shafts.settle(0);
  return {
    shafts,
    ports: emulators.map(({ port }) => port),
    received: () => emulators.reduce((sum, { emulator }) => sum + emulator.received, 0),
    close() {
      for (const { port, emulator } of emulators) {
        rmSync(port, { force: true });
        emulator.close();
      }
    },
  };
}

/** Makes `port` another name of the terminal; what a simulator left there that died is replaced. */
function linkPort(port: string, terminal: string): void {
  mkdirSync(dirname(port), { recursive: true });
  const there = lstatSync(port, { throwIfNoEntry: false });
  if (there !== undefined && !there.isSymbolicLink()) {
    throw new SinewError(`${port} is there already`, {
      where: 'servo.buses: port',
      expected: 'a name that the emulated bus can have, such as ../.setup/so101_port',
    });
  }
  if (there !== undefined) rmSync(port);
  symlinkSync(terminal, port);
}
