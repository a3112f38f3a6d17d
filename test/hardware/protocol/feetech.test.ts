/** The Feetech codec against the examples of the vendor's protocol manual. */
import { describe, expect, it } from 'vitest';
import { feetech } from '../../../src/hardware/protocol/feetech.js';
import {
  action,
  bulkRead,
  ping,
  read,
  syncRead,
  syncWrite,
  write,
} from '../../../src/hardware/protocol/instructions.js';
import { BROADCAST_ID, type StatusPacket } from '../../../src/hardware/protocol/packet.js';
import { PacketParser } from '../../../src/hardware/protocol/packet_parser.js';
import { fromHex, toHex } from '../bytes.js';

const sent = (packet: Parameters<typeof feetech.encodeInstruction>[0]) =>
  toHex(feetech.encodeInstruction(packet));
const goal = fromHex('00 08 00 00 E8 03');

describe('the Feetech codec', () => {
  it('writes the instructions of the manual byte for byte', () => {
    expect(sent(ping(1))).toBe('FF FF 01 02 01 FB');
    expect(sent(read(feetech, { id: 1, address: 0x38, length: 2 }))).toBe(
      'FF FF 01 04 02 38 02 BE',
    );
    expect(sent(write(feetech, BROADCAST_ID, 5, Uint8Array.of(1)))).toBe('FF FF FE 04 03 05 01 F4');
    expect(sent(write(feetech, 1, 0x2a, goal))).toBe('FF FF 01 09 03 2A 00 08 00 00 E8 03 D5');
    expect(sent(write(feetech, 10, 0x2a, goal, true))).toBe(
      'FF FF 0A 09 04 2A 00 08 00 00 E8 03 CB',
    );
    expect(sent(action(BROADCAST_ID))).toBe('FF FF FE 02 05 FA');
    expect(sent(syncRead(feetech, 0x38, 8, [1, 2]))).toBe('FF FF FE 06 82 38 08 01 02 36');
    expect(sent(syncWrite(feetech, 0x2a, [1, 2, 3, 4], [goal, goal, goal, goal]))).toBe(
      'FF FF FE 20 83 2A 06 01 00 08 00 00 E8 03 02 00 08 00 00 E8 03 ' +
        '03 00 08 00 00 E8 03 04 00 08 00 00 E8 03 58',
    );
  });

  it('reads the answers of the manual', () => {
    const stream = fromHex(
      'FF FF 01 02 00 FC FF FF 01 04 00 18 05 DD FF FF 01 0A 00 00 08 00 00 00 00 79 1E 55 ' +
        'FF FF 02 0A 00 FF 07 00 00 00 00 77 23 53',
    );
    const packets: StatusPacket[] = [];
    new PacketParser(feetech.statuses).push(stream, (packet) => packets.push(packet));
    expect(packets).toEqual([
      { id: 1, error: 0, data: new Uint8Array(0) },
      { id: 1, error: 0, data: fromHex('18 05') },
      { id: 1, error: 0, data: fromHex('00 08 00 00 00 00 79 1E') },
      { id: 2, error: 0, data: fromHex('FF 07 00 00 00 00 77 23') },
    ]);
  });

  it('refuses a packet that no servo takes', () => {
    const long = new Uint8Array(250);
    expect(() => feetech.encodeInstruction(write(feetech, 1, 42, long))).toThrow(/too long/);
    expect(() => ping(253)).toThrow(/servo id 253; expected a whole number from 0 to 252/);
    expect(() => read(feetech, { id: 1, address: 256, length: 2 })).toThrow(/256/);
    expect(() => syncRead(feetech, 56, 2, [1, 2, 1])).toThrow(/id 1 twice/);
    expect(() => syncWrite(feetech, 42, [1, 2], [goal, goal.subarray(2)])).toThrow(/servo 2/);
    expect(() => bulkRead(feetech, [{ id: 1, address: 56, length: 2 }])).toThrow(/no bulk read/);
  });
});
