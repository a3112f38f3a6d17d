/**
 * Doubles of joint_trajectory_controller and forward_command_controller: the topics and the action of
 * the real ones, and what those refuse and enforce.
 */
import type { JointTrajectory } from '../../src/ros/message_types.js';
import { loadedRcl } from '../../src/ros/rcl.js';
import type { RosNode, Subscription } from '../../src/ros/ros_node.js';
import type { DoubleArm, InterfaceKind } from './double_arm.js';
import {
  Code,
  DEFAULTS,
  refusalOf,
  type TrajectoryParameters,
  TrajectoryRun,
} from './trajectory_rules.js';

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

export class TrajectoryDouble implements DoubleController {
  readonly type = 'joint_trajectory_controller/JointTrajectoryController';
  readonly refusals: string[] = [];
  /** Results of goals that are over: error code, or 'replaced' and 'cancelled'. */
  readonly results: (number | string)[] = [];
  readonly parameters: TrajectoryParameters = { ...DEFAULTS };
  /** Times that it held because nothing was sent any more. */
  timeouts = 0;
  taken = 0;
  active = false;

  readonly #arm: DoubleArm;
  readonly #now: () => number;
  readonly #subscription: Subscription;
  #run: TrajectoryRun | undefined;
  #closed = false;
  /** Goals accepted and not yet begun. */
  readonly #accepted: JointTrajectory[] = [];
  #finish: ((result: number | string) => void) | undefined;

  constructor(node: RosNode, name: string, arm: DoubleArm, now: () => number) {
    this.#arm = arm;
    this.#now = now;
    const topic = `/${name}/joint_trajectory`;
    const type = 'trajectory_msgs/msg/JointTrajectory';
    this.#subscription = node.subscribe(topic, type, 'reliable', (message) => {
      // As the real one: refused or not, the topic has no answer.
      if (this.#refuses(message) || !this.active) return;
      this.#take(message);
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
    const step = this.#run?.update(dt);
    if (step === undefined || step === 'moving' || step === 'waiting') return;
    if (step === 'arrived') {
      // Only a goal is over now; what came over the topic may still time out.
      if (this.#finish !== undefined) this.#run = undefined;
      this.#end(Code.ok);
      return;
    }
    if (step === 'timeout') this.timeouts++;
    else this.#end(step);
    this.#hold();
  }

  close(): void {
    this.#subscription.close();
    this.#finish = undefined;
    this.#closed = true;
  }

  #refuses(trajectory: JointTrajectory): boolean {
    const refusal = refusalOf(trajectory, this.#arm.joints, this.#now());
    if (refusal !== undefined) this.refusals.push(refusal);
    return refusal !== undefined;
  }

  #take(trajectory: JointTrajectory): void {
    this.#end('replaced');
    this.taken++;
    this.#run = new TrajectoryRun(this.#arm, trajectory, this.parameters);
  }

  /** Stays where the arm is. */
  #hold(): void {
    this.#run = undefined;
    this.#arm.goals.set(this.#arm.positions);
  }

  async #execute(handle: GoalHandle, rcl: ActionRcl): Promise<object> {
    const trajectory = this.#accepted.shift();
    if (trajectory !== undefined) this.#take(trajectory);
    const result = await new Promise<number | string>((resolve) => {
      this.#finish = resolve;
    });
    this.results.push(result);
    const message = new (rcl.require(ACTION).Result)();
    // As the real one: a goal that is replaced ends as an invalid one.
    message.error_code =
      typeof result === 'number' ? result : result === 'replaced' ? Code.invalidGoal : Code.ok;
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
