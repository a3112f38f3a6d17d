/** What of a set-up file concerns Gazebo, put together: its world file and its settings. */
import { loadUrdf } from '../description/urdf_parser.js';
import { simulatorSection } from '../simulation/config.js';
import { type GazeboConfig, gazeboSection } from '../simulation/gazebo_world/config.js';
import type { Flavour } from '../simulation/gazebo_world/flavour.js';
import { buildWorld } from '../simulation/gazebo_world/world_sdf.js';
import type { Config } from './config.js';

/** Lock-step goes as fast as it can, which is not as fast as this many times real time. */
const LOCKSTEP_FACTOR = 10;

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
  const flavour = options.flavour ?? settings.flavour;
  return buildWorld({
    robot: loadUrdf(config.robot.urdf),
    scene: simulator.scene,
    // Without any limit, a paused server would spend a whole core on waiting.
    world: config.lockstep ? { ...settings, real_time_factor: LOCKSTEP_FACTOR } : settings,
    flavour,
    timestep: simulator.timestep_s,
    // Classic draws beside the physics, when it comes to it: in lock-step whenever time has moved, so
    // that the picture of an instant where it stands still is never left out. (A rate of 0 would have
    // it draw that instant again and again.)
    cameraRate:
      config.lockstep && flavour === 'classic'
        ? 1 / simulator.timestep_s
        : simulator.camera_rate_hz,
    ros2Control: options.ros2Control,
    rosNamespace: settings.route === 'ros' ? settings.ros_namespace : undefined,
  });
}
