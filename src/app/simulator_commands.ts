/** What the simulation is told by topics: joint commands, and where to put the cube. */
import { SinewError } from '../core/error.js';
import type { RosNode, Subscription } from '../ros/ros_node.js';
import type { World } from '../simulation/world.js';
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

/** Puts the cube where a message says, at rest; for tests and demonstrations. @param before as above */
export function takeCubePoses(
  node: RosNode,
  config: Config,
  world: Pick<World, 'setCubePose'>,
  before: () => void,
): Subscription {
  const topic = config.topics.place_cube;
  return node.subscribe(topic, 'geometry_msgs/msg/PoseStamped', 'reliable', ({ pose }) => {
    const { position: p, orientation: q } = pose;
    const length = Math.hypot(q.w, q.x, q.y, q.z);
    if (![p.x, p.y, p.z].every(Number.isFinite) || !(Math.abs(length - 1) < 0.01)) {
      throw new SinewError('not a pose', {
        where: topic,
        expected: 'finite numbers and a unit quaternion',
      });
    }
    before();
    world.setCubePose({ position: [p.x, p.y, p.z], quaternion: [q.w, q.x, q.y, q.z] });
  });
}
