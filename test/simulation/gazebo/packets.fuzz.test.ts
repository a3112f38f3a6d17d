/** What strangers send: 100,000 packets of garbage, and of almost-right ones, are counted and ignored. */
import { beforeEach, describe, expect, test } from 'vitest';
import { FrameReader } from '../../../src/simulation/gazebo/classic/tcp_frames.js';
import { readPacket } from '../../../src/simulation/gazebo/classic/tcp_link.js';
import { Discovery } from '../../../src/simulation/gazebo/transport/discovery.js';
import {
  type Advertisement,
  DiscoveryType,
  decodeDiscovery,
  encodeDiscovery,
  PacketWriter,
  WIRE_VERSION,
} from '../../../src/simulation/gazebo/transport/discovery_packet.js';
import { ServiceClient } from '../../../src/simulation/gazebo/transport/service_client.js';
import { ServiceServer } from '../../../src/simulation/gazebo/transport/service_server.js';
import { TransportCounters } from '../../../src/simulation/gazebo/transport/transport_counters.js';

const PACKETS = 100_000;

/** Marsaglia's xorshift: the same numbers each time. */
function randomNumbers(seed: number): (below: number) => number {
  let state = seed;
  return (below) => {
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    return (state >>> 0) % below;
  };
}

function advert(topic: string): Advertisement {
  return {
    topic,
    address: 'tcp://127.0.0.1:1',
    process_uuid: 'peer',
    node_uuid: 'node',
    scope: 2,
    msg_pub: { ctrl: 'unused', msg_type: 'gz.msgs.Double' },
  };
}

const PEER = { version: WIRE_VERSION, process_uuid: 'peer' };
const peer = new PacketWriter('peer');
const valid = (topic: string, type: number = DiscoveryType.advertise) =>
  encodeDiscovery({ ...PEER, type, pub: advert(topic) });

describe('packets from the network', () => {
  let counters: TransportCounters;
  let offers: Advertisement[];
  let discovery: Discovery;

  beforeEach(() => {
    counters = new TransportCounters();
    offers = [];
    discovery = new Discovery({
      port: 0,
      address: '127.0.0.1',
      processUuid: 'own',
      partition: 'mine',
      statistics: false,
      counters,
      listener: { onOffer: (offer) => offers.push(offer), onEnd: () => undefined },
    });
  });

  test('a hundred thousand of them, changed at random, never stop a node', () => {
    const random = randomNumbers(20261121);
    const good = [
      valid('@/mine@/a'),
      valid('@/other@/a'),
      valid('@/mine@/b', DiscoveryType.unadvertise),
      peer.presence('heartbeat'),
      peer.presence('bye'),
    ];
    for (let i = 0; i < PACKETS; i += 1) {
      const base = good[random(good.length)] ?? new Uint8Array(0);
      const packet =
        random(4) === 0
          ? Uint8Array.from({ length: random(300) }, () => random(256))
          : base.slice(0, random(8) === 0 ? random(base.length + 1) : base.length);
      for (let flips = random(6); flips > 0 && packet.length > 0; flips -= 1) {
        packet[random(packet.length)] = random(256);
      }
      discovery.receive(packet);
    }
    expect(counters.malformed).toBeGreaterThan(PACKETS / 5);
    expect(counters.wrongVersion).toBeGreaterThan(100);
    expect(counters.otherPartition).toBeGreaterThan(PACKETS / 50);
    expect(offers.every(({ topic }) => topic.startsWith('@/mine@'))).toBe(true);
    // It still works.
    discovery.receive(peer.presence('bye'));
    offers = [];
    discovery.receive(valid('@/mine@/a'));
    expect(offers).toEqual([expect.objectContaining({ topic: '@/mine@/a' })]);
  });

  test('one of another version, or with topic statistics, is counted: such peers cannot be understood', () => {
    const packet = valid('@/mine@/a');
    // The version is the first field of the message: tag 0x10, then its value.
    expect([...packet.subarray(2, 4)]).toEqual([0x10, 10]);
    discovery.receive(packet.with(3, 9));
    expect(counters.wrongVersion).toBe(1);
    discovery.receive(packet.with(3, 110));
    expect(counters.wrongVersion).toBe(2);
    expect(offers).toEqual([]);
  });

  test('a length that is not the packet’s is malformed', () => {
    const packet = valid('@/mine@/a');
    const huge = packet.slice();
    huge.set([0xff, 0xff]);
    expect(decodeDiscovery(huge)).toEqual({ fault: 'malformed' });
    expect(decodeDiscovery(new Uint8Array(0))).toEqual({ fault: 'malformed' });
    expect(decodeDiscovery(Uint8Array.from([...packet, 1, 2, 3]))).toEqual({ fault: 'malformed' });
  });

  test('frames of a service that are too few, too many or garbage are counted', async () => {
    const random = randomNumbers(7);
    const client = new ServiceClient(counters);
    const server = new ServiceServer(counters);
    for (let i = 0; i < 5000; i += 1) {
      const frames = Array.from({ length: random(12) }, () =>
        Uint8Array.from({ length: random(40) }, () => random(256)),
      );
      client.take(frames);
      server.take(frames);
    }
    expect(counters.malformed).toBeGreaterThan(5000);
    expect(counters.received).toBe(0);
    await client.close();
    await server.close();
  });

  test("garbage on Classic's TCP breaks one connection and no more", () => {
    const random = randomNumbers(99);
    let broken = 0;
    for (let i = 0; i < 5000; i += 1) {
      const reader = new FrameReader();
      const bytes = Uint8Array.from({ length: random(200) }, () => random(256));
      for (const message of reader.push(bytes)) readPacket(message, counters);
      if (reader.broken) broken += 1;
    }
    expect(broken).toBeGreaterThan(4000);
  });

  test("a length of Classic's TCP that nobody sends is refused before memory is taken", () => {
    const reader = new FrameReader();
    reader.push(Buffer.from('ffffffff'));
    expect(reader.broken).toBe(true);
  });

  test("Classic's frames are found however the stream is cut", () => {
    const stream = Buffer.from('00000003abc00000000000000012', 'latin1');
    for (let size = 1; size <= stream.length; size += 1) {
      const reader = new FrameReader();
      const messages: string[] = [];
      for (let at = 0; at < stream.length; at += size) {
        for (const m of reader.push(stream.subarray(at, at + size))) {
          messages.push(Buffer.from(m).toString('latin1'));
        }
      }
      expect(messages).toEqual(['abc', '', '2']);
    }
  });
});
