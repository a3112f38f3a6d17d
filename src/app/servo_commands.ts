/** Takes joint commands for the servos from the command topic, as the configured message type. */
import type { RosNode, Subscription } from '../ros/ros_node.js';
import { TrajectoryReader } from '../ros/trajectory_reader.js';
import type { Config } from './config.js';

/** A command is for the next cycle: of a trajectory, only its first point is one. */
const MAX_POINTS = 1000;

/** @param onGoals told the goals of each command, rad in the order of the robot's joints */
export function takeServoCommands(
  node: RosNode,
  config: Config,
  onGoals: (goals: ArrayLike<number>) => void,
): Subscription {
  const { joints } = config.robot;
  const topic = config.topics.command;
  if (config.controller.output.type === 'joint_trajectory') {
    const type = 'trajectory_msgs/msg/JointTrajectory';
    const reader = new TrajectoryReader(joints, MAX_POINTS, topic);
    return node.subscribeRaw(topic, type, 'command', (bytes) => {
      reader.read(bytes);
      onGoals(reader.positions.subarray(0, joints.length));
    });
  }
  return node.subscribe(topic, 'std_msgs/msg/Float64MultiArray', 'command', ({ data }) =>
    onGoals(data),
  );
}
