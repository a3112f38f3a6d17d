/** `sinew servo set-id`: gives a servo another id, and another speed. */
import { ServoBus } from '../hardware/bus/servo_bus.js';
import { protocols } from '../hardware/tools/scan.js';
import { setServoId } from '../hardware/tools/set_id.js';

/** Patience of commands with a reply, ms: they have more time than a control cycle. */
export const COMMAND_TIMEOUT_MS = 40;

/** How to reach servos without a set-up file. */
export interface PortOptions {
  readonly port: string;
  readonly protocol: string;
  readonly baud: number;
}

export interface SetIdOptions extends PortOptions {
  readonly from: number;
  readonly to: number;
  readonly newBaud?: number;
}

/** Opens the port and closes it after `use`. */
export async function withBus<T>(
  { port, protocol, baud }: PortOptions,
  use: (bus: ServoBus) => Promise<T>,
): Promise<T> {
  const wire = protocols.find(({ name }) => name === protocol);
  if (wire === undefined) throw new RangeError(`no protocol ${protocol}`);
  const bus = await ServoBus.open({
    path: port,
    baud,
    protocol: wire,
    replyTimeoutMs: COMMAND_TIMEOUT_MS,
  });
  try {
    return await use(bus);
  } finally {
    await bus.close();
  }
}

export async function runSetId(options: SetIdOptions): Promise<void> {
  const { from, to, newBaud } = options;
  await withBus(options, (bus) => setServoId(bus, from, to, newBaud));
  const speed = newBaud === undefined ? '' : ` and runs at ${newBaud} baud`;
  process.stdout.write(`servo ${from} is now servo ${to}${speed}\n`);
}
