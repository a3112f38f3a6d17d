/**
 * The other set-up: commands as JointTrajectory, for a joint_trajectory_controller, and simulated
 * time from /clock. First without a simulator, so without a clock.
 */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { JointTrajectory } from '../../src/ros/message_types.js';
import { secondsOf, stampOf } from '../../src/ros/stamp.js';
import type { Child } from './child.js';
import { Harness, JOINTS } from './harness.js';
import { PATIENCE_S } from './until.js';

const TOPIC = '/joint_trajectory_controller/joint_trajectory';
const TYPE = 'trajectory_msgs/msg/JointTrajectory';
const SET = [
  'controller.output.type=joint_trajectory',
  `topics.command=${TOPIC}`,
  'ros.use_sim_time=true',
  'controller.chunk_timeout_s=20',
];

let harness: Harness;
let controller: Child;
const commands: JointTrajectory[] = [];

/** Time of the newest joint state: that of the simulation. */
const now = () => secondsOf(harness.jointStates.at(-1)?.header.stamp ?? { sec: 0, nanosec: 0 });
const pan = () => commands.at(-1)?.points[0]?.positions[0] ?? Number.NaN;

beforeAll(async () => {
  harness = await Harness.open();
  controller = harness.launch('controller', ...SET);
  harness.node.subscribe(TOPIC, TYPE, 'reliable', (message) => commands.push(message));
  await harness.reached(harness.controller, 'inactive');
});
afterAll(() => harness?.close());

describe('a controller on simulated time', () => {
  it('says that there is no clock and stays inactive', async () => {
    await harness.diagnosed('controller: inputs', 'message', /no simulated time on \/clock/);
    await harness.until(() => controller.said(/^warn inactive: no simulated time/), 'a log line');
    await expect(harness.controller.change('activate', PATIENCE_S)).rejects.toThrow(/refused/);
  });

  it('goes on when the simulator brings time, and commands by JointTrajectory', async () => {
    harness.launch('simulator', ...SET);
    await harness.activate(harness.controller);
    await harness.until(() => commands.length > 5, 'commands');
    expect(now()).toBeLessThan(10_000);
    const [first] = commands;
    expect(first?.joint_names).toEqual(JOINTS);
    expect(first?.points).toHaveLength(1);
    expect(secondsOf(first?.points[0]?.time_from_start ?? stampOf(0))).toBeCloseTo(0.01, 6);
    expect(harness.commands).toHaveLength(0);
  });

  it('executes a chunk by simulated time, and the arm follows', async () => {
    const chunks = harness.node.publisher('/action_chunk', TYPE, 'command');
    await harness.until(() => chunks.subscriptionCount >= 2, 'a reader of chunks');
    const start = pan();
    const none = new Float64Array(0);
    const publish = () => {
      const from = commands.at(-1)?.points[0]?.positions ?? [];
      chunks.publish({
        header: { stamp: stampOf(now()), frame_id: '' },
        joint_names: JOINTS,
        points: Array.from({ length: 40 }, (_, i) => ({
          positions: Float64Array.from(from, (q, j) => (j === 0 ? q + 0.01 * i : q)),
          velocities: none,
          accelerations: none,
          effort: none,
          time_from_start: stampOf(0.1 * i),
        })),
      });
    };
    // A reader that has not found this writer yet misses what is published, and a machine that stands
    // still for a while makes the controller drop a chunk: whenever the arm rests, there is a new one.
    let next = 0;
    await harness.until(() => {
      const before = commands.at(-50)?.points[0]?.positions[0] ?? Number.NaN;
      if (pan() === before && commands.length > next) {
        publish();
        next = commands.length + 100;
      }
      return pan() > start + 0.38;
    }, 'the end of the chunk');
    const measured = () => harness.jointStates.at(-1)?.position[0] ?? Number.NaN;
    await harness.until(() => measured() > start + 0.37, 'the arm');
    expect(commands.every(({ points }) => points[0]?.positions.every(Number.isFinite))).toBe(true);
  });
});
