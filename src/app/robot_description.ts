/** The robot's own description from its topic, in place of the file of its profile. */
import { SinewError } from '../core/error.js';
import { mergeCollisions } from '../description/merge_collisions.js';
import { loadUrdf, parseUrdf } from '../description/urdf_parser.js';
import { RosNode } from '../ros/ros_node.js';
import type { Config } from './config.js';

/**
 * The set-up with the description that the robot publishes, where it asks for that.
 *
 * @throws SinewError when none comes in time, or it is faulty
 */
export async function describedConfig(config: Config): Promise<Config> {
  const topic = config.ros2_control?.robot_description;
  if (topic === undefined) return config;
  const timeout = config.ros2_control?.description_timeout_s ?? 0;
  const xml = await receive(topic, timeout);
  const described = mergeCollisions(parseUrdf(xml, topic), loadUrdf(config.robot.urdf));
  return { ...config, robot: { ...config.robot, described } };
}

async function receive(topic: string, timeoutS: number): Promise<string> {
  const node = await RosNode.create({ name: 'robot_description_reader' });
  let timer: NodeJS.Timeout | undefined;
  try {
    return await new Promise<string>((resolve, reject) => {
      node.subscribe(topic, 'std_msgs/msg/String', 'latched', ({ data }) => resolve(data));
      timer = setTimeout(() => {
        reject(
          new SinewError(`no robot description after ${timeoutS} s`, {
            where: topic,
            expected: 'a std_msgs/String, reliable and transient local',
            cure: 'start the robot’s robot_state_publisher, or leave ros2_control.robot_description out',
          }),
        );
      }, timeoutS * 1000);
    });
  } finally {
    clearTimeout(timer);
    await node.close();
  }
}
