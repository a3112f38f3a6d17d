/**
 * Doubles of joint_trajectory_controller and forward_command_controller: the topics and the action of
 * the real ones, and what those refuse (ros2_controllers, Kilted, default parameters).
 */
import type { JointTrajectory } from '../../src/ros/message_types.js';
import { loadedRcl } from '../../src/ros/rcl.js';
import type { RosNode, Subscription } from '../../src/ros/ros_node.js';
import { secondsOf } from '../../src/ros/stamp.js';
import type { DoubleArm, InterfaceKind } from './double_arm.js';

export interface DoubleController {
  readonly type: string;
  readonly required: readonly string[];
  /** What was refused, in the real controller's words as far as they matter. */
  readonly refusals: string[];
  /** Messages or goals taken. */
  taken: number;
  active: boolean;
  /** Lets `dt` seconds pass. @throws Error when the controller reports an error in its update */
  update(dt: number): void;
  close(): void;
}

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

interface GoalHandle {
  execute(): void;
  succeed(): void;
  abort(): void;
  canceled(): void;
}

interface ActionServer {
  registerCancelCallback(callback: () => number): void;
}

interface ActionRcl {
  ActionServer: new (
    node: object,
    type: string,
    name: string,
    execute: (handle: GoalHandle) => Promise<object>,
    goal: (goal: { trajectory: JointTrajectory }) => number,
    accepted: (handle: GoalHandle) => void,
    cancel: () => number,
  ) => ActionServer;
  require(type: string): { Result: new () => { error_code: number; error_string: string } };
}

const ACTION = 'control_msgs/action/FollowJointTrajectory';
/** rclnodejs's answers to a goal and to a cancel request. */
const [REJECT, ACCEPT] = [1, 2];
const GOAL_TOLERANCE_VIOLATED = -5;

export class TrajectoryDouble implements DoubleController {
  readonly type = 'joint_trajectory_controller/JointTrajectoryController';
  readonly refusals: string[] = [];
  /** Results of goals that are over: error code, or 'replaced' and 'cancelled'. */
  readonly results: (number | string)[] = [];
  /** rad at the end of a goal; 0: none asked for. */
  goalTolerance = 0;
  taken = 0;
  active = false;

  readonly #arm: DoubleArm;
  readonly #now: () => number;
  readonly #subscription: Subscription;
  readonly #start: Float64Array;
  #points: { due: number; positions: Float64Array }[] = [];
  #elapsed = 0;
  #closed = false;
  /** Goals accepted and not yet begun. */
  readonly #accepted: JointTrajectory[] = [];
  #finish: ((result: number | string) => void) | undefined;

  constructor(node: RosNode, name: string, arm: DoubleArm, now: () => number) {
    this.#arm = arm;
    this.#now = now;
    this.#start = new Float64Array(arm.joints.length);
    const topic = `/${name}/joint_trajectory`;
    const type = 'trajectory_msgs/msg/JointTrajectory';
    this.#subscription = node.subscribe(topic, type, 'reliable', (message) => {
      // As the real one: refused or not, the topic has no answer.
      if (this.#refuses(message) || !this.active) return;
      this.#take(message, 'replaced');
    });
    const rcl = loadedRcl() as unknown as ActionRcl;
    new rcl.ActionServer(
      node.rcl,
      ACTION,
      `/${name}/follow_joint_trajectory`,
      (handle) => this.#execute(handle, rcl),
      (goal) => {
        // rclnodejs goes on to change this object into something else.
        const trajectory = structuredClone(goal.trajectory);
        if (!this.active) this.refusals.push('not running');
        const accepted = this.active && !this.#refuses(trajectory);
        if (accepted) this.#accepted.push(trajectory);
        return accepted ? ACCEPT : REJECT;
      },
      (handle) => handle.execute(),
      () => {
        this.#hold();
        // The handle is told of the request first.
        setImmediate(() => this.#end('cancelled'));
        return ACCEPT;
      },
    );
  }

  get required(): readonly string[] {
    return this.#arm.joints.map((joint) => `${joint}/position`);
  }

  update(dt: number): void {
    if (this.#points.length === 0) return;
    this.#elapsed += dt;
    const next = this.#points.findIndex(({ due }) => due > this.#elapsed);
    const from = this.#points[(next < 0 ? this.#points.length : next) - 1];
    const to = this.#points[next];
    const before = from?.due ?? 0;
    const share = to === undefined ? 0 : (this.#elapsed - before) / (to.due - before);
    for (let i = 0; i < this.#start.length; i++) {
      const a = from?.positions[i] ?? this.#start[i] ?? 0;
      this.#arm.goals[i] = a + share * ((to?.positions[i] ?? a) - a);
    }
    if (to === undefined) this.#arrive(from?.positions ?? this.#start);
  }

  close(): void {
    this.#subscription.close();
    this.#finish = undefined;
    this.#closed = true;
  }

  #arrive(goal: Float64Array): void {
    this.#points = [];
    const off = Math.max(...goal.map((q, i) => Math.abs(q - (this.#arm.positions[i] ?? 0))));
    this.#end(this.goalTolerance > 0 && off > this.goalTolerance ? GOAL_TOLERANCE_VIOLATED : 0);
  }

  #refuses(trajectory: JointTrajectory): boolean {
    const refusal = refusalOf(trajectory, this.#arm.joints, this.#now());
    if (refusal !== undefined) this.refusals.push(refusal);
    return refusal !== undefined;
  }

  #take({ joint_names, points }: JointTrajectory, why: string): void {
    this.#end(why);
    this.taken++;
    this.#elapsed = 0;
    this.#hold();
    this.#points = points.map((point) => ({
      due: secondsOf(point.time_from_start),
      positions: Float64Array.from(
        this.#arm.joints,
        (joint) => point.positions[joint_names.indexOf(joint)] ?? Number.NaN,
      ),
    }));
  }

  /** Goes on from what was commanded last, as the real one does with its default parameters. */
  #hold(): void {
    for (let i = 0; i < this.#start.length; i++) {
      const goal = this.#arm.goals[i] ?? Number.NaN;
      this.#start[i] = Number.isFinite(goal) ? goal : (this.#arm.positions[i] ?? 0);
    }
    this.#points = [];
  }

  async #execute(handle: GoalHandle, rcl: ActionRcl): Promise<object> {
    const trajectory = this.#accepted.shift();
    if (trajectory !== undefined) this.#take(trajectory, 'replaced');
    const result = await new Promise<number | string>((resolve) => {
      this.#finish = resolve;
    });
    this.results.push(result);
    const message = new (rcl.require(ACTION).Result)();
    message.error_code = typeof result === 'number' ? result : 0;
    message.error_string = String(result);
    if (result === 0) handle.succeed();
    else if (result === 'cancelled') handle.canceled();
    else handle.abort();
    return message;
  }

  #end(result: number | string): void {
    if (this.#closed) return;
    this.#finish?.(result);
    this.#finish = undefined;
  }
}

export class ForwardDouble implements DoubleController {
  readonly type = 'forward_command_controller/ForwardCommandController';
  readonly refusals: string[] = [];
  taken = 0;
  active = false;

  readonly #arm: DoubleArm;
  readonly #kind: InterfaceKind;
  readonly #subscription: Subscription;
  #newest: Float64Array | undefined;

  constructor(node: RosNode, name: string, arm: DoubleArm, kind: InterfaceKind) {
    this.#arm = arm;
    this.#kind = kind;
    const type = 'std_msgs/msg/Float64MultiArray';
    this.#subscription = node.subscribe(`/${name}/commands`, type, 'reliable', ({ data }) => {
      if (!this.active) return;
      this.taken++;
      this.#newest = Float64Array.from(data);
    });
  }

  get required(): readonly string[] {
    return this.#arm.joints.map((joint) => `${joint}/${this.#kind}`);
  }

  update(): void {
    if (!this.active) this.#newest = undefined;
    if (this.#newest === undefined) return;
    if (this.#newest.length !== this.#arm.joints.length) {
      this.refusals.push(`command size (${this.#newest.length}) does not match`);
      throw new Error(this.refusals.at(-1));
    }
    (this.#kind === 'position' ? this.#arm.goals : this.#arm.speeds).set(this.#newest);
  }

  close(): void {
    this.#subscription.close();
  }
}
