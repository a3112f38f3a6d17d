/** The command topic, as the configured message type: what arms and simulators subscribe. */
import type { RosNode, Subscription } from '../ros/ros_node.js';
import { TrajectoryReader } from '../ros/trajectory_reader.js';
import type { Config } from './config.js';

/** Longest trajectory that is taken. */
const MAX_POINTS = 1000;

/** Takes commands: positions are rad in the order of the robot's joints. */
export interface CommandTaker {
  /** A trajectory has been read; valid until the next. */
  readonly trajectory: (read: TrajectoryReader) => void;
  /** Positions to be at now; their count is unchecked. */
  readonly positions: (data: Float64Array) => void;
}

/** Subscribes the command topic. */
export function subscribeCommands(
  node: RosNode,
  config: Config,
  taker: CommandTaker,
): Subscription {
  const topic = config.topics.command;
  if (config.controller.output.type === 'joint_trajectory') {
    const reader = new TrajectoryReader(config.robot.joints, MAX_POINTS, topic);
    return node.subscribeRaw(topic, 'trajectory_msgs/msg/JointTrajectory', 'command', (bytes) => {
      reader.read(bytes);
      taker.trajectory(reader);
    });
  }
  return node.subscribe(topic, 'std_msgs/msg/Float64MultiArray', 'command', ({ data }) =>
    taker.positions(data),
  );
}
