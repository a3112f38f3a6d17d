/**
 * What joint_trajectory_controller takes and how it goes on from there, apart from ROS 2: which
 * trajectories it refuses, tolerances on the way and at the end, and the time-out of commands.
 * Source: joint_trajectory_controller.cpp and tolerances.hpp of ros2_controllers.
 */
import type { JointTrajectory } from '../../src/ros/message_types.js';
import { secondsOf } from '../../src/ros/stamp.js';
import type { DoubleArm } from './double_arm.js';

const EPSILON = 1.2e-7;

/** Why a trajectory is refused; undefined when it is taken. */
export function refusalOf(
  { joint_names, points, header }: JointTrajectory,
  joints: readonly string[],
  now: number,
): string | undefined {
  if (joint_names.length !== joints.length) return 'joints do not match the controller’s';
  const last = points.at(-1);
  if (last === undefined) return 'empty trajectory';
  const odd = joint_names.find((name) => !joints.includes(name));
  if (odd !== undefined) return `joint ${odd} is not the controller’s`;
  if (last.velocities.some((v) => Math.abs(v) > EPSILON)) {
    return 'velocity of the last trajectory point is not zero';
  }
  const start = secondsOf(header.stamp);
  if (start !== 0 && start + secondsOf(last.time_from_start) < now) return 'ends in the past';
  let before = 0;
  for (const [i, point] of points.entries()) {
    const due = secondsOf(point.time_from_start);
    if (i > 0 && due <= before) return 'time is not strictly increasing';
    before = due;
    if (point.positions.length !== joint_names.length) return 'mismatch of positions';
    for (const field of [point.velocities, point.accelerations]) {
      if (field.length !== 0 && field.length !== joint_names.length) return 'mismatch of a field';
    }
    if (point.effort.length > 0) return 'effort without an effort interface';
  }
  return undefined;
}

/** The controller's parameters, by their names there; none of them asks for anything by default. */
export interface TrajectoryParameters {
  /** s after the end of a trajectory without a new one after which it holds; 0: never. */
  cmd_timeout: number;
  /** rad that a joint may be off while it moves; 0: any. */
  trajectory: number;
  /** rad that a joint may be off at the end; 0: any. */
  goal: number;
  /** s that it may take to get there after the end; 0: for ever. */
  goal_time: number;
  /** rad/s below which a joint has stopped at the end; 0: any speed will do. */
  stopped_velocity_tolerance: number;
  /** Begin where the arm was told to be, not where it is. */
  interpolate_from_desired_state: boolean;
}

export const DEFAULTS: Readonly<TrajectoryParameters> = {
  cmd_timeout: 0,
  trajectory: 0,
  goal: 0,
  goal_time: 0,
  stopped_velocity_tolerance: 0.01,
  interpolate_from_desired_state: false,
};

/** Error codes of the action's result. */
export const Code = { ok: 0, invalidGoal: -1, pathTolerance: -4, goalTolerance: -5 } as const;

/** How a step of a trajectory ended: on the way, at the end, given up, or nobody sends any more. */
export type Step = 'moving' | 'arrived' | 'waiting' | 'timeout' | -4 | -5;

/** A trajectory that is being followed. */
export class TrajectoryRun {
  readonly #arm: DoubleArm;
  readonly #parameters: Readonly<TrajectoryParameters>;
  readonly #start: Float64Array;
  readonly #desired: Float64Array;
  readonly #points: readonly { due: number; positions: Float64Array }[];
  #elapsed = 0;

  constructor(
    arm: DoubleArm,
    { joint_names, points }: JointTrajectory,
    parameters: Readonly<TrajectoryParameters>,
  ) {
    this.#arm = arm;
    this.#parameters = parameters;
    this.#start = arm.positions.map((position, i) => {
      const commanded = arm.goals[i] ?? Number.NaN;
      const from = parameters.interpolate_from_desired_state ? commanded : position;
      return Number.isFinite(from) ? from : position;
    });
    this.#desired = this.#start.slice();
    this.#points = points.map((point) => ({
      due: secondsOf(point.time_from_start),
      positions: Float64Array.from(
        arm.joints,
        (joint) => point.positions[joint_names.indexOf(joint)] ?? Number.NaN,
      ),
    }));
  }

  /** Lets `dt` seconds pass, and commands the arm unless the trajectory is given up. */
  update(dt: number): Step {
    const { cmd_timeout, trajectory, goal_time } = this.#parameters;
    this.#elapsed += dt;
    const late = this.#elapsed - (this.#points.at(-1)?.due ?? 0);
    // One that is not longer than what the goal may take is ignored.
    if (cmd_timeout > goal_time && late > cmd_timeout) return 'timeout';
    this.#sample();
    if (late < 0 && trajectory > 0 && this.#off() > trajectory) return Code.pathTolerance;
    const there = late >= 0 && this.#there();
    if (late > goal_time && goal_time > 0 && !there) return Code.goalTolerance;
    this.#arm.goals.set(this.#desired);
    return late < 0 ? 'moving' : there ? 'arrived' : 'waiting';
  }

  #sample(): void {
    const next = this.#points.findIndex(({ due }) => due > this.#elapsed);
    const from = this.#points[(next < 0 ? this.#points.length : next) - 1];
    const to = this.#points[next];
    const before = from?.due ?? 0;
    const share = to === undefined ? 0 : (this.#elapsed - before) / (to.due - before);
    for (let i = 0; i < this.#start.length; i++) {
      const a = from?.positions[i] ?? this.#start[i] ?? 0;
      this.#desired[i] = a + share * ((to?.positions[i] ?? a) - a);
    }
  }

  /** How far the joint that is farthest off is from where it should be, rad. */
  #off(): number {
    return Math.max(...this.#desired.map((q, i) => Math.abs(q - (this.#arm.positions[i] ?? 0))));
  }

  #there(): boolean {
    const { goal, stopped_velocity_tolerance: still } = this.#parameters;
    const fastest = Math.max(...this.#arm.velocities.map(Math.abs));
    return (goal === 0 || this.#off() <= goal) && (still === 0 || fastest <= still);
  }
}
