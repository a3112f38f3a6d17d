/**
 * The native adapter and real peers of gz-transport 13 or later, in both directions. Needs an installed
 * transport (scripts/gazebo/transport_peer.mjs says which) and a network of its own:
 * `npm run test:gz-transport`.
 */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
// @ts-expect-error plain JavaScript
import { buildPeer, TransportPeer } from '../../../scripts/gazebo/transport_peer.mjs';
import type { GazeboCameraInfo, GazeboWorld } from '../../../src/simulation/gazebo/gazebo_world.js';
import { nativeMessages } from '../../../src/simulation/gazebo/native/native_messages.js';
import { connectNative } from '../../../src/simulation/gazebo/native/native_world.js';
import { TransportNode } from '../../../src/simulation/gazebo/transport/transport_node.js';
import { PATIENCE_S, until } from '../../integration/until.js';

const messages = nativeMessages('gz.msgs');
const [DOUBLE, CONTROL, ENTITY] = ['gz.msgs.Double', 'gz.msgs.WorldControl', 'gz.msgs.Entity'];
const open = (partition: string) => TransportNode.open({ partition, address: '127.0.0.1' });

interface Peer {
  readonly lines: readonly string[];
  tell(...fields: string[]): Promise<void>;
  says(fits: (line: string) => boolean): Promise<string>;
  stop(): Promise<void>;
  kill(): Promise<void>;
}

let folder: string;
let program: string;
const closing: (() => Promise<unknown>)[] = [];

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'sinew-peer-'));
  program = buildPeer(folder);
});
afterAll(() => rmSync(folder, { recursive: true }));
afterEach(async () => {
  for (const close of closing.splice(0).reverse()) await close();
});

function startPeer(partition: string, env: Record<string, string> = {}): Peer {
  const peer: Peer = new TransportPeer(program, partition, env);
  closing.push(() => peer.stop());
  return peer;
}

/** Does it again and again until something has become true: what a late listener misses is gone. */
async function repeat(act: () => Promise<unknown>, fits: () => boolean, what: string) {
  await until(async () => {
    if (!fits()) await act();
    return fits();
  }, what);
}

describe('a real peer', () => {
  let node: TransportNode;

  beforeEach(async () => {
    node = await open('real');
    closing.push(() => node.close());
  });

  const says = (peer: Peer, text: string) => () => peer.lines.some((line) => line.includes(text));

  test('hears what is published, whoever of the two was there first', async () => {
    const early = startPeer('real');
    await early.tell('subscribe', '/number');
    const publication = node.advertise('/number', messages.double);
    const publish = () => publication.publish({ data: 0.5 });
    await repeat(publish, says(early, `heard\t/number\t${DOUBLE}\tdata: 0.5`), 'the early peer');
    const late = startPeer('real');
    await late.tell('subscribe', '/number');
    await repeat(publish, says(late, `heard\t/number\t${DOUBLE}\tdata: 0.5`), 'the late peer');
    expect(publication.connected).toBe(true);
  });

  test('is heard, whoever of the two was there first, and each message once', async () => {
    const heard: number[] = [];
    node.subscribe('/number', messages.double, ({ data }) => heard.push(data));
    const peer = startPeer('real');
    await peer.tell('advertise', '/number', DOUBLE);
    await peer.tell('connected', '/number');
    await repeat(
      () => peer.tell('publish', '/number', 'data: 1'),
      () => heard.length > 0,
      'the late publisher',
    );
    for (let i = 2; i <= 500; i += 1) await peer.tell('publish', '/number', `data: ${i}`);
    await until(() => heard.at(-1) === 500, 'the last message');
    const first = heard.lastIndexOf(1);
    expect(heard.slice(first)).toEqual(Array.from({ length: 500 }, (_, i) => i + 1));
    const late = await open('real');
    closing.push(() => late.close());
    const heardLate: number[] = [];
    late.subscribe('/number', messages.double, ({ data }) => heardLate.push(data));
    await repeat(
      () => peer.tell('publish', '/number', 'data: 7'),
      () => heardLate.includes(7),
      'the late subscriber',
    );
    expect(node.counters.malformed + late.counters.malformed).toBe(0);
  });

  test('of another partition is neither heard nor hears', async () => {
    const heard: number[] = [];
    node.subscribe('/number', messages.double, ({ data }) => heard.push(data));
    const publication = node.advertise('/ours', messages.double);
    const [friend, stranger] = [startPeer('real'), startPeer('elsewhere')];
    for (const peer of [stranger, friend]) {
      await peer.tell('advertise', '/number', DOUBLE);
      await peer.tell('subscribe', '/ours');
    }
    await repeat(
      async () => {
        await stranger.tell('publish', '/number', 'data: 1');
        await friend.tell('publish', '/number', 'data: 2');
        await publication.publish({ data: 3 });
      },
      () => heard.includes(2) && says(friend, 'heard\t/ours')(),
      'the friend',
    );
    expect(new Set(heard)).toEqual(new Set([2]));
    expect(stranger.lines).toEqual([]);
    expect(node.counters.otherPartition).toBeGreaterThan(0);
  });

  test('that keeps statistics of its topics is spoken to when this side does the same', async () => {
    const counting = await TransportNode.open({
      partition: 'real',
      address: '127.0.0.1',
      statistics: true,
    });
    closing.push(() => counting.close());
    const peer = startPeer('real', { GZ_TRANSPORT_TOPIC_STATISTICS: '1' });
    await peer.tell('advertise', '/number', DOUBLE);
    await peer.tell('subscribe', '/ours');
    const publication = counting.advertise('/ours', messages.double);
    const heard: number[] = [];
    counting.subscribe('/number', messages.double, ({ data }) => heard.push(data));
    await repeat(
      async () => {
        await peer.tell('publish', '/number', 'data: 1');
        await publication.publish({ data: 2 });
      },
      () => heard.length > 0 && says(peer, 'heard\t/ours')(),
      'messages with statistics',
    );
    expect(counting.counters.malformed).toBe(0);
    expect(node.counters.wrongVersion).toBeGreaterThan(0);
  });

  test('asks a service of this node, and is answered, refused and failed', async () => {
    const peer = startPeer('real');
    const asked: object[] = [];
    const stop = node.serve('/control', messages.control, messages.boolean, (control) => {
      asked.push(control);
      if (control.multi_step === 3) throw new Error('cannot');
      return { data: control.pause ?? false };
    });
    for (const text of ['pause: true seed: 7', 'multi_step: 2', 'multi_step: 3']) {
      await peer.tell('request', '/control', CONTROL, text);
    }
    const answers = peer.lines.filter((line) => line.startsWith('answered'));
    expect(answers).toEqual([
      'answered\t/control\tdata: true',
      'answered\t/control\t',
      'answered\t/control\tfail',
    ]);
    expect(asked).toMatchObject([{ pause: true, seed: 7 }, { multi_step: 2 }, { multi_step: 3 }]);
    stop();
  });

  test('serves, also when it comes late, and says no in both ways', async () => {
    const request = {
      codec: messages.entity,
      message: { name: 'cube', type: 2 },
      repeatable: true,
    };
    const early = node.request('/remove', request, messages.boolean, PATIENCE_S);
    const peer = startPeer('real');
    await peer.tell('serve', '/remove', ENTITY, 'true');
    expect((await early).data).toBe(true);
    expect(peer.lines[0]).toBe('asked\t/remove\tname: "cube" type: MODEL');
    await peer.tell('serve', '/refused', ENTITY, 'false');
    expect((await node.request('/refused', request, messages.boolean, PATIENCE_S)).data).toBe(
      false,
    );
    await peer.tell('serve', '/failed', ENTITY, 'fail');
    await expect(node.request('/failed', request, messages.boolean, PATIENCE_S)).rejects.toThrow(
      'the server refused the request',
    );
  });

  test('lists the topics of this node, and takes its leave as it is told', async () => {
    const publication = node.advertise('/listed', messages.double);
    const peer = startPeer('real');
    const lists = async () => {
      await peer.tell('topics');
      return peer.lines.at(-1)?.split('\t').includes('/listed') ?? false;
    };
    await until(lists, 'the topic in the list');
    publication.close();
    await until(async () => !(await lists()), 'the topic out of the list');
    const ends: string[] = [];
    const offers: string[] = [];
    node.onOffer(({ topic }, present) => (present ? offers : ends).push(topic));
    await peer.tell('advertise', '/theirs', DOUBLE);
    await until(() => offers.includes('@/real@/theirs'), 'the offer');
    await peer.tell('unadvertise', '/theirs');
    await until(() => ends.includes('@/real@/theirs'), 'its end');
    await peer.tell('advertise', '/theirs', DOUBLE);
    await until(() => offers.filter((topic) => topic === '@/real@/theirs').length === 2, 'it anew');
    await peer.kill();
    await until(() => ends.length === 2, 'the end of one that was killed');
  });
});

describe('the world of a real peer', () => {
  const topics = {
    stats: '/world/w/stats',
    state: '/world/w/model/m/joint_state',
    poses: '/world/w/dynamic_pose/info',
    image: '/camera/front/image_raw',
    info: '/camera/front/camera_info',
  };
  let peer: Peer;
  let world: GazeboWorld;
  /** Steps of 1 ms that the peer's world has made. */
  let steps = 0;
  let told = 0;

  const stamp = () => `stamp { nsec: ${steps * 1_000_000} }`;
  const joint = (name: string, position: number) =>
    `joint { name: "${name}" axis1 { position: ${position} force: 0.5 } }`;

  /** What a gz-sim publishes of its own accord, and after what it was asked to step. */
  async function tick(): Promise<void> {
    const asked = peer.lines.filter((line) => line.startsWith('asked\t/world/w/control'));
    for (const line of asked.slice(told)) {
      steps += Number(/multi_step: (\d+)/.exec(line)?.[1] ?? 0);
      told += 1;
      const joints = `${joint('b', -0.25)} ${joint('a', 0.5)}`;
      await peer.tell('publish', topics.state, `header { ${stamp()} } name: "m" ${joints}`);
    }
    const time = `sim_time { nsec: ${steps * 1_000_000} }`;
    await peer.tell('publish', topics.stats, `${time} paused: true iterations: ${steps}`);
  }

  /** Lets the peer's world go on while something is waited for. */
  async function during<T>(wait: Promise<T>): Promise<T> {
    let over = false;
    const done = () => {
      over = true;
    };
    wait.then(done, done);
    await until(async () => {
      if (!over) await tick();
      return over;
    }, 'the world');
    return wait;
  }

  beforeEach(async () => {
    [steps, told] = [0, 0];
    peer = startPeer('world');
    await peer.tell('advertise', topics.stats, 'gz.msgs.WorldStatistics');
    await peer.tell('advertise', topics.state, 'gz.msgs.Model');
    await peer.tell('advertise', topics.poses, 'gz.msgs.Pose_V');
    await peer.tell('advertise', topics.image, 'gz.msgs.Image');
    await peer.tell('advertise', topics.info, 'gz.msgs.CameraInfo');
    await peer.tell('serve', '/world/w/control', CONTROL, 'true');
    world = await during(
      connectNative({
        version: 'harmonic',
        world: 'w',
        model: 'm',
        joints: ['a', 'b'],
        cameras: [{ name: 'front', topic: topics.image, horizontalFov: 1 }],
        tracked: ['cube'],
        timestep: 0.001,
        partition: 'world',
        address: '127.0.0.1',
        timeout: PATIENCE_S,
      }),
    );
    closing.push(() => world.close());
  });

  test('is stepped exactly, obeys commands, and its joints bind by name', async () => {
    await peer.tell('subscribe', '/model/m/joint/a/cmd_pos');
    const obeys = () =>
      peer.lines.includes(`heard\t/model/m/joint/a/cmd_pos\t${DOUBLE}\tdata: 0.5`);
    await repeat(() => world.command([0.5, -0.25]), obeys, 'the command');
    const before = world.joints.time;
    const state = await during(world.step(10));
    expect(Math.round((state.time - before) / 0.001)).toBe(10);
    expect([...state.positions]).toEqual([0.5, -0.25]);
    expect([...state.efforts]).toEqual([0.5, 0.5]);
    expect(peer.lines).toContain('asked\t/world/w/control\tpause: true multi_step: 10');
    expect(world.clock.paused).toBe(true);
  });

  test('gives its pictures, intrinsics and poses', async () => {
    const infos: GazeboCameraInfo[] = [];
    world.onCameraInfo('front', (info) => infos.push(info));
    const image = world.imageAt('front', 0.001);
    world.onImage('front', () => undefined);
    let come = false;
    void image.then(() => {
      come = true;
    });
    const header = 'header { stamp { nsec: 1000000 } }';
    await repeat(
      async () => {
        const picture =
          'width: 1 height: 1 step: 3 data: "\\001\\002\\003" pixel_format_type: RGB_INT8';
        await peer.tell('publish', topics.image, `${header} ${picture}`);
        const k = [5, 0, 1, 0, 6, 0.5, 0, 0, 1].map((value) => `k: ${value}`).join(' ');
        await peer.tell('publish', topics.info, `width: 1 height: 1 intrinsics { ${k} }`);
        const pose = 'name: "cube" position { x: 1 y: 2 z: 3 } orientation { w: 1 }';
        await peer.tell('publish', topics.poses, `pose { ${pose} }`);
      },
      () => come && infos.some(({ fy }) => fy === 6) && world.pose('cube') !== undefined,
      'picture, intrinsics and pose',
    );
    expect([...(await image).data]).toEqual([1, 2, 3]);
    expect(world.pose('cube')?.position).toEqual([1, 2, 3]);
    expect(world.counters.malformed).toBe(0);
  });

  test('takes models, moves and removes them, and its refusals are said', async () => {
    const pose = { position: [1, 2, 3], quaternion: [0, 0, 0, 1] } as const;
    await peer.tell('serve', '/world/w/create', 'gz.msgs.EntityFactory', 'true');
    await peer.tell('serve', '/world/w/set_pose', 'gz.msgs.Pose', 'true');
    await peer.tell('serve', '/world/w/remove', ENTITY, 'false');
    await world.spawn('cube', '<sdf/>', pose);
    await world.move('cube', pose);
    await expect(world.remove('cube')).rejects.toThrow('the server refused');
    const place = 'position { x: 1 y: 2 z: 3 } orientation { w: 1 }';
    expect(peer.lines).toContain(
      `asked\t/world/w/create\tsdf: "<sdf/>" pose { ${place} } name: "cube"`,
    );
    expect(peer.lines).toContain(`asked\t/world/w/set_pose\tname: "cube" ${place}`);
    expect(peer.lines).toContain('asked\t/world/w/remove\tname: "cube" type: MODEL');
  });

  test('is missed when it is killed', async () => {
    const gone = new Promise<boolean>((resolve) => {
      world.onConnection(resolve);
    });
    await peer.kill();
    expect(await gone).toBe(false);
  });
});
