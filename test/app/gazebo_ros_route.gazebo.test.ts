// The ROS route over real ROS 2 with the messages of ros_gz: the adapter by itself, then the bridge
// process with it, which gives the simulator's services.
import { afterEach, beforeEach, expect, test } from 'vitest';
import { RosNodeLink } from '../../src/app/gazebo_ros_link.js';
import { RosNode } from '../../src/ros/ros_node.js';
import type { GazeboCameraInfo, GazeboWorld } from '../../src/simulation/gazebo/gazebo_world.js';
import { connectRos } from '../../src/simulation/gazebo/ros/ros_world.js';
import { type Domain, reserveDomain } from '../integration/domain.js';
import { PATIENCE_S, until } from '../integration/until.js';
import { scene } from '../simulation/arm.js';
import { FakeRosGz } from './fake_ros_gz.js';
import { BridgeTopics, JOINTS, startBridge } from './gazebo_bridge.js';
import type { SimulatorProcess } from './simulator_process.js';

const UPRIGHT = [0, 0, 0, 1] as const;
const MS = 0.001;

let domain: Domain;
let node: RosNode;
let server: FakeRosGz;
let world: GazeboWorld | undefined;
let bridge: SimulatorProcess | undefined;

beforeEach(async () => {
  domain = await reserveDomain();
  node = await RosNode.create({ name: 'route_test', domainId: domain.id });
  server = await FakeRosGz.start(domain.id, {
    world: 'sinew',
    namespace: '/gazebo',
    joints: JOINTS,
    cameras: scene.cameras,
    pictureSteps: 1,
  });
});

afterEach(async () => {
  await world?.close();
  await bridge?.stop();
  [world, bridge] = [undefined, undefined];
  await server.stop();
  await node.close();
  await domain.release();
});

async function connect(joints: readonly string[] = JOINTS): Promise<GazeboWorld> {
  const link = new RosNodeLink(node, { namespace: '/gazebo', world: 'sinew', timeout: PATIENCE_S });
  const cameras = scene.cameras.map(({ name }) => ({
    name,
    topic: `/gazebo/camera/${name}/image_raw`,
    horizontalFov: 1,
  }));
  const more = { cameras, tracked: ['cube'], timestep: MS, partition: '', timeout: PATIENCE_S };
  world = await connectRos({ world: 'sinew', model: 'robot', joints, ...more }, link);
  return world;
}

test('joints bind by name, steps are exact, and a reset places the joints while time goes on', async () => {
  const gazebo = await connect();
  await gazebo.pause(true);
  expect(gazebo.clock.paused).toBe(true);
  const before = (await gazebo.step(1)).time;
  await gazebo.command([0.1, 0.2, 0.3, 0.4, 0.5, 0.6]);
  await until(() => server.targets[0] === 0.1, 'the command');
  const state = await gazebo.step(10);
  expect(Math.round((state.time - before) / MS)).toBe(10);
  expect([...state.positions]).toEqual([0.1, 0.2, 0.3, 0.4, 0.5, 0.6]);
  expect([...state.efforts]).toEqual(JOINTS.map(() => 0.5));
  await gazebo.pause(false);
  const { time } = gazebo.joints;
  await until(() => gazebo.joints.time > time + 0.1, 'the world to run');
  expect(gazebo.clock.paused).toBe(false);
  const placed = await gazebo.reset({ seed: 7, positions: JOINTS.map(() => 0.25) });
  expect([...placed.positions]).toEqual(JOINTS.map(() => 0.25));
  expect(placed.time).toBeGreaterThan(time);
  expect(server.controls).not.toContainEqual(expect.objectContaining({ all: true }));
});

test('pictures, intrinsics and models arrive as they are; what the server refuses is said', async () => {
  const gazebo = await connect();
  const infos: GazeboCameraInfo[] = [];
  gazebo.onCameraInfo('front', (info) => infos.push(info));
  let pictures = 0;
  gazebo.onImage('front', () => pictures++);
  await until(() => pictures > 0 && infos.length > 0, 'a picture and its info');
  await gazebo.pause(true);
  const state = await gazebo.step(3);
  const image = await gazebo.imageAt('front', state.time);
  expect(image).toMatchObject({ width: 96, height: 96, stride: 288, encoding: 'rgb8' });
  expect(image.data[0]).toBe(Math.round(image.time / MS) % 251);
  expect(infos[0]).toMatchObject({ camera: 'front', fx: 80, cx: 48 });
  await gazebo.spawn('ball', '<sdf/>', { position: [1, 2, 3], quaternion: UPRIGHT });
  await expect(
    gazebo.spawn('ball', '<sdf/>', { position: [1, 2, 3], quaternion: UPRIGHT }),
  ).rejects.toThrow("the server refused a model 'ball'");
  await gazebo.remove('ball');
  expect(server.models.has('ball')).toBe(false);
  await gazebo.move('cube', { position: [0.3, 0.1, 0.02], quaternion: UPRIGHT });
  await gazebo.step(1);
  await until(() => gazebo.pose('cube')?.position[0] === 0.3, 'the cube’s new pose');
  expect(gazebo.counters.malformed).toBe(0);
});

test('a joint that is not there is named, and a server that is gone is noticed', async () => {
  await expect(connect(['shoulder_pan', 'fifth_wheel'])).rejects.toThrow(/no joint 'fifth_wheel'/);
  const gazebo = await connect();
  const words: boolean[] = [];
  gazebo.onConnection((connected) => words.push(connected));
  await server.stop();
  await until(() => words.length > 0, 'the loss');
  expect(words).toEqual([false]);
});

test('the bridge process gives the simulator’s topics and services on it, in lock-step', async () => {
  const topics = new BridgeTopics(node, 'wrist');
  bridge = startBridge(domain.id, 'flavour: harmonic, route: ros', ['--lockstep']);
  await bridge.ready();
  await topics.resetAndStep();
  expect(topics.position.length).toBe(6);
  expect(topics.position.every(Number.isFinite)).toBe(true);
});
