/**
 * The wire protocol of Feetech STS and SMS servos: FF FF, id, length, instruction or error byte,
 * parameters, checksum. Numbers are low byte first. Source: Feetech's protocol manual for magnetic
 * encoder servos.
 */
import { SinewError } from '../../core/error.js';
import {
  type InstructionPacket,
  MAX_SERVO_ID,
  type PacketFormat,
  type StatusPacket,
  type WireProtocol,
} from './packet.js';

/** Bytes beside the parameters: two of header, id, length, instruction or error, checksum. */
const FRAME = 6;
/** The length byte counts instruction and checksum too. */
const COUNTED = 2;
const MAX_PACKET = 250;

/** The complement of the sum of all bytes from the id to the last parameter. */
export function feetechChecksum(bytes: Uint8Array, from: number, to: number): number {
  let sum = 0;
  for (let i = from; i < to; i++) sum += bytes[i] ?? 0;
  return ~sum & 0xff;
}

function encode(id: number, code: number, parameters: Uint8Array): Uint8Array {
  const bytes = new Uint8Array(FRAME + parameters.length);
  if (bytes.length > MAX_PACKET) {
    throw new SinewError(`a packet of ${bytes.length} bytes is too long`, {
      where: 'Feetech protocol',
      expected: `at most ${MAX_PACKET}`,
      cure: 'address fewer servos at once',
    });
  }
  bytes.set([0xff, 0xff, id, parameters.length + COUNTED, code]);
  bytes.set(parameters, 5);
  bytes[bytes.length - 1] = feetechChecksum(bytes, 2, bytes.length - 1);
  return bytes;
}

function format<P>(
  highestId: number,
  make: (id: number, code: number, parameters: Uint8Array) => P,
): PacketFormat<P> {
  return {
    headerLength: 4,
    idOffset: 2,
    length(bytes, at) {
      const [id = 0, counted = 0] = [bytes[at + 2], bytes[at + 3]];
      const length = counted + FRAME - COUNTED;
      const starts = bytes[at] === 0xff && bytes[at + 1] === 0xff;
      return starts && id <= highestId && counted >= COUNTED && length <= MAX_PACKET ? length : 0;
    },
    decode(bytes, at, length) {
      const last = at + length - 1;
      if (feetechChecksum(bytes, at + 2, last) !== bytes[last]) return undefined;
      return make(bytes[at + 2] ?? 0, bytes[at + 4] ?? 0, bytes.slice(at + 5, last));
    },
  };
}

export const feetech: WireProtocol = {
  name: 'feetech',
  addressBytes: 1,
  maxPacket: MAX_PACKET,
  instructions: format<InstructionPacket>(0xfe, (id, instruction, parameters) => ({
    id,
    instruction,
    parameters,
  })),
  statuses: format<StatusPacket>(MAX_SERVO_ID + 1, (id, error, data) => ({ id, error, data })),
  encodeInstruction: ({ id, instruction, parameters }) => encode(id, instruction, parameters),
  encodeStatus: ({ id, error, data }) => encode(id, error, data),
  statusLength: (dataLength) => FRAME + dataLength,
};
