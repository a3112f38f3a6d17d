/** Builds the instructions of both protocols, which differ in the width of addresses only. */
import { SinewError } from '../../core/error.js';
import {
  BROADCAST_ID,
  Instruction,
  type InstructionPacket,
  MAX_SERVO_ID,
  type WireProtocol,
} from './packet.js';

/** A run of registers of one servo. */
export interface Span {
  readonly id: number;
  readonly address: number;
  /** Bytes. */
  readonly length: number;
}

const NONE = new Uint8Array(0);

/** Asks a servo, or by `BROADCAST_ID` all of them, for a sign of life. */
export function ping(id: number): InstructionPacket {
  return { id: busId(id), instruction: Instruction.ping, parameters: NONE };
}

/** Reads `length` bytes from `address`. */
export function read(protocol: WireProtocol, { id, address, length }: Span): InstructionPacket {
  const parameters = Uint8Array.from(words(protocol, address, length));
  return { id: servoId(id), instruction: Instruction.read, parameters };
}

/**
 * Writes `data` from `address` on.
 *
 * @param deferred keep it until an `action` (reg write)
 */
export function write(
  protocol: WireProtocol,
  id: number,
  address: number,
  data: Uint8Array,
  deferred = false,
): InstructionPacket {
  const parameters = Uint8Array.of(...words(protocol, address), ...data);
  const instruction = deferred ? Instruction.regWrite : Instruction.write;
  return { id: busId(id), instruction, parameters };
}

/** Carries out what `write` deferred. */
export function action(id: number): InstructionPacket {
  return { id: busId(id), instruction: Instruction.action, parameters: NONE };
}

/** Starts a servo anew; it forgets what is not in its EEPROM. */
export function reboot(id: number): InstructionPacket {
  return { id: servoId(id), instruction: Instruction.reboot, parameters: NONE };
}

/** Reads the same registers of several servos, which answer one after the other in this order. */
export function syncRead(
  protocol: WireProtocol,
  address: number,
  length: number,
  ids: readonly number[],
): InstructionPacket {
  const parameters = Uint8Array.of(...words(protocol, address, length), ...distinct(ids));
  return { id: BROADCAST_ID, instruction: Instruction.syncRead, parameters };
}

/**
 * Writes the same registers of several servos; none answers.
 *
 * @param data as many bytes for each servo
 */
export function syncWrite(
  protocol: WireProtocol,
  address: number,
  ids: readonly number[],
  data: readonly Uint8Array[],
): InstructionPacket {
  const length = data[0]?.length ?? 0;
  const parameters = words(protocol, address, length);
  for (const [i, id] of distinct(ids).entries()) {
    const bytes = data[i] ?? NONE;
    if (bytes.length !== length) {
      throw new SinewError(`${bytes.length} bytes for servo ${id} in a sync write`, {
        expected: `${length} for each`,
      });
    }
    parameters.push(id, ...bytes);
  }
  return {
    id: BROADCAST_ID,
    instruction: Instruction.syncWrite,
    parameters: Uint8Array.from(parameters),
  };
}

/** Reads other registers of each servo; Dynamixel only. */
export function bulkRead(protocol: WireProtocol, spans: readonly Span[]): InstructionPacket {
  if (protocol.name !== 'dynamixel') {
    throw new SinewError(`the ${protocol.name} protocol has no bulk read`, {
      cure: 'use sync read',
    });
  }
  distinct(spans.map(({ id }) => id));
  const parameters = spans.flatMap(({ id, address, length }) => [
    id,
    ...words(protocol, address, length),
  ]);
  return {
    id: BROADCAST_ID,
    instruction: Instruction.bulkRead,
    parameters: Uint8Array.from(parameters),
  };
}

/** Addresses and lengths in the protocol's width, low byte first. */
function words(protocol: WireProtocol, ...values: number[]): number[] {
  const limit = 256 ** protocol.addressBytes;
  return values.flatMap((value) => {
    if (!Number.isInteger(value) || value < 0 || value >= limit) {
      throw new SinewError(`address or length ${value} in a ${protocol.name} packet`, {
        expected: `a whole number from 0 to ${limit - 1}`,
      });
    }
    return protocol.addressBytes === 1 ? [value] : [value & 0xff, value >> 8];
  });
}

function servoId(id: number): number {
  if (Number.isInteger(id) && id >= 0 && id <= MAX_SERVO_ID) return id;
  throw new SinewError(`servo id ${id}`, { expected: `a whole number from 0 to ${MAX_SERVO_ID}` });
}

function busId(id: number): number {
  return id === BROADCAST_ID ? id : servoId(id);
}

function distinct(ids: readonly number[]): readonly number[] {
  ids.forEach(servoId);
  const twice = ids.find((id, i) => ids.indexOf(id) !== i);
  if (twice === undefined) return ids;
  throw new SinewError(`servo id ${twice} twice in one packet`, { expected: 'each servo once' });
}
