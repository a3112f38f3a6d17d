/** Takes joint commands from the command topic into the simulation. */
import { SinewError } from '../core/error.js';
import type { RosNode, Subscription } from '../ros/ros_node.js';
import { subscribeCommands } from './command_topic.js';
import type { Config } from './config.js';

/** What follows commands; see `CommandWatchdog.command`. */
export interface CommandTaker {
  command(positions: Float64Array, times: Float64Array, count: number): void;
}

const AT_ONCE = new Float64Array(1);

/**
 * Subscribes the command topic.
 *
 * @param before called before a command is taken, to bring the simulation to the present
 */
export function takeCommands(
  node: RosNode,
  config: Config,
  simulation: CommandTaker,
  before: () => void,
): Subscription {
  const { joints } = config.robot;
  return subscribeCommands(node, config, {
    trajectory: ({ positions, times, count }) => {
      before();
      simulation.command(positions, times, count);
    },
    positions: (data) => {
      if (data.length !== joints.length) {
        throw new SinewError(`${data.length} values in a command`, {
          where: config.topics.command,
          expected: `${joints.length}, one for each of ${joints.join(', ')}`,
        });
      }
      before();
      simulation.command(data, AT_ONCE, 1);
    },
  });
}
