// The servo process over real ROS 2, on emulated servos behind a pseudo-terminal.
import { afterEach, beforeEach, expect, test } from 'vitest';
import type { DiagnosticStatus } from '../../src/ros/message_types.js';
import { RemoteNode } from '../../src/ros/remote_node.js';
import { RosNode } from '../../src/ros/ros_node.js';
import { waitForMessage } from '../../src/ros/wait.js';
import { JOINTS } from '../hardware/so101.js';
import { type Domain, reserveDomain } from '../integration/domain.js';
import { PATIENCE_S, until } from '../integration/until.js';
import { ServoProcess } from './servo_process.js';

const COMMANDS = '/forward_position_controller/commands';
const GOALS = [0.4, -0.3, 0.2, 0.1, 0.3, 0.5];

let domain: Domain;
let node: RosNode;
let servo: ServoProcess | undefined;
let sending: NodeJS.Timeout | undefined;

beforeEach(async () => {
  domain = await reserveDomain();
  node = await RosNode.create({ name: 'servo_test', domainId: domain.id });
});

afterEach(async () => {
  clearInterval(sending);
  await servo?.stop();
  servo?.close();
  servo = undefined;
  await node.close();
  await domain.release();
});

async function start(settings: Record<string, unknown> = {}) {
  const process = new ServoProcess(domain.id, settings);
  servo = process;
  await process.ready();
  const remote = new RemoteNode(node, '/servo');
  const health = new Map<string, DiagnosticStatus>();
  node.subscribe(
    '/diagnostics',
    'diagnostic_msgs/msg/DiagnosticArray',
    'reliable',
    ({ status }) => {
      for (const entry of status) health.set(entry.name, entry);
    },
  );
  const positions = { now: new Float64Array(6) };
  node.subscribe('/joint_states', 'sensor_msgs/msg/JointState', 'sensor', ({ name, position }) => {
    expect(name).toEqual([...JOINTS]);
    positions.now = Float64Array.from(position);
  });
  return { process, remote, health, positions };
}

/** Sends commands as a controller does, at 100 Hz. */
function send(goals: readonly number[]): void {
  clearInterval(sending);
  const publisher = node.publisher(COMMANDS, 'std_msgs/msg/Float64MultiArray', 'command');
  const layout = { dim: [], data_offset: 0 };
  sending = setInterval(() => publisher.publish({ layout, data: Float64Array.from(goals) }), 10);
}

const near = (positions: { now: Float64Array }) =>
  GOALS.every((goal, i) => Math.abs((positions.now[i] ?? Number.NaN) - goal) < 0.01);

test('torque is on only while active, commands move the arm, and it is off after SIGTERM', async () => {
  const { process, remote, positions, health } = await start();
  expect(process.torque).toBe(0);
  const type = 'sensor_msgs/msg/JointState';
  const state = await waitForMessage(node, '/joint_states', type, 'sensor', PATIENCE_S);
  expect([state.velocity.length, state.effort.length]).toEqual([6, 6]);
  await remote.change('activate', PATIENCE_S);
  expect(process.torque).toBe(6);
  send(GOALS);
  await until(
    () => near(positions),
    'the arm to reach its goals',
    () => process.log,
  );
  // A busy machine may miss a reply now and then; that it is well in the end is what counts.
  await until(() => health.get('servo: joint gripper')?.message === 'ok', 'good health');
  expect(health.get('servo: joint gripper')?.level).toBe(0);
  await remote.change('deactivate', PATIENCE_S);
  expect(process.torque).toBe(0);
  await remote.change('activate', PATIENCE_S);
  expect(process.torque).toBe(6);
  expect(await process.stop()).toBe(0);
  expect(process.torque).toBe(0);
});

test('after a kill -9 the guard switches torque off', async () => {
  const { process } = await start({ auto_activate: true });
  expect(process.torque).toBe(6);
  process.kill('SIGKILL');
  await until(
    () => process.torque === 0,
    'torque off',
    () => process.log,
  );
});

test('an overload is shown with its cure, and the arm holds', async () => {
  const { process, positions, health } = await start({ auto_activate: true });
  process.rig.emulator.bus.servo(2).raise('overload');
  await until(
    () => health.get('servo: arm')?.message.startsWith('joint shoulder_lift (servo 2)') ?? false,
    'the fault in the diagnostics',
    () => process.log,
  );
  expect(health.get('servo: joint shoulder_lift')).toMatchObject({
    level: 2,
    message: 'overloaded: free the joint, then switch torque off and on',
  });
  send(GOALS);
  const type = 'sensor_msgs/msg/JointState';
  for (let i = 0; i < 5; i++)
    await waitForMessage(node, '/joint_states', type, 'sensor', PATIENCE_S);
  expect(near(positions)).toBe(false);
});

test('an arm that is unplugged comes back with torque off, and moves once activated', async () => {
  const { process, remote, positions } = await start({ auto_activate: true });
  process.rig.emulator.unplug();
  await until(
    () => process.log.includes('the serial port is gone'),
    'the fault',
    () => process.log,
  );
  for (const { body } of process.rig.emulator.bus.servos) expect(body.velocity).toBe(0);
  process.replug();
  await until(
    () => process.log.includes('the arm is back'),
    'the arm',
    () => process.log,
  );
  expect(process.torque).toBe(0);
  await remote.bringTo('active', PATIENCE_S);
  send(GOALS);
  await until(
    () => near(positions),
    'the arm to reach its goals',
    () => process.log,
  );
});

test('a driver whose calibration does not fit ends with one line', async () => {
  const process = new ServoProcess(domain.id);
  servo = process;
  process.rig.emulator.bus.servo(3).memory.set([1, 0], 9);
  await expect(process.ready()).rejects.toThrow(
    /servo 3 of joint \\"elbow_flex\\" holds range_min 1, the file/,
  );
  expect(process.torque).toBe(0);
});
