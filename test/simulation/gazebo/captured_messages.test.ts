/**
 * Messages and service calls of the real transports of Harmonic and Jetty: what real peers have sent is read exactly, and
 * what this side sends in their place is the same, frame by frame and byte by byte.
 */

import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { Dealer, Router, Subscriber } from 'zeromq';
import { rawImage, readImage } from '../../../src/simulation/gazebo/image_message.js';
import type { MessageCodec } from '../../../src/simulation/gazebo/messages/message_set.js';
import {
  nativeMessages,
  nativeSeconds,
} from '../../../src/simulation/gazebo/native/native_messages.js';
import { textFrame } from '../../../src/simulation/gazebo/transport/frames.js';
import { TopicPublisher } from '../../../src/simulation/gazebo/transport/publisher.js';
import { ServiceClient } from '../../../src/simulation/gazebo/transport/service_client.js';
import { ServiceServer } from '../../../src/simulation/gazebo/transport/service_server.js';
import { TopicSubscriber } from '../../../src/simulation/gazebo/transport/subscriber.js';
import { TransportCounters } from '../../../src/simulation/gazebo/transport/transport_counters.js';
import { harmonic, jetty, masked } from './captured.js';

const HOST = '127.0.0.1';
const messages = nativeMessages('gz.msgs');
const pose = {
  position: { x: 0.25, y: -0.125, z: 0.0125 },
  orientation: { x: 0, y: 0, z: 0.5, w: 0.75 },
};
const STAMP = 12.345;
/** What each service was asked and answered in the capture. */
const CALLS = [
  {
    service: '/world/sinew/control',
    codec: messages.control as MessageCodec<object>,
    request: { pause: true, multi_step: 10, reset: { all: true }, seed: 7 },
    answer: true,
  },
  {
    service: '/world/sinew/create',
    codec: messages.factory as MessageCodec<object>,
    request: { sdf: '<sdf/>', name: 'cube', pose, allow_renaming: false },
    answer: true,
  },
  {
    service: '/world/sinew/set_pose',
    codec: messages.pose as MessageCodec<object>,
    request: { name: 'cube', ...pose },
    answer: false,
  },
  {
    service: '/world/sinew/remove',
    codec: messages.entity as MessageCodec<object>,
    request: { name: 'cube', type: 2 },
    answer: undefined,
  },
] as const;

const text = (frames: readonly Uint8Array[]) =>
  frames.map((frame) => Buffer.from(frame).toString('latin1'));
const maskedFrames = (frames: readonly Uint8Array[]) => text(frames).map(masked);

let counters: TransportCounters;
const closing: (() => unknown)[] = [];

beforeEach(() => {
  counters = new TransportCounters();
});
afterEach(async () => {
  for (const close of closing.splice(0)) await close();
});

describe.each([harmonic, jetty])('of $transport:', (capture) => {
  describe('a message that was published', () => {
    let subscriber: TopicSubscriber;

    beforeEach(() => {
      subscriber = new TopicSubscriber(counters, () => undefined, false);
      closing.push(() => subscriber.close());
    });

    /** Has a node take the captured message. */
    function heard<T>(topic: string, codec: MessageCodec<T>): T {
      const taken: T[] = [];
      subscriber.add(`@/sinew@${topic}`, ({ data, type }) => {
        expect(type).toBe(codec.name);
        taken.push(codec.decode(data));
      });
      subscriber.take(capture.published(topic));
      expect(counters).toMatchObject({ malformed: 0, received: 1 });
      expect(taken.length).toBe(1);
      return taken[0] as T;
    }

    test('statistics of the world', () => {
      const statistics = heard('/world/sinew/stats', messages.statistics);
      expect(nativeSeconds(statistics.sim_time)).toBeCloseTo(STAMP, 12);
      expect(statistics.paused).toBe(true);
      expect(Number(statistics.iterations)).toBe(12345);
    });

    test('joint states, among all that gz-sim tells of a joint', () => {
      const model = heard('/world/sinew/model/robot/joint_state', messages.model);
      expect(model.name).toBe('robot');
      expect(nativeSeconds(model.header?.stamp)).toBeCloseTo(STAMP, 12);
      const rows = model.joint.map(({ name, axis1 }) => [
        name,
        axis1?.position,
        axis1?.velocity,
        axis1?.force,
      ]);
      expect(rows).toEqual([
        ['shoulder_pan', 0.5, -0.25, 2],
        ['gripper', -1.5, 0, 0],
      ]);
    });

    test('poses', () => {
      const { pose: poses } = heard('/world/sinew/dynamic_pose/info', messages.poses);
      expect(poses.map(({ name }) => name)).toEqual(['cube', 'robot']);
      expect(poses[0]).toMatchObject({ position: pose.position, orientation: { z: 0.5, w: 0.75 } });
    });

    test('pictures, in colour and in depth, and what the camera says of itself', () => {
      const colour = readImage('front', rawImage(heard('/camera/front/image_raw', messages.image)));
      expect(colour).toMatchObject({ width: 2, height: 1, stride: 6, encoding: 'rgb8' });
      expect(colour.time).toBeCloseTo(STAMP, 12);
      expect([...colour.data]).toEqual([255, 0, 0, 0, 255, 0]);
      counters.received = 0;
      const depth = readImage(
        'front',
        rawImage(heard('/camera/front/depth', messages.image)),
        true,
      );
      expect(depth.encoding).toBe('32FC1');
      expect(Buffer.from(depth.data).readFloatLE()).toBe(0.75);
      counters.received = 0;
      const info = heard('/camera/front/camera_info', messages.cameraInfo);
      expect([info.width, info.height]).toEqual([2, 1]);
      expect([...(info.intrinsics?.k ?? [])]).toEqual([5, 0, 1, 0, 6, 0.5, 0, 0, 1]);
    });

    test('a command, and this side’s own is the same', async () => {
      const topic = '/model/robot/joint/shoulder_pan/cmd_pos';
      expect(heard(topic, messages.double)).toMatchObject({ data: -1.25 });
      const publisher = new TopicPublisher(counters, () => undefined, false);
      const socket = new Subscriber({ linger: 0 });
      closing.push(
        () => publisher.close(),
        () => socket.close(),
      );
      await publisher.start(HOST);
      const name = `@/sinew@${topic}`;
      socket.subscribe(name);
      socket.connect(publisher.address);
      const data = messages.double.encode({ data: -1.25 });
      const come = socket.receive();
      let arrived = false;
      void come.then(() => {
        arrived = true;
      });
      // Nothing tells when a subscription has reached a publisher.
      while (!arrived) {
        await publisher.publish(name, data, messages.double.name);
        await new Promise((resolve) => setTimeout(resolve, 5));
      }
      const frames = await come;
      expect(textFrame(frames, 1)).toBe(publisher.address);
      expect(maskedFrames(frames)).toEqual(maskedFrames(capture.published(topic)));
    });
  });

  describe.each(CALLS)('a call of $service', ({ service, codec, request, answer }) => {
    const topic = `@/sinew@${service}`;
    const [, , , nodeUuid = '', requestId = '', , requestType = '', responseType = ''] = text(
      capture.requested(service),
    );

    test('is asked as by a real peer, and its answer understood', async () => {
      // In the place of the server.
      const socketId = 'replier';
      const requests = new Router({ linger: 0, routingId: socketId });
      const answers = new Dealer({ linger: 0 });
      const client = new ServiceClient(counters);
      closing.push(
        () => client.close(),
        () => requests.close(),
        () => answers.close(),
      );
      await requests.bind(`tcp://${HOST}:*`);
      await client.start(HOST);
      const offer = {
        topic,
        address: requests.lastEndpoint ?? '',
        process_uuid: '',
        node_uuid: '',
        scope: 2,
        srv_pub: { socket_id: socketId, request_type: requestType, response_type: responseType },
      };
      const asked = client.request(offer, nodeUuid, codec.encode(request), 60, false);
      asked.catch(() => undefined);
      const [, ...frames] = await requests.receive();
      expect(frames.length).toBe(8);
      expect(maskedFrames(frames)).toEqual(maskedFrames(capture.requested(service)));
      answers.connect(textFrame(frames, 1));
      const [, , , data, result] = capture.answered(service);
      await answers.send([
        topic,
        frames[3] ?? '',
        frames[4] ?? '',
        data ?? '',
        result ?? '',
      ] as string[]);
      if (answer === undefined) {
        await expect(asked).rejects.toThrow('the server refused the request');
      } else expect(messages.boolean.decode(await asked).data).toBe(answer);
    });

    test('is understood as a real peer asks it, and answered as by one', async () => {
      const server = new ServiceServer(counters);
      // In the place of who asks.
      const identity = 'asker';
      const answers = new Router({ linger: 0, routingId: identity });
      const requests = new Dealer({ linger: 0 });
      closing.push(
        () => server.close(),
        () => answers.close(),
        () => requests.close(),
      );
      await server.start(HOST);
      await answers.bind(`tcp://${HOST}:*`);
      requests.connect(server.address);
      const heard: object[] = [];
      server.add(topic, {
        requestType,
        responseType,
        handler: (data) => {
          heard.push(codec.decode(data));
          if (answer === undefined) throw new Error('refused');
          return messages.boolean.encode({ data: answer });
        },
      });
      const [name, , , ...rest] = capture.requested(service) as Buffer[];
      await requests.send([name ?? '', answers.lastEndpoint ?? '', identity, ...rest]);
      const [, ...frames] = await answers.receive();
      expect(heard).toEqual([codec.decode(codec.encode(request))]);
      expect(textFrame(frames, 2)).toBe(requestId);
      expect(text(frames)).toEqual(text(capture.answered(service)));
      expect(counters.malformed).toBe(0);
    });
  });
});
