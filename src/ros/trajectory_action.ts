/**
 * Client of a control_msgs/FollowJointTrajectory action. Each goal replaces the one before, as
 * joint_trajectory_controller has it; what becomes of them is counted.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import { steadyNow } from '../core/clock.js';
import { errorLine, SinewError } from '../core/error.js';
import { loadedRcl } from './rcl.js';
import type { RosNode } from './ros_node.js';
import { stampOf } from './stamp.js';

const TYPE = 'control_msgs/action/FollowJointTrajectory';

/** A server that has not yet found the client drops its answer, which then never comes. */
const LOST_S = 0.5;

interface GoalHandle {
  isAccepted(): boolean;
  cancelGoal(): Promise<unknown>;
  getResult(): Promise<{ error_code: number; error_string: string }>;
}

interface ActionClient {
  isActionServerAvailable(): boolean;
  sendGoal(goal: object): Promise<GoalHandle>;
}

interface ActionRcl {
  ActionClient: new (node: object, type: string, name: string) => ActionClient;
}

const INVALID_GOAL = -1;
/** Error codes of the action's result. */
const ERRORS: Readonly<Record<number, string>> = {
  [INVALID_GOAL]: 'invalid goal',
  [-2]: 'invalid joints',
  [-3]: 'old time stamp',
  [-4]: 'path tolerance violated',
  [-5]: 'goal tolerance violated',
};

/** One point to be reached. */
export interface TrajectoryPoint {
  /** rad, in the order of the joints. */
  readonly positions: Float64Array;
  /** rad/s, or none. */
  readonly velocities: Float64Array | undefined;
  /** s from now. */
  readonly due: number;
}

export class TrajectoryAction {
  /** Goals sent, refused, and ended with an error. */
  sent = 0;
  refused = 0;
  failed = 0;

  readonly #node: RosNode;
  readonly #client: ActionClient;
  readonly #joints: readonly string[];
  #newest: GoalHandle | undefined;
  /** When the goal was sent whose answer is under way, steady s. */
  #pendingSince: number | undefined;

  /** @throws SinewError when ROS 2 does not know the action */
  constructor(
    node: RosNode,
    readonly name: string,
    joints: readonly string[],
  ) {
    this.#node = node;
    this.#joints = joints;
    try {
      const rcl = loadedRcl() as unknown as ActionRcl;
      this.#client = new rcl.ActionClient(node.rcl, TYPE, name);
    } catch (error) {
      throw new SinewError(`ROS 2 has no ${TYPE} (${errorLine(error)})`, {
        cure:
          'install ros-<distro>-control-msgs and run npm run setup; with the wheels, run ' +
          'node scripts/ros2_control_messages.mjs',
        cause: error,
      });
    }
  }

  /** Whether a server is in the graph now. */
  get ready(): boolean {
    return this.#client.isActionServerAvailable();
  }

  /** Sends a goal of one point, unless the answer to the last one is still under way. */
  send(point: TrajectoryPoint): void {
    const now = steadyNow();
    if (now - (this.#pendingSince ?? Number.NEGATIVE_INFINITY) < LOST_S || !this.ready) return;
    this.#pendingSince = now;
    this.sent++;
    const number = this.sent;
    this.#client
      .sendGoal(this.#goal(point))
      .then((handle) => this.#accepted(handle, number))
      .catch((error: unknown) => this.#node.report(error, this.name))
      .finally(() => {
        if (this.#pendingSince === now) this.#pendingSince = undefined;
      });
  }

  /** Cancels the newest goal, waiting a moment for the answer: the arm holds where it is. */
  async cancel(): Promise<void> {
    const newest = this.#newest;
    this.#newest = undefined;
    if (newest === undefined) return;
    const cancelled = newest
      .cancelGoal()
      .catch((error: unknown) => this.#node.report(error, this.name));
    await Promise.race([cancelled, sleep(LOST_S * 1000)]);
  }

  #accepted(handle: GoalHandle, number: number): void {
    if (!handle.isAccepted()) {
      this.refused++;
      this.#node.report(
        new SinewError('a goal was refused; the controller’s log says why'),
        this.name,
      );
      return;
    }
    this.#newest = handle;
    handle
      .getResult()
      .then(({ error_code, error_string }) => {
        // A goal that was replaced ends as an invalid one.
        const replaced = error_code === INVALID_GOAL && number < this.sent;
        if (error_code === 0 || replaced) return;
        this.failed++;
        const what = ERRORS[error_code] ?? `error ${error_code}`;
        this.#node.report(new SinewError(`${what}: ${error_string}`), this.name);
      })
      .catch((error: unknown) => this.#node.report(error, this.name));
  }

  #goal({ positions, velocities, due }: TrajectoryPoint): object {
    const stamp = { sec: 0, nanosec: 0 };
    const nothing = { joint_names: [], points: [] };
    return {
      trajectory: {
        header: { stamp, frame_id: '' },
        joint_names: [...this.#joints],
        points: [
          {
            positions: [...positions],
            velocities: [...(velocities ?? [])],
            accelerations: [],
            effort: [],
            time_from_start: stampOf(due),
          },
        ],
      },
      multi_dof_trajectory: { header: { stamp, frame_id: '' }, ...nothing },
      path_tolerance: [],
      component_path_tolerance: [],
      goal_tolerance: [],
      component_goal_tolerance: [],
      goal_time_tolerance: stamp,
    };
  }
}
