/**
 * Dynamixel protocol 2.0: FF FF FD 00, id, length (2 bytes), instruction, parameters, CRC (2 bytes).
 * The CRC covers the stuffed packet from its header on. Source: ROBOTIS e-Manual, protocol 2.0.
 */
import { SinewError } from '../../core/error.js';
import { stuff, unstuff } from './byte_stuffing.js';
import { crc16 } from './crc16.js';
import {
  type InstructionPacket,
  MAX_SERVO_ID,
  type PacketFormat,
  type StatusPacket,
  type WireProtocol,
} from './packet.js';

/** Header, reserved byte, id and length. */
const HEADER = 7;
const CRC = 2;
const STATUS = 0x55;
const MAX_PACKET = 1024;

function encode(id: number, body: Uint8Array): Uint8Array {
  const stuffed = stuff(body);
  const bytes = new Uint8Array(HEADER + stuffed.length + CRC);
  if (bytes.length > MAX_PACKET) {
    throw new SinewError(`a packet of ${bytes.length} bytes is too long`, {
      where: 'Dynamixel protocol',
      expected: `at most ${MAX_PACKET}`,
      cure: 'address fewer servos at once',
    });
  }
  const counted = stuffed.length + CRC;
  bytes.set([0xff, 0xff, 0xfd, 0x00, id, counted & 0xff, counted >> 8]);
  bytes.set(stuffed, HEADER);
  const crc = crc16(bytes, 0, bytes.length - CRC);
  bytes.set([crc & 0xff, crc >> 8], bytes.length - CRC);
  return bytes;
}

/** @param least fewest bytes between the length and the CRC */
function format<P>(
  highestId: number,
  least: number,
  known: (instruction: number) => boolean,
  make: (id: number, body: Uint8Array) => P,
): PacketFormat<P> {
  return {
    headerLength: HEADER + 1,
    idOffset: 4,
    length(bytes, at) {
      const starts =
        bytes[at] === 0xff &&
        bytes[at + 1] === 0xff &&
        bytes[at + 2] === 0xfd &&
        bytes[at + 3] === 0x00;
      if (!starts || (bytes[at + 4] ?? 0xff) > highestId || !known(bytes[at + 7] ?? 0)) return 0;
      const counted = (bytes[at + 5] ?? 0) | ((bytes[at + 6] ?? 0) << 8);
      const length = HEADER + counted;
      return counted >= least + CRC && length <= MAX_PACKET ? length : 0;
    },
    decode(bytes, at, length) {
      const end = at + length - CRC;
      const crc = (bytes[end] ?? 0) | ((bytes[end + 1] ?? 0) << 8);
      if (crc16(bytes, at, end) !== crc) return undefined;
      return make(bytes[at + 4] ?? 0, unstuff(bytes.subarray(at + HEADER, end)));
    },
  };
}

export const dynamixel: WireProtocol = {
  name: 'dynamixel',
  addressBytes: 2,
  maxPacket: MAX_PACKET,
  instructions: format<InstructionPacket>(
    0xfe,
    1,
    (instruction) => instruction !== STATUS,
    (id, body) => ({ id, instruction: body[0] ?? 0, parameters: body.slice(1) }),
  ),
  statuses: format<StatusPacket>(
    MAX_SERVO_ID + 1,
    2,
    (instruction) => instruction === STATUS,
    (id, body) => ({ id, error: body[1] ?? 0, data: body.slice(2) }),
  ),
  encodeInstruction: ({ id, instruction, parameters }) =>
    encode(id, Uint8Array.of(instruction, ...parameters)),
  encodeStatus: ({ id, error, data }) => encode(id, Uint8Array.of(STATUS, error, ...data)),
  statusLength: (dataLength) => HEADER + 2 + dataLength + CRC,
};
