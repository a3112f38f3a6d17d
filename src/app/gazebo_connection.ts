/** Connects to the Gazebo of a set-up, with what the set-up's world file says of joints and cameras. */
import type { Robot } from '../description/robot.js';
import type { SimulatorConfig } from '../simulation/config.js';
import { connectClassic } from '../simulation/gazebo/classic/classic_world.js';
import type {
  GazeboCamera,
  GazeboGains,
  GazeboWorld,
  GazeboWorldOptions,
} from '../simulation/gazebo/gazebo_world.js';
import { connectNative } from '../simulation/gazebo/native/native_world.js';
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

/** For one answer: drawing and physics on a busy machine may take seconds. */
const PATIENCE_S = 20;

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
      topic:
        settings.flavour === 'classic' ? classicCameraTopic(camera) : gzCameraTopic(camera.name),
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

/** @throws SinewError when the server does not answer */
export function connectGazebo(
  settings: GazeboConfig,
  options: GazeboWorldOptions,
): Promise<GazeboWorld> {
  if (settings.flavour === 'classic') {
    return connectClassic({
      ...options,
      master: { host: '127.0.0.1', port: settings.master_port },
    });
  }
  return connectNative({ ...options, version: settings.flavour });
}
