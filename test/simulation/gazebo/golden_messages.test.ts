/**
 * Messages of Harmonic as Google's protobuf encodes them from gz-msgs' own descriptors: read as they are
 * meant, and written byte for byte, also those that no capture has (captured_discovery.test.ts).
 * scripts/gazebo/golden_messages.py made them.
 */
import { readFileSync } from 'node:fs';
import { beforeEach, describe, expect, test } from 'vitest';
import { imageCodec } from '../../../src/simulation/gazebo/image_message.js';
import type { MessageCodec } from '../../../src/simulation/gazebo/messages/message_set.js';
import { nativeMessages } from '../../../src/simulation/gazebo/native/native_messages.js';
import {
  NATIVE_PROFILES,
  NATIVE_VERSIONS,
} from '../../../src/simulation/gazebo/native/versions.js';
import { Discovery } from '../../../src/simulation/gazebo/transport/discovery.js';
import {
  type Advertisement,
  DiscoveryType,
  decodeDiscovery,
  encodeDiscovery,
  STATISTICS_VERSION,
  WIRE_VERSION,
} from '../../../src/simulation/gazebo/transport/discovery_packet.js';
import { TransportCounters } from '../../../src/simulation/gazebo/transport/transport_counters.js';

const file = new URL('golden/msgs10.json', import.meta.url);
const golden: Record<string, { type: string; bytes: string }> = JSON.parse(
  readFileSync(file, 'utf8'),
);
function bytesOf(name: string): Uint8Array {
  const entry = golden[name];
  if (entry === undefined) throw new Error(`no golden message '${name}'`);
  return Uint8Array.from(Buffer.from(entry.bytes, 'base64'));
}

const process_uuid = '11111111-2222-3333-4444-555555555555';
const offer: Advertisement = {
  topic: '@/sinew@/world/sinew/stats',
  address: 'tcp://127.0.0.1:40001',
  process_uuid,
  node_uuid: '66666666-7777-8888-9999-000000000000',
  scope: 2,
};
const service: Advertisement = {
  ...offer,
  topic: '@/sinew@/world/sinew/control',
  srv_pub: {
    socket_id: 'identity',
    request_type: 'gz.msgs.WorldControl',
    response_type: 'gz.msgs.Boolean',
  },
};
const connection: Advertisement = {
  ...offer,
  msg_pub: { ctrl: process_uuid, msg_type: 'gz.msgs.Model' },
};

describe('discovery packets', () => {
  test.each([
    ['heartbeat', { type: DiscoveryType.heartbeat }],
    ['bye', { type: DiscoveryType.bye }],
    ['subscribe', { type: DiscoveryType.subscribe, sub: { topic: offer.topic } }],
    ['advertise_service', { type: DiscoveryType.advertise, pub: service }],
    ['new_connection', { type: DiscoveryType.newConnection, pub: connection }],
  ])('%s is written byte for byte', (name, message) => {
    const written = encodeDiscovery({ version: WIRE_VERSION, process_uuid, ...message });
    expect(Buffer.from(written).toString('hex')).toBe(Buffer.from(bytesOf(name)).toString('hex'));
  });

  test('are of wire version 10, with the length of what follows before them', () => {
    const packet = bytesOf('heartbeat');
    expect(packet[0]).toBe(packet.length - 2);
    expect(decodeDiscovery(packet)).toMatchObject({ fault: null, message: { version: 10 } });
    expect(decodeDiscovery(Uint8Array.of(...packet, 0))).toEqual({ fault: 'malformed' });
  });

  test('with the rate of an unlimited topic, a relay flag or topic statistics are understood', () => {
    const msg_pub = { ctrl: '', msg_type: 'gz.msgs.WorldStatistics' };
    for (const [name, version] of [
      ['advertise_topic', WIRE_VERSION],
      ['relayed', WIRE_VERSION],
      ['with_statistics', STATISTICS_VERSION],
    ] as const) {
      const { fault, ...rest } = decodeDiscovery(bytesOf(name), version);
      expect(fault, name).toBeNull();
      expect(rest, name).toMatchObject({ message: { pub: { topic: offer.topic, msg_pub } } });
    }
  });

  describe('that a node takes', () => {
    const counters = new TransportCounters();
    const told: string[] = [];
    let discovery: Discovery;

    beforeEach(() => {
      Object.assign(counters, new TransportCounters());
      told.length = 0;
      discovery = new Discovery({
        port: 0,
        address: '127.0.0.1',
        processUuid: 'own',
        partition: 'sinew',
        statistics: false,
        counters,
        listener: {
          onOffer: ({ topic }) => told.push(`+${topic}`),
          onEnd: ({ topic }) => told.push(`-${topic}`),
        },
      });
    });

    test('a peer’s goodbye, which names no topic, ends its offers', () => {
      discovery.receive(bytesOf('advertise_topic'));
      discovery.receive(bytesOf('peer_heartbeat'));
      expect(told).toEqual([`+${offer.topic}`]);
      discovery.receive(bytesOf('peer_bye'));
      expect(told).toEqual([`+${offer.topic}`, `-${offer.topic}`]);
      expect(counters).toEqual(new TransportCounters());
    });

    test('a question who listens, of Garden and later, is no fault', () => {
      discovery.receive(bytesOf('subscribers_request'));
      expect(counters).toEqual(new TransportCounters());
    });
  });
});

describe('messages of gz-sim', () => {
  const codecs = nativeMessages('gz.msgs');
  const stamp = { sec: 12, nsec: 345000000 };
  const pose = {
    name: 'cube',
    position: { x: 0.25, y: -0.125, z: 0.0125 },
    orientation: { x: 0, y: 0, z: 0.5, w: 0.75 },
  };

  test('written: commands, controls, models', () => {
    const cases: [string, MessageCodec<object>, object][] = [
      ['double', codecs.double as MessageCodec<object>, { data: -1.25 }],
      [
        'world_control',
        codecs.control as MessageCodec<object>,
        { pause: true, multi_step: 10, reset: { all: true }, seed: 7 },
      ],
      ['factory', codecs.factory as MessageCodec<object>, { sdf: '<sdf/>', name: 'cube', pose }],
      ['entity', codecs.entity as MessageCodec<object>, { name: 'cube', type: 2 }],
      ['pose', codecs.pose as MessageCodec<object>, pose],
    ];
    for (const [name, codec, message] of cases) {
      expect(codec.name).toBe(golden[name]?.type);
      const written = Buffer.from(codec.encode(message)).toString('hex');
      expect(written, name).toBe(Buffer.from(bytesOf(name)).toString('hex'));
    }
  });

  test('read: states, clock, poses, answers', () => {
    const model = codecs.model.decode(bytesOf('model'));
    expect(model.name).toBe('robot');
    expect(Number(model.header?.stamp?.sec)).toBe(stamp.sec);
    expect(model.header?.stamp?.nsec).toBe(stamp.nsec);
    expect(model.joint.map(({ name, axis1 }) => [name, axis1?.position, axis1?.force])).toEqual([
      ['a', 0.5, 2],
      ['b', -1.5, 0],
    ]);
    const statistics = codecs.statistics.decode(bytesOf('world_statistics'));
    expect(statistics.paused).toBe(true);
    expect(Number(statistics.iterations)).toBe(12345);
    expect(codecs.boolean.decode(bytesOf('boolean')).data).toBe(true);
    expect(codecs.poses.decode(bytesOf('poses')).pose[0]?.position?.y).toBe(-0.125);
    const info = codecs.cameraInfo.decode(bytesOf('camera_info'));
    expect([...(info.intrinsics?.k ?? [])]).toEqual([5, 0, 1, 0, 6, 0.5, 0, 0, 1]);
    const image = imageCodec('gz.msgs').decode(bytesOf('image'));
    expect([image.width, image.height, image.step, image.pixel_format_type]).toEqual([2, 1, 6, 3]);
    expect([...image.data]).toEqual([255, 0, 0, 0, 255, 0]);
  });

  test('have the package name that the version has on the wire', () => {
    for (const version of NATIVE_VERSIONS) {
      const { messages } = NATIVE_PROFILES[version];
      expect(messages, version).toBe(version === 'fortress' ? 'ignition.msgs' : 'gz.msgs');
    }
  });
});
