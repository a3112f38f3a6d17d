/** What a node of this kind tells of itself is what a real peer of Harmonic told in its place. */
import { expect, test } from 'vitest';
import { nativeMessages } from '../../../src/simulation/gazebo/native/native_messages.js';
import { SERVICE_PORT, TOPIC_PORT } from '../../../src/simulation/gazebo/transport/discovery.js';
import {
  type DiscoveryMessage,
  DiscoveryType,
  decodeDiscovery,
} from '../../../src/simulation/gazebo/transport/discovery_packet.js';
import { MulticastSocket } from '../../../src/simulation/gazebo/transport/multicast_socket.js';
import { TransportNode } from '../../../src/simulation/gazebo/transport/transport_node.js';
import { until } from '../../integration/until.js';
import { harmonic, masked } from './captured.js';

const { packets } = harmonic;

const HOST = '127.0.0.1';
const STATS = '/world/sinew/stats';
const CONTROL = '/world/sinew/control';
const COMMAND = '/model/robot/joint/shoulder_pan/cmd_pos';

/**
 * A packet as text, without what another run has otherwise. `ctrl` of an offer is left out: "unused" in a
 * real peer, here the socket by which subscribers of transport 8 announce themselves.
 */
const facts = (port: number, { msg_pub, ...pub }: NonNullable<DiscoveryMessage['pub']>) => {
  const offer = { ...pub, ...(msg_pub && { msg_pub: { ...msg_pub, ctrl: undefined } }) };
  return masked(JSON.stringify({ port, offer }));
};

test('offers of topics and services, and their ends', async () => {
  const own: { readonly port: number; readonly message: DiscoveryMessage }[] = [];
  let uuid = '';
  const listen = (port: number) =>
    MulticastSocket.open(port, HOST, (bytes) => {
      const decoded = decodeDiscovery(bytes);
      if (decoded.fault !== null || decoded.message.process_uuid !== uuid) return;
      own.push({ port, message: decoded.message });
    });
  const sockets = [await listen(TOPIC_PORT), await listen(SERVICE_PORT)];
  const messages = nativeMessages('gz.msgs');
  const node = await TransportNode.open({ partition: 'sinew', address: HOST });
  uuid = node.processUuid;
  const stats = node.advertise(STATS, messages.statistics);
  const command = node.advertise(COMMAND, messages.double);
  const stop = node.serve(CONTROL, messages.control, messages.boolean, () => ({ data: true }));
  stats.close();
  command.close();
  stop();
  for (const type of [DiscoveryType.advertise, DiscoveryType.unadvertise]) {
    for (const topic of [STATS, COMMAND, CONTROL].map((name) => `@/sinew@${name}`)) {
      const of = (all: readonly { readonly port: number; readonly message: DiscoveryMessage }[]) =>
        all.flatMap(({ port, message }) =>
          message.type === type && message.pub?.topic === topic ? [facts(port, message.pub)] : [],
        );
      await until(() => of(own).length > 0, `type ${type} of ${topic}`);
      expect(of(own)[0]).toBe(of(packets)[0]);
    }
  }
  await node.close();
  for (const socket of sockets) await socket.close();
});
