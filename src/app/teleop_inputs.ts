/** What operators send to the teleop process, into the core that makes commands of it. */

import { SinewError } from '../core/error.js';
import { bindJoints } from '../core/joint_binding.js';
import { RateLimiter } from '../core/rate_limiter.js';
import type { JointState } from '../ros/message_types.js';
import type { RosNode } from '../ros/ros_node.js';
import type { LeaderConfig } from '../teleop/config.js';
import { poseOf } from '../teleop/pose_error.js';
import type { TeleopCore } from '../teleop/teleop_core.js';
import { subscribeCommands } from './command_topic.js';
import type { Config } from './config.js';

/** Messages of one topic a second that are read. */
const MOST = 1000;

export class TeleopInputs {
  readonly #core: TeleopCore;
  readonly #config: Config;
  readonly #limiters: RateLimiter[] = [];

  constructor(node: RosNode, config: Config, core: TeleopCore) {
    this.#core = core;
    this.#config = config;
    const { topics } = config;
    const state = 'sensor_msgs/msg/JointState';
    const jogs = this.#limit();
    node.subscribe(topics.joint_jog, state, 'command', (message, at) => {
      if (jogs(at)) core.jointJog(message.header.frame_id, this.#row(message, 'velocity', 0), at);
    });
    const targets = this.#limit();
    node.subscribe(topics.joint_target, state, 'command', (message, at) => {
      if (!targets(at)) return;
      core.jointTarget(message.header.frame_id, this.#row(message, 'position', Number.NaN), at);
    });
    const twists = this.#limit();
    node.subscribe(topics.twist_jog, 'geometry_msgs/msg/TwistStamped', 'command', (message, at) => {
      if (!twists(at)) return;
      const { operator, frame, tool } = this.#frame(message.header.frame_id, topics.twist_jog);
      const { linear: v, angular: w } = message.twist;
      const twist = [v.x, v.y, v.z, w.x, w.y, w.z];
      finite(twist, topics.twist_jog);
      core.twistJog(operator, { frame, tool, twist }, at);
    });
    const poses = this.#limit();
    node.subscribe(
      topics.pose_target,
      'geometry_msgs/msg/PoseStamped',
      'command',
      (message, at) => {
        if (!poses(at)) return;
        const { operator, frame, tool } = this.#frame(message.header.frame_id, topics.pose_target);
        if (frame !== 'base') throw new SinewError('a pose in the tool’s own frame', FRAMES);
        const pose = poseOf(message.pose.position, message.pose.orientation);
        finite([...pose], topics.pose_target);
        core.poseTarget(operator, { pose, tool }, at);
      },
    );
    subscribeCommands(node, config, {
      trajectory: ({ positions }) =>
        core.commanded(positions.subarray(0, config.robot.joints.length)),
      positions: (data) => {
        if (data.length === config.robot.joints.length) core.commanded(data);
      },
    });
    const { leader } = config.teleop ?? {};
    if (leader !== undefined) this.#listenToLeader(node, leader);
  }

  /** Messages that were dropped unread because too many came. */
  get dropped(): number {
    return this.#limiters.reduce((sum, { dropped }) => sum + dropped, 0);
  }

  #listenToLeader(node: RosNode, { joints: mapping }: LeaderConfig): void {
    const { joints } = this.#config.robot;
    const topic = this.#config.topics.leader;
    const names = joints.map((joint) => mapping[joint]?.joint ?? joint);
    const scales = joints.map((joint) => mapping[joint]?.scale ?? 1);
    const admit = this.#limit();
    node.subscribe(topic, 'sensor_msgs/msg/JointState', 'sensor', ({ name, position }, at) => {
      if (!admit(at)) return;
      const binding = bindJoints(name, names, topic);
      const row = Float64Array.from(joints, (_, j) => {
        return (scales[j] ?? 1) * (position[binding[j] ?? 0] ?? Number.NaN);
      });
      finite([...row], topic);
      this.#core.leader?.hear(row, at);
    });
  }

  /** One number for each joint of the robot; `otherwise` for those that are not named. */
  #row(message: JointState, field: 'position' | 'velocity', otherwise: number): Float64Array {
    const { joints } = this.#config.robot;
    const values = message[field];
    if (values.length !== message.name.length) {
      throw new SinewError(
        `${values.length} numbers as ${field} for ${message.name.length} joints`,
      );
    }
    const unknown = message.name.find((name) => !joints.includes(name));
    if (unknown !== undefined) {
      throw new SinewError(`no joint "${unknown}"`, { expected: `one of ${joints.join(', ')}` });
    }
    finite([...values], field);
    return Float64Array.from(joints, (joint) => values[message.name.indexOf(joint)] ?? otherwise);
  }

  /** `[operator/](base|tool)[:tool link]`. */
  #frame(text: string, topic: string) {
    const match = /^(?:([^/]*)\/)?(base|tool)(?::(.+))?$/.exec(text);
    const [, operator = '', frame, tool] = match ?? [];
    if (frame !== 'base' && frame !== 'tool') {
      throw new SinewError(`frame "${text}"`, { where: topic, ...FRAMES });
    }
    const { toolLinks } = this.#config.robot;
    if (tool !== undefined && !toolLinks.includes(tool)) {
      throw new SinewError(`no tool "${tool}"`, { where: topic, expected: toolLinks.join(', ') });
    }
    return { operator, frame, tool } as const;
  }

  #limit(): (at: number) => boolean {
    const limiter = new RateLimiter(MOST);
    this.#limiters.push(limiter);
    return (at) => limiter.admit(at);
  }
}

const FRAMES = { expected: '"base" or "tool", after the operator’s id and a slash' };

function finite(values: readonly number[], where: string): void {
  if (!values.every(Number.isFinite)) throw new SinewError('a number is not finite', { where });
}
