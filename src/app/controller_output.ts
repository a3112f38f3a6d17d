/** The robot output on ROS: takes safe commands only and publishes them in the configured form. */
import { SinewError } from '../core/error.js';
import { FloatArrayWriter } from '../ros/float_array_writer.js';
import type { RosNode } from '../ros/ros_node.js';
import type { Stamp } from '../ros/stamp.js';
import { TrajectoryWriter } from '../ros/trajectory_writer.js';
import { isSafeCommand, type SafeCommand } from '../safety/safe_command.js';
import type { Config } from './config.js';

/** "Now" to a joint_trajectory_controller. */
const AT_ONCE: Stamp = { sec: 0, nanosec: 0 };

export class ControllerOutput {
  readonly topic: string;
  readonly #publish: (command: SafeCommand, stamp: Stamp) => void;
  /** Commands published. */
  count = 0;

  constructor(node: RosNode, config: Config) {
    const { output, rate_hz } = config.controller;
    const { joints } = config.robot;
    this.topic = config.topics.command;
    if (output.type === 'joint_trajectory') {
      const type = 'trajectory_msgs/msg/JointTrajectory';
      const publisher = node.publisher(this.topic, type, 'command');
      const writer = new TrajectoryWriter(joints);
      const times = [output.horizon_s ?? 1 / rate_hz];
      this.#publish = ({ positions, velocities }, stamp) =>
        publisher.publish(writer.write(stamp, 1, positions, times, velocities));
    } else {
      const publisher = node.publisher(this.topic, 'std_msgs/msg/Float64MultiArray', 'command');
      const writer = new FloatArrayWriter(joints.length);
      this.#publish = ({ positions }) => publisher.publish(writer.write(positions));
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
}
