// The simulator process over real ROS 2: topics, commands, services, lock-step.
import { createHash } from 'node:crypto';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { diagnosticValues } from '../../src/ros/diagnostics.js';
import type { JointState } from '../../src/ros/message_types.js';
import { RemoteNode } from '../../src/ros/remote_node.js';
import { RosNode } from '../../src/ros/ros_node.js';
import { nanosecondsOf, secondsOf } from '../../src/ros/stamp.js';
import { waitForMessage } from '../../src/ros/wait.js';
import { type Domain, reserveDomain } from '../integration/domain.js';
import { PATIENCE_S, until } from '../integration/until.js';
import { ask, SimulatorProcess } from './simulator_process.js';

const COMMANDS = '/forward_position_controller/commands';
const FLOATS = 'std_msgs/msg/Float64MultiArray';
const layout = { dim: [], data_offset: 0 };

let domain: Domain;
let node: RosNode;
let simulator: SimulatorProcess | undefined;

beforeEach(async () => {
  domain = await reserveDomain();
  node = await RosNode.create({ name: 'simulator_test', domainId: domain.id });
});

afterEach(async () => {
  await simulator?.stop();
  simulator = undefined;
  await node.close();
  await domain.release();
});

async function start(settings: string[] = [], args: string[] = []): Promise<RemoteNode> {
  simulator = new SimulatorProcess(domain.id, settings, args);
  await simulator.ready();
  return new RemoteNode(node, '/simulator');
}

const nextState = (accept?: (m: JointState) => boolean) =>
  waitForMessage(node, '/joint_states', 'sensor_msgs/msg/JointState', 'sensor', PATIENCE_S, accept);

test('joint states, both cameras with their info, and truth come with agreeing stamps', async () => {
  const before = Date.now() / 1000;
  await start();
  const stamps = {
    joints: new Set<bigint>(),
    wrist: new Set<bigint>(),
    front: new Set<bigint>(),
  };
  const state = await nextState();
  expect(state.name).toEqual([
    'shoulder_pan',
    'shoulder_lift',
    'elbow_flex',
    'wrist_flex',
    'wrist_roll',
    'gripper',
  ]);
  expect(state.position.length).toBe(6);
  expect(state.velocity.length).toBe(6);
  expect(state.effort.length).toBe(6);
  expect(secondsOf(state.header.stamp)).toBeGreaterThan(before - 1);
  expect(secondsOf(state.header.stamp)).toBeLessThan(Date.now() / 1000 + 1);

  node.subscribe('/joint_states', 'sensor_msgs/msg/JointState', 'sensor', ({ header }) =>
    stamps.joints.add(nanosecondsOf(header.stamp)),
  );
  for (const camera of ['wrist', 'front'] as const) {
    const topic = `/camera/${camera}/image_raw`;
    node.subscribe(topic, 'sensor_msgs/msg/Image', 'sensor', (image) => {
      expect([image.width, image.height, image.encoding]).toEqual([96, 96, 'rgb8']);
      stamps[camera].add(nanosecondsOf(image.header.stamp));
    });
  }
  const common = () =>
    [...stamps.wrist].filter((s) => stamps.front.has(s) && stamps.joints.has(s)).length;
  await until(() => common() >= 10, '10 complete observations');

  const info = await waitForMessage(
    node,
    '/camera/front/camera_info',
    'sensor_msgs/msg/CameraInfo',
    'sensor',
    PATIENCE_S,
  );
  expect([info.width, info.height]).toEqual([96, 96]);
  expect(info.k[0]).toBeCloseTo(48 / Math.tan((19 * Math.PI) / 180), 6);
  const pose = 'geometry_msgs/msg/PoseStamped';
  const cube = await waitForMessage(node, '/simulator/cube_pose', pose, 'reliable', PATIENCE_S);
  expect(cube.pose.position.z).toBeCloseTo(0.0101, 3);
  const success = await waitForMessage(
    node,
    '/simulator/success',
    'std_msgs/msg/Bool',
    'reliable',
    PATIENCE_S,
  );
  expect(success.data).toBe(false);
  expect(await simulator?.stop()).toBe(0);
});

test('commands move the arm; a malformed one is refused and the simulator goes on', async () => {
  await start();
  const publisher = node.publisher(COMMANDS, FLOATS, 'command');
  await until(() => publisher.subscriptionCount > 0, 'simulator on the command topic');
  const data = (await nextState()).position;
  data[0] = 0.1;
  publisher.publish({ layout, data });
  await nextState((m) => Math.abs((m.position[0] ?? 0) - 0.1) < 0.005);

  const health = 'diagnostic_msgs/msg/DiagnosticArray';
  const refused = (count: number) =>
    waitForMessage(node, '/diagnostics', health, 'reliable', PATIENCE_S, ({ status }) =>
      status.some((s) => diagnosticValues(s).commands_malformed === count),
    );
  publisher.publish({ layout, data: Float64Array.of(1, 2, 3) });
  await refused(1);
  publisher.publish({ layout, data: data.map(() => Number.NaN) });
  await refused(2);
  data[0] = -0.1;
  publisher.publish({ layout, data });
  await nextState((m) => Math.abs((m.position[0] ?? 0) + 0.1) < 0.005);
});

test('a joint trajectory is followed by name and time where the config says so', async () => {
  await start([
    'controller: { output: { type: joint_trajectory } }',
    'topics: { command: /joint_trajectory_controller/joint_trajectory }',
  ]);
  const type = 'trajectory_msgs/msg/JointTrajectory';
  const topic = '/joint_trajectory_controller/joint_trajectory';
  const publisher = node.publisher(topic, type, 'command');
  await until(() => publisher.subscriptionCount > 0, 'simulator on the command topic');
  const { name, position } = await nextState();
  const goal = position.map((q, i) => (i === 5 ? 0.3 : q));
  publisher.publish({
    header: { stamp: { sec: 0, nanosec: 0 }, frame_id: '' },
    joint_names: [...name].reverse(),
    points: [
      {
        positions: goal.toReversed(),
        velocities: new Float64Array(0),
        accelerations: new Float64Array(0),
        effort: new Float64Array(0),
        time_from_start: { sec: 0, nanosec: 50_000_000 },
      },
    ],
  });
  await nextState((m) => Math.abs((m.position[5] ?? 0) - 0.3) < 0.005);
});

test('reset takes the seed parameter; the same seed gives the same cube', async () => {
  const remote = await start(['simulator: { seed: 4 }']);
  const pose = 'geometry_msgs/msg/PoseStamped';
  const cube = async () =>
    (await waitForMessage(node, '/simulator/cube_pose', pose, 'reliable', PATIENCE_S)).pose
      .position;
  const place = async (seed: number) => {
    await remote.setParameters({ seed }, PATIENCE_S);
    await ask(node, 'reset');
    const { x, y } = await cube();
    return [x, y];
  };
  const first = await place(4);
  const other = await place(5);
  expect(other).not.toEqual(first);
  const again = await place(4);
  expect(again[0]).toBeCloseTo(first[0] ?? Number.NaN, 5);
  expect(again[1]).toBeCloseTo(first[1] ?? Number.NaN, 5);
  await expect(remote.setParameters({ seed: -1 }, PATIENCE_S)).rejects.toThrow(/seed/);
  await expect(ask(node, 'step')).rejects.toThrow(/pause it/);
});

test('paused, time stands still but for the step service', async () => {
  const remote = await start();
  const pause = node.client('/simulator/pause', 'std_srvs/srv/SetBool');
  expect((await pause.call({ data: true }, PATIENCE_S)).success).toBe(true);
  await remote.setParameters({ step_count: 50 }, PATIENCE_S);
  const before = await ask(node, 'step');
  const after = await ask(node, 'step');
  expect(after.time - before.time).toBeGreaterThan(0.0999);
  expect(after.frame).not.toBe(before.frame);
  let states = 0;
  node.subscribe('/joint_states', 'sensor_msgs/msg/JointState', 'sensor', () => states++);
  expect((await pause.call({ data: false }, PATIENCE_S)).success).toBe(true);
  await until(() => states > 10, 'joint states after the pause');
});

test('simulated time comes on /clock, stamps are in it, and a reset does not turn it back', async () => {
  await start(['ros: { use_sim_time: true }']);
  const clock: bigint[] = [];
  const states: bigint[] = [];
  node.subscribe('/clock', 'rosgraph_msgs/msg/Clock', 'latest', (m) =>
    clock.push(nanosecondsOf(m.clock)),
  );
  node.subscribe('/joint_states', 'sensor_msgs/msg/JointState', 'sensor', ({ header }) =>
    states.push(nanosecondsOf(header.stamp)),
  );
  await until(() => clock.length > 20 && states.length > 20, 'clock and joint states');
  const { time } = await ask(node, 'reset');
  const count = clock.length;
  await until(() => clock.length > count + 20, 'clock after the reset');
  expect(time).toBeLessThan(1000);
  for (const series of [clock, states]) {
    const steps = series.slice(1).map((value, i) => value - (series[i] ?? 0n));
    expect(steps.every((step) => step >= 0n)).toBe(true);
  }
  expect(Number(clock.at(-1)) * 1e-9).toBeGreaterThan(time);
});

test('in lock-step, the same seed and commands give the same states and pictures', async () => {
  const remote = await start([], ['--lockstep']);
  await remote.setParameters({ step_count: 5 }, PATIENCE_S);
  const publisher = node.publisher(COMMANDS, FLOATS, 'command');
  const done = node.publisher('/lockstep/done', FLOATS, 'reliable');
  await until(() => publisher.subscriptionCount > 0, 'simulator on the command topic');
  await until(() => done.subscriptionCount > 0, 'simulator on the done topic');
  let record: { at: number; what: string }[] = [];
  let time = 0;
  let joints = 0;
  // In lock-step all is sent reliably.
  node.subscribe('/joint_states', 'sensor_msgs/msg/JointState', 'reliable', (m) => {
    joints = secondsOf(m.header.stamp);
    record.push({ at: joints - time, what: [...m.position, ...m.effort].join() });
  });
  let frames = 0;
  node.subscribe('/camera/wrist/image_raw', 'sensor_msgs/msg/Image', 'reliable', (m) => {
    frames = secondsOf(m.header.stamp);
    const what = createHash('sha256').update(m.data).digest('hex');
    record.push({ at: frames - time, what });
  });
  let clock = 0;
  node.subscribe('/clock', 'rosgraph_msgs/msg/Clock', 'latest', (m) => {
    clock = secondsOf(m.clock);
  });

  const episode = async (): Promise<string[]> => {
    await remote.setParameters({ seed: 12 }, PATIENCE_S);
    let answer = await ask(node, 'reset');
    time = answer.time;
    record = [];
    for (let i = 1; i <= 30; i++) {
      // The word that a command was given may overtake the command: the step has to wait for it.
      done.publish({ layout, data: Float64Array.of(answer.time, 1) });
      const data = Float64Array.of(0.01 * i, -1, 0.4, 1.5, 0, 0.6 - 0.01 * i);
      publisher.publish({ layout, data });
      answer = await ask(node, 'step');
      expect(answer.time - time).toBeCloseTo(0.01 * i, 6);
      const { frame, time: now } = answer;
      await until(() => joints >= now - 1e-6 && frames >= (frame ?? 0) - 1e-6, 'messages');
    }
    await until(() => clock >= answer.time - 1e-6, 'clock');
    // What came before the first step belongs to the reset.
    return record
      .filter(({ at }) => at > 0.005)
      .sort((a, b) => a.at - b.at)
      .map(({ at, what }) => `${at.toFixed(6)} ${what}`);
  };
  const first = await episode();
  expect(first.length).toBeGreaterThan(30 + 8);
  expect(await episode()).toEqual(first);
});
