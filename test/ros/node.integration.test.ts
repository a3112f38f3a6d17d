/** What a node withstands, and how it sees the graph: over real ROS 2 with rclpy at the other end. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { SinewError } from '../../src/core/error.js';
import { RosClock } from '../../src/ros/clock.js';
import { Diagnostics, diagnosticValues, type Health } from '../../src/ros/diagnostics.js';
import type { DiagnosticArray, ImageMessage } from '../../src/ros/message_types.js';
import type { Qos } from '../../src/ros/qos.js';
import { RosNode } from '../../src/ros/ros_node.js';
import { reasonForSilence } from '../../src/ros/silence.js';
import { waitForMessage, waitUntil } from '../../src/ros/wait.js';
import { PATIENCE_S } from '../integration/until.js';
import { Peer } from './peer.js';
import { json, samples } from './samples.js';

let peer: Peer;
let node: RosNode;
const errors: string[] = [];

beforeAll(async () => {
  peer = await Peer.start();
  node = await RosNode.create({
    name: 'robust',
    onError: (error, where) => errors.push(`${where}: ${error.message}`),
  });
});
afterAll(async () => {
  await node?.close();
  peer?.stop();
});

describe('a subscription', () => {
  it('counts malformed bytes, says where, and goes on with the next message', async () => {
    const topic = '/malformed';
    const type = 'sensor_msgs/msg/JointState';
    const got: number[] = [];
    const subscription = node.subscribe(topic, type, 'reliable', (message) =>
      got.push(message.position[0] ?? Number.NaN),
    );
    await peer.run('advertise', { type, topic });
    await waitUntil(() => node.publisherCount(topic) > 0, topic, PATIENCE_S);
    await expect.poll(() => peer.run('matched', { topic }), { timeout: PATIENCE_S * 1000 }).toBe(1);
    const message = json(samples[type]);
    const hex = await peer.run<string>('serialize', { type, message });
    const bad = ['00010000', '0001', '00010000ffffffffffffffffffffffffffffffff', hex.slice(0, 60)];
    for (const bytes of bad) await peer.run('publish', { topic, bytes });
    await peer.run('publish', { topic, message });
    await waitUntil(() => got.length > 0, 'the good message', PATIENCE_S);
    expect(got).toEqual([0.1]);
    expect(subscription.received).toBe(bad.length + 1);
    expect(subscription.malformed).toBe(bad.length);
    expect(errors.filter((line) => line.startsWith(topic))).toHaveLength(1);
    expect(errors.at(-1)).toMatch(/^\/malformed: \/malformed \(sensor_msgs.*ends inside a field/);
    subscription.close();
  });

  it('outlives a callback that throws', async () => {
    const topic = '/throwing';
    const type = 'std_msgs/msg/Bool';
    let calls = 0;
    node.subscribe(topic, type, 'reliable', () => {
      calls++;
      throw new TypeError('a bug in the program');
    });
    const publisher = node.publisher(topic, type, 'reliable');
    await waitUntil(
      () => {
        publisher.publish({ data: true });
        return calls >= 3;
      },
      'third call',
      PATIENCE_S,
    );
    expect(errors.filter((line) => line === '/throwing: a bug in the program')).toHaveLength(1);
  });

  it('outlives even an exception that leaves rclnodejs itself', async () => {
    const type = 'std_msgs/msg/Bool';
    const options = { isRaw: true };
    node.rcl.createSubscription(type, '/bare', options, () => {
      throw new Error('out of the native call');
    });
    const publisher = node.publisher('/bare', type, 'reliable');
    await waitUntil(
      () => {
        publisher.publish({ data: true });
        return errors.includes('ros: out of the native call');
      },
      'report',
      PATIENCE_S,
    );
  });

  it('takes serialized messages as they came', async () => {
    const topic = '/raw';
    const type = 'geometry_msgs/msg/PoseStamped';
    let bytes = '';
    node.subscribeRaw(topic, type, 'latched', (buffer) => {
      bytes = buffer.toString('hex');
    });
    await peer.run('advertise', { type, topic, qos: { latched: true } });
    await peer.run('publish', { topic, message: json(samples[type]) });
    await waitUntil(() => bytes !== '', 'bytes', PATIENCE_S);
    expect(await peer.run('deserialize', { type, bytes })).toEqual(json(samples[type]));
  });

  it('gets every one of 60 images of 640×480 at best effort', async () => {
    const topic = '/images';
    const type = 'sensor_msgs/msg/Image';
    const other = await RosNode.create({ name: 'camera' });
    const seen: number[] = [];
    node.subscribe(topic, type, 'sensor', ({ header, data }) => {
      if (data.length === 640 * 480 * 3) seen.push(header.stamp.sec);
    });
    const publisher = other.publisher(topic, type, 'sensor');
    const image = (sec: number): ImageMessage => ({
      header: { stamp: { sec, nanosec: 0 }, frame_id: 'front' },
      height: 480,
      width: 640,
      encoding: 'rgb8',
      is_bigendian: 0,
      step: 1920,
      data: new Uint8Array(640 * 480 * 3).fill(sec),
    });
    // Discovery is done on both sides when a first one has come through.
    await waitUntil(
      () => {
        publisher.publish(image(0));
        return seen.length > 0;
      },
      'first image',
      PATIENCE_S,
    );
    const sent = Array.from({ length: 60 }, (_, i) => i + 1);
    for (const sec of sent) {
      publisher.publish(image(sec));
      // Fewer are under way at a time than a reader keeps, however long it is held up.
      await waitUntil(() => seen.includes(sec - 2) || sec <= 2, `image ${sec - 2}`, PATIENCE_S);
    }
    await waitUntil(() => seen.includes(60), 'last image', PATIENCE_S);
    expect(seen.filter((sec) => sec > 0)).toEqual(sent);
    await other.close();
  });
});

describe('the graph', () => {
  it('shows a second publisher with its node', async () => {
    const topic = '/forward_position_controller/commands';
    const type = 'std_msgs/msg/Float64MultiArray';
    node.publisher(topic, type, 'command');
    await peer.run('advertise', { type, topic });
    await waitUntil(() => node.publisherCount(topic) === 2, 'second publisher', PATIENCE_S);
    await waitUntil(
      () => node.publishersOf(topic).some((p) => p.node === '/peer'),
      'its node',
      PATIENCE_S,
    );
    expect(node.publishersOf(topic).map((p) => p.node)).toEqual(
      expect.arrayContaining(['/robust', '/peer']),
    );
    expect(node.publishersOf(topic).every((p) => p.type === type)).toBe(true);
    expect(node.nodeNames()).toEqual(expect.arrayContaining(['/robust', '/peer']));
  });
});

describe('silence on a topic', () => {
  const why = (topic: string, qos: Qos = 'sensor') =>
    reasonForSilence(node, topic, 'std_msgs/msg/Bool', qos);

  it('is put down to nobody publishing, the type, the reliability, or the publisher', async () => {
    expect(why('/silence/nobody')).toBe(
      '/silence/nobody: nobody publishes std_msgs/msg/Bool on it',
    );
    node.publisher('/silence/type', 'std_msgs/msg/String', 'sensor');
    node.publisher('/silence/weak', 'std_msgs/msg/Bool', 'sensor');
    node.publisher('/silence/mute', 'std_msgs/msg/Bool', 'reliable');
    for (const name of ['type', 'weak', 'mute']) {
      await waitUntil(() => node.publishersOf(`/silence/${name}`).length > 0, name, PATIENCE_S);
    }
    expect(why('/silence/type')).toMatch(
      /^\/silence\/type: \/robust publishes std_msgs\/msg\/String/,
    );
    expect(why('/silence/weak', 'reliable')).toMatch(
      /\/robust publishes at best effort; expected rel/,
    );
    expect(why('/silence/weak')).toBe('/silence/weak: /robust is there but sends nothing');
    expect(why('/silence/mute', 'latched')).toMatch(/\/robust does not keep its last message/);
  });
});

describe('a service', () => {
  it('answers rclpy, also after a while', async () => {
    node.service('~/set', 'std_srvs/srv/SetBool', async ({ data }) => {
      await new Promise((resolve) => setTimeout(resolve, 20));
      return { success: data, message: 'done' };
    });
    const call = { type: 'std_srvs/srv/SetBool', service: '/robust/set', request: { data: true } };
    expect(await peer.run('call', call)).toEqual({ success: true, message: 'done' });
  });

  it('answers with the line of what it threw', async () => {
    node.service(
      '/fragile',
      'std_srvs/srv/Trigger',
      () => {
        throw new SinewError('the arm is in motion', { cure: 'stop it first' });
      },
      (message) => ({ success: false, message }),
    );
    const call = { type: 'std_srvs/srv/Trigger', service: '/fragile', request: {} };
    expect(await peer.run('call', call)).toEqual({
      success: false,
      message: 'the arm is in motion; stop it first',
    });
  });

  it('is called by a client, which gives up when it stays away or does not answer', async () => {
    node.service('/here', 'std_srvs/srv/Trigger', () => ({ success: true, message: 'hello' }));
    const client = node.client('/here', 'std_srvs/srv/Trigger');
    expect(await client.call({}, PATIENCE_S)).toEqual({ success: true, message: 'hello' });
    expect(node.client('/here', 'std_srvs/srv/Trigger')).toBe(client);
    await expect(node.client('/nobody', 'std_srvs/srv/Trigger').call({}, 0.1)).rejects.toThrow(
      /^\/nobody: no such service after 0.1 s; expected a server of std_srvs/,
    );
    node.service('/silent', 'std_srvs/srv/Trigger', () => new Promise(() => {}));
    const silent = node.client('/silent', 'std_srvs/srv/Trigger');
    await silent.waitForService(20);
    await expect(silent.call({}, 0.3)).rejects.toThrow(/^\/silent: no answer within 0.3 s/);
  });
});

describe('diagnostics', () => {
  it('arrive in rclpy, and again when they change', async () => {
    const type = 'diagnostic_msgs/msg/DiagnosticArray';
    await peer.run('subscribe', { type, topic: '/diagnostics' });
    let health: Health[] = [
      { name: 'loop', level: 'ok', message: 'runs', values: { rate_hz: 99.987654321, limited: 2 } },
    ];
    const options = { hardware: 'so101', periodS: 0.1 };
    const diagnostics = new Diagnostics(node, new RosClock(node), () => health, options);
    await waitUntil(() => peer.of('/diagnostics').length > 0, 'diagnostics', PATIENCE_S);
    const [first] = peer.of('/diagnostics');
    const { status, header } = (first ?? expect.fail()).message as DiagnosticArray;
    expect(status).toEqual([
      {
        level: 0,
        name: 'robust: loop',
        message: 'runs',
        hardware_id: 'so101',
        values: [
          { key: 'rate_hz', value: '99.9877' },
          { key: 'limited', value: '2' },
        ],
      },
    ]);
    expect(diagnosticValues(status[0] ?? expect.fail())).toEqual({ rate_hz: 99.9877, limited: 2 });
    expect(Math.abs(header.stamp.sec - Date.now() / 1000)).toBeLessThan(30);
    health = [{ name: 'loop', level: 'error', message: 'no joint states' }];
    diagnostics.publish();
    const levels = () =>
      peer.of('/diagnostics').map((m) => (m.message as DiagnosticArray).status[0]?.level);
    await waitUntil(() => levels().includes(2), 'the change', PATIENCE_S);
    diagnostics.close();
  });
});

describe('ROS time', () => {
  it('follows /clock when simulated: not ready at first, and told of a jump back', async () => {
    const jumps: number[] = [];
    let ready = 0;
    const clock = new RosClock(node, {
      useSimTime: true,
      onJump: (delta) => jumps.push(delta),
      onReady: () => ready++,
    });
    expect(clock.ready).toBe(false);
    expect(clock.now()).toBe(0);
    const type = 'rosgraph_msgs/msg/Clock';
    await peer.run('advertise', { type, topic: '/clock', qos: { latched: true } });
    const show = (sec: number, nanosec: number) =>
      peer.run('publish', { topic: '/clock', message: { clock: { sec, nanosec } } });
    await expect
      .poll(() => peer.run('matched', { topic: '/clock' }), { timeout: PATIENCE_S * 1000 })
      .toBe(1);
    await show(100, 123_456_789);
    await waitUntil(() => clock.ready, 'clock', PATIENCE_S);
    expect(clock.stamp()).toEqual({ sec: 100, nanosec: 123_456_789 });
    expect(ready).toBe(1);
    expect(jumps).toEqual([]);
    await show(50, 0);
    await waitUntil(() => clock.now() === 50, 'jump', PATIENCE_S);
    expect(jumps).toHaveLength(1);
    expect(jumps[0]).toBeCloseTo(-50.123456789, 6);
    expect(ready).toBe(1);
    clock.close();
  });

  it('is the wall clock otherwise, and converts to the steady clock and back', () => {
    const clock = new RosClock(node);
    expect(clock.ready).toBe(true);
    const before = Date.now() / 1000;
    const now = clock.now();
    expect(now).toBeGreaterThan(before - 0.002);
    expect(now).toBeLessThan(Date.now() / 1000 + 0.002);
    expect(clock.toSteady(now + 5) - clock.toSteady(now)).toBeCloseTo(5, 2);
    expect(clock.toRos(clock.toSteady(now))).toBeCloseTo(now, 2);
  });
});

describe('waiting', () => {
  it('ends with a line that says what did not come', async () => {
    await expect(
      waitForMessage(node, '/never', 'std_msgs/msg/Bool', 'reliable', 0.1),
    ).rejects.toThrow('no message on /never (std_msgs/msg/Bool) after 0.1 s');
  });
});

describe('a node', () => {
  it('refuses a name that ROS does not allow', async () => {
    await expect(RosNode.create({ name: 'bad name!' })).rejects.toThrow(/^ROS node "bad name!": /);
  });

  it('can be closed twice and is then gone from the graph', async () => {
    const other = await RosNode.create({ name: 'short_lived' });
    await waitUntil(() => node.nodeNames().includes('/short_lived'), 'node', PATIENCE_S);
    await other.close();
    await other.close();
    await waitUntil(() => !node.nodeNames().includes('/short_lived'), 'its end', PATIENCE_S);
  });
});
