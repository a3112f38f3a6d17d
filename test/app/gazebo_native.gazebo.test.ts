// The bridge process on Gazebo's own transport with a server that speaks as Harmonic does: connect mode,
// lock-step, and a server that goes and comes back.
import { afterEach, beforeEach, expect, test } from 'vitest';
import { RosNode } from '../../src/ros/ros_node.js';
import { type Domain, reserveDomain } from '../integration/domain.js';
import { until } from '../integration/until.js';
import { scene } from '../simulation/arm.js';
import { FakeGzSim } from '../simulation/gazebo/fake_gz_sim.js';
import { BridgeTopics, JOINTS, startBridge } from './gazebo_bridge.js';
import type { SimulatorProcess } from './simulator_process.js';

const SETTINGS = 'flavour: harmonic, server: connect, partition: bridge_native';

let domain: Domain;
let node: RosNode;
let server: FakeGzSim;
let bridge: SimulatorProcess;

const startServer = () =>
  FakeGzSim.start('harmonic', 'bridge_native', JOINTS, {
    world: 'sinew',
    model: 'robot',
    cameras: scene.cameras,
    pictureSteps: 1,
  });

beforeEach(async () => {
  domain = await reserveDomain();
  node = await RosNode.create({ name: 'native_test', domainId: domain.id });
  server = await startServer();
});

afterEach(async () => {
  await bridge.stop();
  await server.stop();
  await node.close();
  await domain.release();
});

test('a running server is connected to, reset, and stepped exactly', async () => {
  const topics = new BridgeTopics(node, 'front');
  bridge = startBridge(domain.id, SETTINGS, ['--lockstep']);
  await bridge.ready();
  expect(bridge.log).toContain('connected to Gazebo Harmonic');
  await topics.resetAndStep();
  expect(topics.position.length).toBe(6);
  expect(server.models.get('cube')?.z).toBeGreaterThan(0);
});

test('a server that goes is missed and waited for; when it is back, a new episode begins', async () => {
  let states = 0;
  node.subscribe('/joint_states', 'sensor_msgs/msg/JointState', 'sensor', () => states++);
  bridge = startBridge(domain.id, SETTINGS);
  await bridge.ready();
  await until(() => states > 10, 'joint states');
  await server.stop();
  await until(
    () => bridge.log.includes('the Gazebo server is gone'),
    'the loss',
    () => bridge.log,
  );
  const seen = states;
  server = await startServer();
  await until(
    () => bridge.log.includes('a new episode begins'),
    'the return',
    () => bridge.log,
  );
  await until(
    () => states > seen + 10,
    'joint states again',
    () => bridge.log,
  );
});
