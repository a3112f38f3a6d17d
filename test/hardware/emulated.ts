/** Emulated servos and a bus on them, for tests: a pseudo-terminal between, and a clock by hand. */
import { type BusOptions, ServoBus } from '../../src/hardware/bus/servo_bus.js';
import { EmulatedBus } from '../../src/hardware/emulator/emulated_bus.js';
import { EmulatedServo } from '../../src/hardware/emulator/emulated_servo.js';
import { FreeShaft } from '../../src/hardware/emulator/servo_body.js';
import { type EmulatorOptions, ServoEmulator } from '../../src/hardware/emulator/servo_emulator.js';
import { servoModel } from '../../src/hardware/registers/models.js';

/** Time that moves when told to. */
export class HandClock {
  time = 0;
  readonly now = () => this.time;
}

/** For tests in which replies are missing on purpose, each of which costs this time. */
export const LOSSY = { replyTimeoutMs: 400 };

export interface Rig {
  readonly emulator: ServoEmulator;
  readonly clock: HandClock;
  readonly bus: ServoBus;
  readonly shafts: readonly FreeShaft[];
  close(): Promise<void>;
}

export interface RigOptions {
  readonly model?: string;
  readonly ids?: readonly number[];
  readonly emulator?: EmulatorOptions;
  readonly bus?: Partial<BusOptions>;
}

/** Servos without a bus on them. */
export function emulate({ model = 'sts3215', ids = [1, 2, 3], emulator = {} }: RigOptions = {}) {
  const kind = servoModel(model);
  const clock = new HandClock();
  const shafts = ids.map(() => new FreeShaft());
  const servos = ids.map((id, i) => new EmulatedServo(kind, id, shafts[i]));
  const wire = new EmulatedBus(kind.protocol, servos);
  return {
    emulator: new ServoEmulator(wire, { now: clock.now, ...emulator }),
    clock,
    shafts,
    kind,
  };
}

/** Emulated servos with a bus open on them. */
export async function openRig(options: RigOptions = {}): Promise<Rig> {
  const { emulator, clock, shafts, kind } = emulate(options);
  const bus = await ServoBus.open({
    path: emulator.path,
    baud: kind.factoryBaud,
    protocol: kind.protocol,
    // However busy the computer is, a reply comes; where some are lost on purpose, see LOSSY.
    replyTimeoutMs: 10_000,
    echo: false,
    ...options.bus,
  });
  const close = async () => {
    await bus.close();
    emulator.close();
  };
  return { emulator, clock, bus, shafts, close };
}
