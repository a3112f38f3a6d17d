/** The parser on streams that hold anything, for both protocols. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { dynamixel } from '../../../src/hardware/protocol/dynamixel.js';
import { feetech } from '../../../src/hardware/protocol/feetech.js';
import type { StatusPacket } from '../../../src/hardware/protocol/packet.js';
import { PacketParser } from '../../../src/hardware/protocol/packet_parser.js';
import { fromHex } from '../bytes.js';

/** Noise in which headers and stuffing are frequent. */
const noise = fc
  .array(
    fc.oneof(fc.constantFrom(0xff, 0xfd, 0x00, 0x01, 0x55), fc.integer({ min: 0, max: 255 })),
    {
      maxLength: 300,
    },
  )
  .map((bytes) => Uint8Array.from(bytes));
const status = fc.record({
  id: fc.integer({ min: 0, max: 252 }),
  error: fc.integer({ min: 0, max: 255 }),
  data: noise.map((bytes) => bytes.subarray(0, 60)),
});

function parse(parser: PacketParser<StatusPacket>, ...parts: Uint8Array[]): StatusPacket[] {
  const packets: StatusPacket[] = [];
  for (const part of parts) parser.push(part, (packet) => packets.push(packet));
  return packets;
}

/** `bytes` cut at random places. */
function cut(bytes: Uint8Array, cuts: readonly number[]): Uint8Array[] {
  const places = [...cuts.map((c) => c % (bytes.length + 1)), bytes.length].sort((a, b) => a - b);
  return places.map((end, i) => bytes.subarray(places[i - 1] ?? 0, end));
}

describe.each([feetech, dynamixel])('the parser of the $name protocol', (protocol) => {
  it('finds what was sent, however the stream is cut', () => {
    fc.assert(
      fc.property(
        fc.array(status, { maxLength: 6 }),
        fc.array(fc.nat(), { maxLength: 8 }),
        (sent, cuts) => {
          const stream = sent.flatMap((packet) => [...protocol.encodeStatus(packet)]);
          const parser = new PacketParser(protocol.statuses);
          expect(parse(parser, ...cut(Uint8Array.from(stream), cuts))).toEqual(sent);
          expect(parser.counts).toEqual({ packets: sent.length, skippedBytes: 0, badChecksums: 0 });
        },
      ),
    );
  });

  it('never throws, and accounts for every byte', () => {
    fc.assert(
      fc.property(fc.array(noise, { maxLength: 10 }), (parts) => {
        const parser = new PacketParser(protocol.statuses, 1200);
        const packets = parse(parser, ...parts);
        const inPackets = packets
          .map((packet) => protocol.encodeStatus(packet).length)
          .reduce((sum, length) => sum + length, 0);
        const all = parts.reduce((sum, part) => sum + part.length, 0);
        expect(inPackets + parser.counts.skippedBytes + parser.pending).toBe(all);
      }),
    );
  });

  it('is in step again after noise, at the latest a longest packet later', () => {
    fc.assert(
      fc.property(noise, status, (garbage, packet) => {
        const bytes = protocol.encodeStatus(packet);
        const repeats = Math.ceil((protocol.maxPacket + garbage.length) / bytes.length) + 2;
        const parser = new PacketParser(protocol.statuses);
        const packets = parse(parser, garbage, ...Array.from({ length: repeats }, () => bytes));
        expect(packets.at(-1)).toEqual(packet);
      }),
    );
  });

  it('finds the awaited packet right after noise when it is told what it waits for', () => {
    fc.assert(
      fc.property(noise, status, (garbage, packet) => {
        const bytes = protocol.encodeStatus(packet);
        const at = protocol.name === 'feetech' ? 2 : 4;
        const wanted = (stream: Uint8Array, start: number, length: number) =>
          stream[start + at] === packet.id && length === bytes.length;
        const found: StatusPacket[] = [];
        const parser = new PacketParser(protocol.statuses);
        parser.push(garbage, () => undefined, wanted);
        // A start within the noise may claim bytes of the packet; it is found once they are there.
        const follow = new Uint8Array(bytes.length);
        for (const part of [bytes, follow]) parser.push(part, (p) => found.push(p), wanted);
        expect(found).toContainEqual(packet);
      }),
    );
  });

  it('never hands out a packet with one flipped bit', () => {
    fc.assert(
      fc.property(status, fc.nat(), (packet, flip) => {
        const bytes = protocol.encodeStatus(packet);
        const bit = flip % (bytes.length * 8);
        bytes[bit >> 3] = (bytes[bit >> 3] ?? 0) ^ (1 << (bit & 7));
        const parser = new PacketParser(protocol.statuses);
        const packets = parse(parser, bytes, new Uint8Array(protocol.maxPacket));
        expect(packets).not.toContainEqual(packet);
      }),
    );
  });

  it('drops half a packet when it is reset', () => {
    const bytes = protocol.encodeStatus({ id: 3, error: 0, data: fromHex('01 02 03 04') });
    const parser = new PacketParser(protocol.statuses);
    parse(parser, bytes.subarray(0, bytes.length - 1));
    parser.reset();
    expect(parse(parser, bytes)).toHaveLength(1);
    expect(parser.counts).toMatchObject({ packets: 1, skippedBytes: bytes.length - 1 });
  });
});
