/** Takes joint commands from the command topic, as the configured message type, into the simulation. */
import { SinewError } from '../core/error.js';
import type { RosNode, Subscription } from '../ros/ros_node.js';
import { TrajectoryReader } from '../ros/trajectory_reader.js';
import type { Simulation } from '../simulation/simulation.js';
import type { Config } from './config.js';

/** Longest trajectory that is taken. */
const MAX_POINTS = 1000;
const AT_ONCE = new Float64Array(1);

/**
 * Subscribes the command topic.
 *
 * @param before called before a command is taken, to bring the simulation to the present
 */
export function takeCommands(
  node: RosNode,
  config: Config,
  simulation: Simulation,
  before: () => void,
): Subscription {
  const { joints } = config.robot;
  const topic = config.topics.command;
  if (config.controller.output.type === 'joint_trajectory') {
    const type = 'trajectory_msgs/msg/JointTrajectory';
    const reader = new TrajectoryReader(joints, MAX_POINTS, topic);
    return node.subscribeRaw(topic, type, 'command', (bytes) => {
      reader.read(bytes);
      before();
      simulation.command(reader.positions, reader.times, reader.count);
    });
  }
  return node.subscribe(topic, 'std_msgs/msg/Float64MultiArray', 'command', ({ data }) => {
    if (data.length !== joints.length) {
      throw new SinewError(`${data.length} values in a command`, {
        where: topic,
        expected: `${joints.length}, one for each of ${joints.join(', ')}`,
      });
    }
    before();
    simulation.command(data, AT_ONCE, 1);
  });
}
