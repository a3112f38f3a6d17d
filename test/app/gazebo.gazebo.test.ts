// The Gazebo bridge over real ROS 2, with a real Gazebo Classic server: the simulator's topics and
// services, MuJoCo's scene, and the same commands giving the same states to the bit.
import { afterEach, beforeEach, expect, test } from 'vitest';
import { RemoteNode } from '../../src/ros/remote_node.js';
import { RosNode } from '../../src/ros/ros_node.js';
import { secondsOf } from '../../src/ros/stamp.js';
import { type Domain, reserveDomain } from '../integration/domain.js';
import { PATIENCE_S, until } from '../integration/until.js';
import { createWorld } from '../simulation/arm.js';
import { ask, SimulatorProcess } from './simulator_process.js';

const COMMANDS = '/forward_position_controller/commands';
const FLOATS = 'std_msgs/msg/Float64MultiArray';
const layout = { dim: [], data_offset: 0 };

/** A server of its own for each bridge, so that none is met that is still going. */
let port = 11361;
const settings = (more = ''): string[] => {
  port++;
  return [
    'ros: { use_sim_time: true }',
    'simulator: { timestep_s: 0.001 }',
    `gazebo: { partition: bridge_${port}, master_port: ${port}${more} }`,
  ];
};
/** The quick solver begins with what it found before a reset, the direct one with nothing. */
const EXACT = ', solver: world';

let domain: Domain;
let node: RosNode;
let bridge: SimulatorProcess | undefined;

beforeEach(async () => {
  domain = await reserveDomain();
  node = await RosNode.create({ name: 'gazebo_test', domainId: domain.id });
});

afterEach(async () => {
  await bridge?.stop();
  bridge = undefined;
  await node.close();
  await domain.release();
});

async function start(args: string[] = [], more = ''): Promise<RemoteNode> {
  bridge = new SimulatorProcess(domain.id, settings(more), args, 'gazebo');
  await bridge.ready();
  return new RemoteNode(node, '/simulator');
}

/** What the bridge has published last; in lock-step all is sent reliably. */
class Newest {
  time = 0;
  position = new Float64Array(0);
  cube: number[] = [];
  readonly pictures = new Map<string, { time: number; data: Uint8Array }>();

  constructor(from: RosNode) {
    from.subscribe('/joint_states', 'sensor_msgs/msg/JointState', 'reliable', (m) => {
      this.time = secondsOf(m.header.stamp);
      this.position = Float64Array.from(m.position);
    });
    for (const name of ['wrist', 'front']) {
      const topic = `/camera/${name}/image_raw`;
      from.subscribe(topic, 'sensor_msgs/msg/Image', 'reliable', (m) => {
        const data = Uint8Array.from(m.data);
        this.pictures.set(name, { time: secondsOf(m.header.stamp), data });
      });
    }
    const pose = 'geometry_msgs/msg/PoseStamped';
    from.subscribe(
      '/simulator/cube_pose',
      pose,
      'reliable',
      ({ pose: { position, orientation } }) => {
        const { x, y, z } = position;
        const { w, x: qx, y: qy, z: qz } = orientation;
        this.cube = [x, y, z, w, qx, qy, qz];
      },
    );
  }

  /** Resolves when state and pictures of the stamp `frame` have come. */
  async complete(frame: number): Promise<void> {
    const at = (time: number | undefined) => Math.abs((time ?? 0) - frame) < 1e-6;
    await until(
      () => ['wrist', 'front'].every((name) => at(this.pictures.get(name)?.time)) && at(this.time),
      `state and pictures at ${frame} s`,
    );
  }
}

test('cameras show what the ray caster shows of the same state, but for shadows', async () => {
  const newest = new Newest(node);
  const remote = await start(['--lockstep']);
  await remote.setParameters({ seed: 12 }, PATIENCE_S);
  const { frame } = await ask(node, 'reset');
  await newest.complete(frame ?? 0);
  await until(() => newest.cube.length === 7, 'the cube’s pose');
  const world = await createWorld();
  try {
    world.setPositions(newest.position);
    const [x = 0, y = 0, z = 0, w = 1, qx = 0, qy = 0, qz = 0] = newest.cube;
    world.setCubePose({ position: [x, y, z], quaternion: [w, qx, qy, qz] });
    for (const name of ['wrist', 'front']) {
      const ours = new Uint8Array(96 * 96 * 3);
      world.render(name, ours);
      const theirs = newest.pictures.get(name)?.data ?? new Uint8Array(0);
      expect(theirs.length).toBe(ours.length);
      const off = ours.reduce((sum, value, i) => sum + Math.abs(value - (theirs[i] ?? 0)), 0);
      // A picture moved by one pixel is off by 6 of 255 and more; without any shadow, by 3.
      expect(off / ours.length, name).toBeLessThan(5);
    }
  } finally {
    world.dispose();
  }
});

test('in lock-step, the same seed and commands give the same states to the bit', async () => {
  const episode = async (): Promise<string[]> => {
    const newest = new Newest(node);
    const remote = await start(['--lockstep'], EXACT);
    await remote.setParameters({ step_count: 10, seed: 12 }, PATIENCE_S);
    const publisher = node.publisher(COMMANDS, FLOATS, 'command');
    const done = node.publisher('/lockstep/done', FLOATS, 'reliable');
    await until(() => publisher.subscriptionCount > 0, 'bridge on the command topic');
    await until(() => done.subscriptionCount > 0, 'bridge on the done topic');
    let answer = await ask(node, 'reset');
    const begin = answer.time;
    const rows: string[] = [];
    for (let i = 1; i <= 30; i++) {
      const data = Float64Array.of(0.01 * i, -1, 0.4, 1.5, 0, 0.6 - 0.01 * i);
      done.publish({ layout, data: Float64Array.of(answer.time, 1) });
      publisher.publish({ layout, data });
      answer = await ask(node, 'step');
      expect(answer.time - begin).toBeCloseTo(0.01 * i, 6);
      const { time } = answer;
      await until(() => newest.time >= time - 1e-6, 'the joint state of this step');
      rows.push([...newest.position].join());
    }
    const [pan = 0] = newest.position;
    expect(pan).toBeGreaterThan(0.25);
    expect(await bridge?.stop()).toBe(0);
    await node.close();
    node = await RosNode.create({ name: 'gazebo_test', domainId: domain.id });
    return rows;
  };
  const first = await episode();
  expect(await episode()).toEqual(first);
});

test('free-running, time passes by itself and the arm follows; a killed server ends the bridge', async () => {
  await start();
  const states: number[] = [];
  let pan = 0;
  node.subscribe('/joint_states', 'sensor_msgs/msg/JointState', 'sensor', (m) => {
    states.push(secondsOf(m.header.stamp));
    pan = m.position[0] ?? 0;
  });
  let pictures = 0;
  node.subscribe('/camera/front/image_raw', 'sensor_msgs/msg/Image', 'sensor', () => pictures++);
  const publisher = node.publisher(COMMANDS, FLOATS, 'command');
  await until(() => publisher.subscriptionCount > 0, 'bridge on the command topic');
  await until(() => {
    publisher.publish({ layout, data: Float64Array.of(0.2, -1, 0.4, 1.5, 0, 0.6) });
    return Math.abs(pan - 0.2) < 0.01;
  }, 'the arm at its target');
  await until(() => pictures > 3, 'pictures');
  const steps = states.slice(1).map((time, i) => time - (states[i] ?? 0));
  expect(Math.min(...steps)).toBeGreaterThan(0);

  const server = /"server":(\d+)/.exec(bridge?.log ?? '')?.[1];
  process.kill(Number(server), 'SIGKILL');
  expect(await bridge?.ended()).toBe(1);
  expect(bridge?.log).toMatch(/Gazebo server \(classic\).*SIGKILL/);
});

test('a set-up that does not follow Gazebo’s time is refused with the key', async () => {
  bridge = new SimulatorProcess(domain.id, settings().slice(1), [], 'gazebo');
  expect(await bridge.ended()).toBe(1);
  expect(bridge.log).toMatch(/ros\.use_sim_time: Gazebo keeps its own time; expected true/);
});
