/** Connects to the Gazebo of a set-up, with what the set-up's world file says of joints and cameras. */
import type { Robot } from '../description/robot.js';
import type { RosNode } from '../ros/ros_node.js';
import type { SimulatorConfig } from '../simulation/config.js';
import { connectClassic } from '../simulation/gazebo/classic/classic_world.js';
import type {
  GazeboCamera,
  GazeboGains,
  GazeboWorld,
  GazeboWorldOptions,
} from '../simulation/gazebo/gazebo_world.js';
import { connectNative } from '../simulation/gazebo/native/native_world.js';
import { connectRos } from '../simulation/gazebo/ros/ros_world.js';
import { horizontalFov } from '../simulation/gazebo_world/camera_sdf.js';
import type { GazeboConfig } from '../simulation/gazebo_world/config.js';
import { linkPoses } from '../simulation/gazebo_world/link_poses.js';
import {
  CUBE_MODEL,
  classicCameraTopic,
  gzCameraTopic,
  ROBOT_MODEL,
  WORLD,
} from '../simulation/gazebo_world/names.js';
import type { CameraConfig } from '../simulation/scene_config.js';
import { RosNodeLink } from './gazebo_ros_link.js';

/** For one answer: drawing and physics on a busy machine may take seconds. */
const PATIENCE_S = 30;

export function worldOptions(
  robot: Robot,
  simulator: SimulatorConfig,
  settings: GazeboConfig,
): GazeboWorldOptions {
  const { joints } = robot.config;
  const { kp, kd } = settings.servo;
  const gains = Object.fromEntries(
    joints.map((name): [string, GazeboGains] => {
      const effort = robot.description.joints.get(name)?.limit?.effort ?? 0;
      const limit = effort > 0 ? effort : Number.MAX_VALUE;
      return [name, { p: kp, i: 0, d: kd, iMax: 0, limit }];
    }),
  );
  const cameras = simulator.scene.cameras.map(
    (camera): GazeboCamera => ({
      name: camera.name,
      topic: cameraTopic(camera, settings),
      horizontalFov: horizontalFov(camera),
    }),
  );
  return {
    world: WORLD,
    model: ROBOT_MODEL,
    joints,
    cameras,
    gains,
    linkPoses: linkPoses(robot.description, joints),
    tracked: [CUBE_MODEL],
    timestep: simulator.timestep_s,
    partition: settings.partition,
    address: settings.address,
    timeout: PATIENCE_S,
  };
}

function cameraTopic(camera: CameraConfig, settings: GazeboConfig): string {
  const { route, flavour, ros_namespace } = settings;
  if (route === 'ros') return `${ros_namespace}${gzCameraTopic(camera.name)}`;
  return flavour === 'classic' ? classicCameraTopic(camera) : gzCameraTopic(camera.name);
}

/**
 * @param node for the ROS route
 * @throws SinewError when the server does not answer
 */
export function connectGazebo(
  settings: GazeboConfig,
  options: GazeboWorldOptions,
  node: RosNode,
): Promise<GazeboWorld> {
  if (settings.route === 'ros') {
    const { world, timeout = PATIENCE_S } = options;
    const link = new RosNodeLink(node, { namespace: settings.ros_namespace, world, timeout });
    return connectRos(options, link);
  }
  if (settings.flavour === 'classic') {
    return connectClassic({
      ...options,
      master: { host: '127.0.0.1', port: settings.master_port },
    });
  }
  return connectNative({ ...options, version: settings.flavour });
}
