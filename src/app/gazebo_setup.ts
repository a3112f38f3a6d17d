/** What of a set-up file concerns Gazebo, put together: its world file and its settings. */
import { loadUrdf } from '../description/urdf_parser.js';
import { simulatorSection } from '../simulation/config.js';
import { type GazeboConfig, gazeboSection } from '../simulation/gazebo_world/config.js';
import type { Flavour } from '../simulation/gazebo_world/flavour.js';
import { buildWorld } from '../simulation/gazebo_world/world_sdf.js';
import type { Config } from './config.js';

/** The section, or its defaults. */
export function gazeboSettings(config: Config): GazeboConfig {
  return config.gazebo ?? gazeboSection.parse({});
}

/**
 * The text of the set-up's world file.
 *
 * @param options what replaces the set-up's flavour; the controllers' YAML when ros2_control drives
 */
export function worldOf(
  config: Config,
  options: { flavour?: Flavour | undefined; ros2Control?: string | undefined } = {},
): string {
  const settings = gazeboSettings(config);
  const simulator = config.simulator ?? simulatorSection.parse({});
  return buildWorld({
    robot: loadUrdf(config.robot.urdf),
    scene: simulator.scene,
    world: settings,
    flavour: options.flavour ?? settings.flavour,
    timestep: simulator.timestep_s,
    cameraRate: simulator.camera_rate_hz,
    ros2Control: options.ros2Control,
  });
}
