/** Discovery packets of the real transports of Harmonic and Jetty, read exactly and written byte for byte. */
import { describe, expect, test } from 'vitest';
import {
  Discovery,
  SERVICE_PORT,
  TOPIC_PORT,
} from '../../../src/simulation/gazebo/transport/discovery.js';
import {
  type DiscoveryMessage,
  DiscoveryType,
  encodeDiscovery,
  PacketWriter,
  UNTHROTTLED,
} from '../../../src/simulation/gazebo/transport/discovery_packet.js';
import { connectionNotice } from '../../../src/simulation/gazebo/transport/new_connection.js';
import { TransportCounters } from '../../../src/simulation/gazebo/transport/transport_counters.js';
import { type CapturedPacket, harmonic, jetty } from './captured.js';

const STATS = '@/sinew@/world/sinew/stats';
const COMMAND = '@/sinew@/model/robot/joint/shoulder_pan/cmd_pos';
const CONTROL = '@/sinew@/world/sinew/control';
const GUEST = '11111111-2222-3333-4444-555555555555';

const topicOf = ({ pub, sub }: DiscoveryMessage) => pub?.topic || sub?.topic || '';

const hex = (bytes: Uint8Array) => Buffer.from(bytes).toString('hex');
/** As plain data, 64-bit numbers as text. */
const plain = (message: object | null | undefined) => JSON.parse(JSON.stringify(message));
/** Types that are about no topic. */
const PRESENCE = new Set<number>([DiscoveryType.heartbeat, DiscoveryType.bye]);

/** Nodes of both end without a goodbye; Jetty's library lets nobody else say one. */
const TYPES = Object.values(DiscoveryType);
const RECORDS = [
  { ...harmonic, release: /^gz-transport13 13\./, types: TYPES },
  {
    ...jetty,
    release: /^gz-transport 15\./,
    types: TYPES.filter((type) => type !== DiscoveryType.bye),
  },
];

describe.each(RECORDS)('of $transport:', ({ transport, packets, release, types }) => {
  /** The one packet of this type about this topic, by whom it may be told. */
  function packet(
    type: keyof typeof DiscoveryType,
    topic: string,
    fits: (message: DiscoveryMessage) => boolean = () => true,
  ): CapturedPacket {
    const found = packets.filter(
      ({ message }) =>
        message.type === DiscoveryType[type] && topicOf(message) === topic && fits(message),
    );
    expect(found.length, `${type} of '${topic}'`).toBe(1);
    return found[0] as CapturedPacket;
  }

  // The process with the world's topics and services, and the one that uses them.
  const { message: offered } = packet('advertise', STATS);
  const { message: commanding } = packet('advertise', COMMAND);
  const [world, user] = [offered.process_uuid, commanding.process_uuid];

  test('are of all types that are sent, and none is of an unknown form', () => {
    expect(transport).toMatch(release);
    expect(new Set(packets.map(({ message }) => message.type))).toEqual(new Set(types));
    for (const { port, bytes, message } of packets) {
      expect(message.version).toBe(10);
      expect([TOPIC_PORT, SERVICE_PORT]).toContain(port);
      expect(hex(encodeDiscovery(message)), `type ${message.type} of '${topicOf(message)}'`).toBe(
        hex(bytes),
      );
    }
  });

  describe('are read exactly:', () => {
    test('a topic that is offered, and its end', () => {
      const { port } = packet('advertise', STATS);
      expect(port).toBe(TOPIC_PORT);
      expect(plain(offered.pub)).toEqual({
        topic: STATS,
        address: expect.stringMatching(/^tcp:\/\/127\.0\.0\.1:\d+$/),
        process_uuid: world,
        node_uuid: expect.stringMatching(/^[0-9a-f-]{36}$/),
        scope: 2,
        msg_pub: {
          ctrl: 'unused',
          msg_type: 'gz.msgs.WorldStatistics',
          msgs_per_sec: UNTHROTTLED,
        },
      });
      expect(packet('unadvertise', STATS).message.pub).toEqual(offered.pub);
    });

    test('a service that is offered, and its end', () => {
      const { port, message } = packet('advertise', CONTROL);
      expect(port).toBe(SERVICE_PORT);
      expect(plain(message.pub)).toEqual({
        topic: CONTROL,
        address: expect.stringMatching(/^tcp:\/\/127\.0\.0\.1:\d+$/),
        process_uuid: world,
        node_uuid: offered.pub?.node_uuid,
        scope: 2,
        srv_pub: {
          socket_id: expect.stringMatching(/^[0-9a-f-]{36}$/),
          request_type: 'gz.msgs.WorldControl',
          response_type: 'gz.msgs.Boolean',
        },
      });
      expect(packet('unadvertise', CONTROL).message.pub).toEqual(message.pub);
    });

    test('who asks for a topic and a service, on the port of each', () => {
      const asking = (port: number) =>
        packets
          .filter(({ message }) => message.type === DiscoveryType.subscribe)
          .filter((one) => one.port === port)
          .map(({ message: { process_uuid, sub } }) => [process_uuid, sub?.topic]);
      expect(asking(TOPIC_PORT)).toContainEqual([user, STATS]);
      expect(asking(TOPIC_PORT)).toContainEqual([world, COMMAND]);
    });

    test('a subscriber that connects: the publisher’s offer, with its process where control was', () => {
      const { message } = packet('newConnection', STATS);
      expect(message.process_uuid).toBe(user);
      expect(plain(message.pub)).toEqual({
        ...plain(offered.pub),
        process_uuid: user,
        node_uuid: commanding.pub?.node_uuid,
        msg_pub: { ...plain(offered.pub?.msg_pub), ctrl: world },
      });
    });

    test('a subscriber that leaves: told to the publisher, and to whoever listens', () => {
      const told = packets.filter(
        ({ message }) => message.type === DiscoveryType.endConnection && topicOf(message) === STATS,
      );
      expect(told.map(({ message: { pub } }) => pub?.msg_pub?.ctrl)).toEqual([world, '']);
      for (const { message } of told) {
        expect(message.process_uuid).toBe(user);
        expect(plain(message.pub)).toEqual({
          topic: STATS,
          // Here it is the subscriber's own.
          address: commanding.pub?.address,
          process_uuid: user,
          node_uuid: commanding.pub?.node_uuid,
          scope: 2,
          msg_pub: {
            ...(message.pub?.msg_pub?.ctrl && { ctrl: world }),
            msg_type: 'google.protobuf.Message',
            msgs_per_sec: UNTHROTTLED,
          },
        });
      }
    });

    test('life and goodbye, which are about no topic', () => {
      for (const { message } of packets.filter(({ message: { type } }) => PRESENCE.has(type))) {
        const { process_uuid } = message;
        expect([world, user, GUEST]).toContain(process_uuid);
        expect(plain(message.pub)).toEqual({ process_uuid, scope: 2 });
      }
    });
  });

  describe('are written byte for byte', () => {
    test('from the same facts, each type that a node of this kind sends', () => {
      const presence = packets.filter(({ message: { type } }) => PRESENCE.has(type));
      for (const { message, bytes } of presence) {
        const type = message.type === DiscoveryType.bye ? 'bye' : 'heartbeat';
        expect(hex(new PacketWriter(message.process_uuid).presence(type))).toBe(hex(bytes));
      }
      expect(hex(new PacketWriter(user).question(STATS))).toBe(
        hex(packet('subscribe', STATS).bytes),
      );
      for (const [topic, message] of [
        [STATS, offered],
        [CONTROL, packet('advertise', CONTROL).message],
      ] as const) {
        const { pub } = message;
        if (!pub) throw new Error('an offer without an offer');
        for (const type of ['advertise', 'unadvertise'] as const) {
          expect(hex(new PacketWriter(world).offer(type, pub))).toBe(
            hex(packet(type, topic).bytes),
          );
        }
      }
    });

    test('the notice to a publisher, made from its offer', () => {
      const { pub } = offered;
      if (!pub) throw new Error('an offer without an offer');
      const notice = connectionNotice(pub, user, commanding.pub?.node_uuid ?? '');
      expect(hex(new PacketWriter(user).offer('newConnection', notice))).toBe(
        hex(packet('newConnection', STATS).bytes),
      );
    });
  });

  test('all that was said, said again, leaves a node with what was offered at its end', () => {
    const counters = new TransportCounters();
    const offers = new Set<string>();
    const connections: string[] = [];
    const discovery = new Discovery({
      port: 0,
      address: '127.0.0.1',
      processUuid: 'own',
      partition: 'sinew',
      statistics: false,
      counters,
      listener: {
        onOffer: ({ topic }) => offers.add(topic),
        onEnd: ({ topic }) => offers.delete(topic),
        onConnection: ({ topic }) => connections.push(topic),
      },
    });
    const end = packets.findIndex(({ bytes }) => bytes === packet('unadvertise', COMMAND).bytes);
    for (const { bytes } of packets.slice(0, end)) discovery.receive(bytes);
    expect(counters).toEqual(new TransportCounters());
    expect(new Set(connections).size).toBe(7);
    expect(offers).toEqual(
      new Set([
        '@/sinew@/world/sinew/dynamic_pose/info',
        '@/sinew@/world/sinew/model/robot/joint_state',
        '@/sinew@/camera/front/camera_info',
        '@/sinew@/camera/front/depth',
        '@/sinew@/camera/front/image_raw',
        COMMAND,
        '@/sinew@/world/sinew/create',
        '@/sinew@/world/sinew/remove',
        '@/sinew@/world/sinew/set_pose',
      ]),
    );
  });
});
