/** The robot output on ROS: takes safe commands only and publishes them in the configured form. */
import { steadyNow } from '../core/clock.js';
import { SinewError } from '../core/error.js';
import { FloatArrayWriter } from '../ros/float_array_writer.js';
import type { RosNode } from '../ros/ros_node.js';
import type { Stamp } from '../ros/stamp.js';
import { TrajectoryAction } from '../ros/trajectory_action.js';
import { TrajectoryWriter } from '../ros/trajectory_writer.js';
import { isSafeCommand, type SafeCommand } from '../safety/safe_command.js';
import type { Config } from './config.js';

/** "Now" to a joint_trajectory_controller. */
const AT_ONCE: Stamp = { sec: 0, nanosec: 0 };

type Publish = (command: SafeCommand, stamp: Stamp) => void;

export class ControllerOutput {
  readonly topic: string;
  /** Where goals go, in place of the topic. */
  readonly action: TrajectoryAction | undefined;
  /** Publishers on the topic: none where goals go to an action. */
  readonly publishers: number;
  readonly #publish: Publish;
  /** Commands published. */
  count = 0;

  constructor(node: RosNode, config: Config) {
    const { ros2_control: robot, topics } = config;
    this.topic = topics.command;
    this.publishers = robot?.action === undefined ? 1 : 0;
    if (robot?.action !== undefined) {
      this.action = new TrajectoryAction(node, robot.action, config.robot.joints);
      this.#publish = goals(this.action, 1 / robot.goal_rate_hz, robot.velocities);
    } else if (config.controller.output.type === 'joint_trajectory') {
      this.#publish = points(node, config);
    } else {
      this.#publish = arrays(node, config);
    }
  }

  /**
   * Publishes a command.
   *
   * @param stamp time of a trajectory message; the default means "as soon as it arrives"
   * @throws SinewError for anything that the safety filter did not make
   */
  write(command: SafeCommand, stamp: Stamp = AT_ONCE): void {
    if (!isSafeCommand(command)) throw new SinewError('a command that is not the filter’s');
    this.#publish(command, stamp);
    this.count++;
  }

  /** Ends what still runs at the robot after the last command. */
  async rest(): Promise<void> {
    await this.action?.cancel();
  }
}

/** A trajectory of one point for each command. */
function points(node: RosNode, config: Config): Publish {
  const { output, rate_hz } = config.controller;
  const type = 'trajectory_msgs/msg/JointTrajectory';
  const publisher = node.publisher(config.topics.command, type, 'command');
  const writer = new TrajectoryWriter(config.robot.joints);
  const times = [output.horizon_s ?? 1 / rate_hz];
  const fast = config.ros2_control?.velocities ?? false;
  return ({ positions, velocities }, stamp) =>
    publisher.publish(writer.write(stamp, 1, positions, times, fast ? velocities : undefined));
}

/** Bare numbers for each command. */
function arrays(node: RosNode, config: Config): Publish {
  const type = 'std_msgs/msg/Float64MultiArray';
  const publisher = node.publisher(config.topics.command, type, 'command');
  const writer = new FloatArrayWriter(config.robot.joints.length);
  return config.ros2_control?.interface === 'velocity'
    ? ({ velocities }) => publisher.publish(writer.write(velocities))
    : ({ positions }) => publisher.publish(writer.write(positions));
}

/** A goal now and then, due when the next one comes. */
function goals(action: TrajectoryAction, period: number, fast: boolean): Publish {
  let next = Number.NEGATIVE_INFINITY;
  return ({ positions, velocities }) => {
    const now = steadyNow();
    if (now < next) return;
    next = Math.max(next + period, now);
    action.send({ positions, velocities: fast ? velocities : undefined, due: period });
  };
}
