/** Every message type between sinew and rclpy, over real ROS 2, in both directions. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { messageTypeNames } from '../../src/ros/codec.js';
import { RosNode } from '../../src/ros/ros_node.js';
import { waitForMessage, waitUntil } from '../../src/ros/wait.js';
import { PATIENCE_S } from '../integration/until.js';
import { Peer } from './peer.js';
import { json, samples } from './samples.js';

let node: RosNode;
let peer: Peer;
const errors: string[] = [];
beforeAll(async () => {
  peer = await Peer.start();
  node = await RosNode.create({
    name: 'topics_test',
    onError: (error, where) => errors.push(`${where}: ${error.message}`),
  });
});
afterAll(async () => {
  await node?.close();
  peer?.stop();
});

const topicOf = (prefix: string, type: string) => `/${prefix}/${type.replaceAll('/', '_')}`;

describe.each(messageTypeNames)('%s', (type) => {
  it('reaches rclpy with every field as it was', async () => {
    const topic = topicOf('to_python', type);
    await peer.run('subscribe', { type, topic, qos: { latched: true } });
    node.publisher(topic, type, 'latched').publish(samples[type]);
    await waitUntil(() => peer.of(topic).length > 0, `${type} in rclpy`, PATIENCE_S);
    expect(peer.of(topic)[0]?.message).toEqual(json(samples[type]));
  });

  it('comes from rclpy with every field as it was', async () => {
    const topic = topicOf('from_python', type);
    await peer.run('advertise', { type, topic, qos: { latched: true } });
    await peer.run('publish', { topic, message: json(samples[type]) });
    const message = await waitForMessage(node, topic, type, 'latched', PATIENCE_S);
    expect(json(message)).toEqual(json(samples[type]));
  });
});
