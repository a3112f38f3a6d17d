/** The double refuses and enforces what the real joint_trajectory_controller does. */
import { expect, it } from 'vitest';
import type { JointTrajectory } from '../../src/ros/message_types.js';
import { stampOf } from '../../src/ros/stamp.js';
import { DoubleArm } from './double_arm.js';
import {
  DEFAULTS,
  refusalOf,
  type Step,
  type TrajectoryParameters,
  TrajectoryRun,
} from './trajectory_rules.js';

const JOINTS = ['a', 'b'];

interface Point {
  readonly at?: number;
  readonly positions?: readonly number[];
  readonly velocities?: readonly number[];
  readonly effort?: readonly number[];
}

function trajectory(points: readonly Point[], names = JOINTS, stamp = 0): JointTrajectory {
  return {
    header: { stamp: stampOf(stamp), frame_id: '' },
    joint_names: [...names],
    points: points.map(({ at = 1, positions = [0, 0], velocities = [], effort = [] }) => ({
      positions: Float64Array.from(positions),
      velocities: Float64Array.from(velocities),
      accelerations: new Float64Array(0),
      effort: Float64Array.from(effort),
      time_from_start: stampOf(at),
    })),
  };
}

it.each([
  ['joints do not match the controller’s', trajectory([{}], ['a'])],
  ['empty trajectory', trajectory([])],
  ['joint c is not the controller’s', trajectory([{}], ['a', 'c'])],
  ['velocity of the last trajectory point is not zero', trajectory([{ velocities: [0, 0.1] }])],
  ['ends in the past', trajectory([{}], JOINTS, 8)],
  ['time is not strictly increasing', trajectory([{ at: 2 }, { at: 1 }])],
  ['time is not strictly increasing', trajectory([{ at: 1 }, { at: 1 }])],
  ['mismatch of positions', trajectory([{ positions: [0] }])],
  ['mismatch of a field', trajectory([{ velocities: [0] }, { at: 2 }])],
  ['effort without an effort interface', trajectory([{ effort: [1, 1] }])],
])('refuses: %s', (reason, message) => {
  expect(refusalOf(message, JOINTS, 10)).toBe(reason);
});

it('takes joints in any order, and a trajectory that begins now or ends in the future', () => {
  for (const message of [trajectory([{}], ['b', 'a']), trajectory([{}], JOINTS, 9.5)]) {
    expect(refusalOf(message, JOINTS, 10)).toBeUndefined();
  }
});

/** Steps of 10 ms until `last` is over, of an arm that follows at `fastest` rad/s. */
function follow(
  parameters: Partial<TrajectoryParameters>,
  { fastest = 100, last = 3 }: { fastest?: number; last?: number } = {},
): { steps: Step[]; arm: DoubleArm } {
  const arm = new DoubleArm(JOINTS, [0, 0], fastest);
  const message = trajectory([{ at: 1, positions: [0.5, -0.5] }]);
  const run = new TrajectoryRun(arm, message, { ...DEFAULTS, ...parameters });
  const steps: Step[] = [];
  for (let i = 0; i < last * 100; i++) {
    steps.push(run.update(0.01));
    arm.step(0.01);
  }
  return { steps, arm };
}

it('moves, waits for rest, and has arrived', () => {
  const { steps, arm } = follow({});
  expect([...new Set(steps)]).toEqual(['moving', 'waiting', 'arrived']);
  expect([...arm.positions]).toEqual([0.5, -0.5]);
});

it('gives a path up that the arm does not keep to', () => {
  expect(follow({ trajectory: 0.05 }, { fastest: 0.2 }).steps).toContain(-4);
  expect(follow({ trajectory: 0.05 }).steps).not.toContain(-4);
});

it('gives a goal up that is not reached in its time, and without a time waits for ever', () => {
  expect(follow({ goal: 0.01, goal_time: 0.5 }, { fastest: 0.2 }).steps).toContain(-5);
  expect(follow({ goal: 0.01, goal_time: 2 }, { fastest: 0.2 }).steps).not.toContain(-5);
  expect(new Set(follow({ goal: 0.01 }, { fastest: 0.1 }).steps)).toEqual(
    new Set(['moving', 'waiting']),
  );
});

it('has a time-out that counts from the end, if it is longer than the goal may take', () => {
  const { steps } = follow({ cmd_timeout: 0.5 });
  expect(steps.indexOf('timeout')).toBeGreaterThanOrEqual(149);
  expect(steps.indexOf('timeout')).toBeLessThanOrEqual(151);
  expect(follow({ cmd_timeout: 0.5, goal_time: 1 }).steps).not.toContain('timeout');
});

it('begins where the arm is, or by its parameter where it was told to be', () => {
  for (const [interpolate_from_desired_state, first] of [
    [false, 0.01],
    [true, 0.307],
  ] as const) {
    const arm = new DoubleArm(['a'], [0]);
    arm.goals[0] = 0.3;
    const parameters = { ...DEFAULTS, interpolate_from_desired_state };
    new TrajectoryRun(arm, trajectory([{ positions: [1] }], ['a']), parameters).update(0.01);
    expect(arm.goals[0]).toBeCloseTo(first, 9);
  }
});
