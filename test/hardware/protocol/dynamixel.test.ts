/** The Dynamixel codec against the examples of the vendor's manual. */
import { describe, expect, it } from 'vitest';
import { stuff, unstuff } from '../../../src/hardware/protocol/byte_stuffing.js';
import { crc16 } from '../../../src/hardware/protocol/crc16.js';
import { dynamixel } from '../../../src/hardware/protocol/dynamixel.js';
import {
  action,
  bulkRead,
  ping,
  read,
  reboot,
  syncRead,
  syncWrite,
  write,
} from '../../../src/hardware/protocol/instructions.js';
import {
  BROADCAST_ID,
  type InstructionPacket,
  type StatusPacket,
} from '../../../src/hardware/protocol/packet.js';
import { PacketParser } from '../../../src/hardware/protocol/packet_parser.js';
import { fromHex, toHex } from '../bytes.js';

const sent = (packet: InstructionPacket) => toHex(dynamixel.encodeInstruction(packet));

describe('the Dynamixel codec', () => {
  it('writes the instructions of the manual byte for byte', () => {
    expect(sent(ping(1))).toBe('FF FF FD 00 01 03 00 01 19 4E');
    expect(sent(ping(BROADCAST_ID))).toBe('FF FF FD 00 FE 03 00 01 31 42');
    expect(sent(read(dynamixel, { id: 1, address: 132, length: 4 }))).toBe(
      'FF FF FD 00 01 07 00 02 84 00 04 00 1D 15',
    );
    expect(sent(write(dynamixel, 1, 116, fromHex('00 02 00 00')))).toBe(
      'FF FF FD 00 01 09 00 03 74 00 00 02 00 00 CA 89',
    );
    expect(sent(write(dynamixel, 1, 104, fromHex('C8 00 00 00'), true))).toBe(
      'FF FF FD 00 01 09 00 04 68 00 C8 00 00 00 AE 8E',
    );
    expect(sent(action(1))).toBe('FF FF FD 00 01 03 00 05 02 CE');
    expect(sent(reboot(1))).toBe('FF FF FD 00 01 03 00 08 2F 4E');
    expect(sent(syncRead(dynamixel, 132, 4, [1, 2]))).toBe(
      'FF FF FD 00 FE 09 00 82 84 00 04 00 01 02 CE FA',
    );
    const goals = [fromHex('96 00 00 00'), fromHex('AA 00 00 00')];
    expect(sent(syncWrite(dynamixel, 116, [1, 2], goals))).toBe(
      'FF FF FD 00 FE 11 00 83 74 00 04 00 01 96 00 00 00 02 AA 00 00 00 82 87',
    );
    const spans = [
      { id: 1, address: 144, length: 2 },
      { id: 2, address: 146, length: 1 },
    ];
    expect(sent(bulkRead(dynamixel, spans))).toBe(
      'FF FF FD 00 FE 0D 00 92 01 90 00 02 00 02 92 00 01 00 1A 05',
    );
  });

  it('reads the answers of the manual', () => {
    const stream = fromHex(
      'FF FF FD 00 01 07 00 55 00 06 04 26 65 5D FF FF FD 00 02 07 00 55 00 06 04 26 6F 6D ' +
        'FF FF FD 00 01 04 00 55 00 A1 0C FF FF FD 00 02 08 00 55 00 1F 08 00 00 BA BE ' +
        'FF FF FD 00 02 05 00 55 00 24 8B A9',
    );
    const packets: StatusPacket[] = [];
    new PacketParser(dynamixel.statuses).push(stream, (packet) => packets.push(packet));
    expect(packets).toEqual([
      { id: 1, error: 0, data: fromHex('06 04 26') },
      { id: 2, error: 0, data: fromHex('06 04 26') },
      { id: 1, error: 0, data: new Uint8Array(0) },
      { id: 2, error: 0, data: fromHex('1F 08 00 00') },
      { id: 2, error: 0, data: fromHex('24') },
    ]);
  });

  it('takes no echo of an instruction for an answer', () => {
    const parser = new PacketParser(dynamixel.statuses);
    const packets: StatusPacket[] = [];
    parser.push(dynamixel.encodeInstruction(ping(1)), (packet) => packets.push(packet));
    parser.push(fromHex('FF FF FD 00 01 04 00 55 00 A1 0C'), (packet) => packets.push(packet));
    expect(packets).toEqual([{ id: 1, error: 0, data: new Uint8Array(0) }]);
    expect(parser.counts.skippedBytes).toBe(10);
  });

  it('puts an FD after a header within a packet, and counts it in length and CRC', () => {
    // The CRC of these bytes as dynamixel-sdk 4.1.0 computes it.
    const packet = write(dynamixel, 1, 116, fromHex('FF FF FD 00'));
    const bytes = dynamixel.encodeInstruction(packet);
    expect(toHex(bytes)).toBe('FF FF FD 00 01 0A 00 03 74 00 FF FF FD FD 00 21 E7');
    expect(toHex(stuff(fromHex('FF FF FD FF FF FD FD')))).toBe('FF FF FD FD FF FF FD FD FD');
    expect(toHex(unstuff(fromHex('FF FF FD FD FF FF FD FD FD')))).toBe('FF FF FD FF FF FD FD');
  });

  it('computes the check value of this kind of CRC', () => {
    // CRC-16/UMTS, the catalogued name of these parameters.
    expect(crc16(new TextEncoder().encode('123456789'))).toBe(0xfee8);
  });
});
