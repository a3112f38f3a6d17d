/** Takes joint commands for the servos from the command topic. */
import type { RosNode, Subscription } from '../ros/ros_node.js';
import { subscribeCommands } from './command_topic.js';
import type { Config } from './config.js';

/** @param onGoals told the goals of each command, rad in the order of the robot's joints */
export function takeServoCommands(
  node: RosNode,
  config: Config,
  onGoals: (goals: ArrayLike<number>) => void,
): Subscription {
  const { length } = config.robot.joints;
  return subscribeCommands(node, config, {
    // A command is for the next cycle: of a trajectory, only its first point is one.
    trajectory: ({ positions }) => onGoals(positions.subarray(0, length)),
    positions: onGoals,
  });
}
