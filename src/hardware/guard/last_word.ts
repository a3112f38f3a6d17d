/** The last word on a bus whose driver is gone: torque off, or held where the arm is. */
import { setTimeout as sleep } from 'node:timers/promises';
import { steadyNow } from '../../core/clock.js';
import { errorLine } from '../../core/error.js';
import { Transport, type TransportOptions } from '../bus/transport.js';
import * as instructions from '../protocol/instructions.js';
import { BROADCAST_ID } from '../protocol/packet.js';
import { registerOf } from '../registers/servo_model.js';
import { modelOf, protocols } from '../tools/scan.js';
import type { GuardedBus } from './guard_task.js';

const REPLY_TIMEOUT_MS = 20;
/** For the port to be let go by the driver that is ending, s. */
const PORT_PATIENCE_S = 2;
const RETRY_MS = 20;
/** Sent more than once: the driver may have been cut off in the middle of a packet. */
const REPEATS = 3;

/**
 * Says the last word on a bus.
 *
 * @returns a line that says what was done, for the log
 */
export async function sayLastWord(
  bus: GuardedBus,
  lastWord: 'release' | 'hold',
): Promise<{ done: boolean; line: string }> {
  const protocol = protocols.find(({ name }) => name === bus.protocol);
  if (protocol === undefined) throw new RangeError(`no protocol ${bus.protocol}`);
  try {
    const { path, baud } = bus;
    const transport = await openSoon({ path, baud, protocol, replyTimeoutMs: REPLY_TIMEOUT_MS });
    try {
      const silent =
        lastWord === 'release' ? await release(transport, bus.ids) : await hold(transport, bus.ids);
      if (silent.length === 0) {
        const what = lastWord === 'release' ? 'torque is off' : 'torque stays on, the arm holds';
        return { done: true, line: `${path}: ${what}` };
      }
      return {
        done: false,
        line: `${path}: no confirmation of servo ${silent.join(', ')}; cut the power`,
      };
    } finally {
      await transport.close();
    }
  } catch (error) {
    return { done: false, line: `the last word was not said: ${errorLine(error)}; cut the power` };
  }
}

/** Opens the port, once more while it is in use: a driver that was ended may take a moment to go. */
async function openSoon(options: TransportOptions): Promise<Transport> {
  const deadline = steadyNow() + PORT_PATIENCE_S;
  for (;;) {
    try {
      return await Transport.open(options);
    } catch (error) {
      if (steadyNow() > deadline) throw error;
      await sleep(RETRY_MS);
    }
  }
}

/** @returns ids that did not confirm */
async function release(transport: Transport, ids: readonly number[]): Promise<number[]> {
  const { protocol } = transport;
  const torque = registerOf(modelOf(protocol), 'torque_enable');
  const off = Uint8Array.of(0);
  for (let i = 0; i < REPEATS; i++) {
    await transport.exchange(instructions.write(protocol, BROADCAST_ID, torque.address, off), []);
  }
  return unconfirmed(ids, async (id) => {
    const span = { id, address: torque.address, length: 1 };
    const [reply] = await transport.exchange(instructions.read(protocol, span), [
      { id, length: 1 },
    ]);
    return reply?.data[0] === 0;
  });
}

/** Makes each servo's position its goal: on the way to a far goal it would go on. */
async function hold(transport: Transport, ids: readonly number[]): Promise<number[]> {
  const { protocol } = transport;
  const model = modelOf(protocol);
  const present = registerOf(model, 'present_position');
  const goal = registerOf(model, 'goal_position');
  if (protocol.name === 'dynamixel') {
    // A watchdog that triggers later would refuse what comes then.
    const watchdog = registerOf(model, 'bus_watchdog').address;
    await transport.exchange(
      instructions.write(protocol, BROADCAST_ID, watchdog, Uint8Array.of(0)),
      [],
    );
  }
  return unconfirmed(ids, async (id) => {
    const span = { id, address: present.address, length: present.size };
    const awaited = [{ id, length: present.size }];
    const [reply] = await transport.exchange(instructions.read(protocol, span), awaited);
    if (reply === undefined) return false;
    // Both registers have the same size and sign in both protocols.
    const write = instructions.write(protocol, id, goal.address, reply.data);
    const [confirmed] = await transport.exchange(write, [{ id, length: 0 }]);
    return confirmed !== undefined;
  });
}

async function unconfirmed(
  ids: readonly number[],
  attempt: (id: number) => Promise<boolean>,
): Promise<number[]> {
  const silent: number[] = [];
  for (const id of ids) {
    let done = false;
    for (let i = 0; i < REPEATS && !done; i++) done = await attempt(id);
    if (!done) silent.push(id);
  }
  return silent;
}
