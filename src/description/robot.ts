/** A robot as the processes use it: settings, description and limits that fit each other. */
import { SinewError } from '../core/error.js';
import { type JointLimits, resolveLimits } from './joint_limits.js';
import { Kinematics } from './kinematics.js';
import { loadRobotConfig, type RobotConfig } from './robot_config.js';
import type { RobotDescription } from './robot_description.js';
import { loadUrdf } from './urdf_parser.js';

export interface Robot {
  readonly config: RobotConfig;
  readonly description: RobotDescription;
  /** In the order of `config.joints`. */
  readonly limits: readonly JointLimits[];
  /** Home position in the order of `config.joints`. */
  readonly home: readonly number[];
}

/**
 * The robot of a settings file such as config/so101.yaml.
 *
 * @throws SinewError when settings or description are faulty or do not fit each other: unknown
 *   joints or links, limits that are missing, inverted or too wide, a home pose outside of them
 */
export function loadRobot(file: string): Robot {
  return assembleRobot(loadRobotConfig(file));
}

/** `loadRobot` of settings that are read already. */
export function assembleRobot(config: RobotConfig): Robot {
  const description = config.described ?? loadUrdf(config.urdf);
  const limits = resolveLimits(description, config);
  const home = limits.map(({ name, lower, upper }) => {
    const position = config.home[name];
    if (position === undefined || position < lower || position > upper) {
      throw new SinewError(`home position ${position} of joint "${name}" is outside its limits`, {
        where: `${config.file}: home.${name}`,
        expected: `${lower} to ${upper}`,
      });
    }
    return position;
  });
  const robot = { config, description, limits, home };
  // Refuses base and tool links that do not exist.
  for (const tool of [config.toolLink, ...config.toolLinks]) robotKinematics(robot, { tool });
  return robot;
}

/**
 * Kinematics from the base link to `tool` (the tool link if absent), over the joints of `group`
 * (all if absent); other joints stay at their home position.
 */
export function robotKinematics(
  robot: Robot,
  options: { group?: string; tool?: string } = {},
): Kinematics {
  const { config, description } = robot;
  const joints = options.group === undefined ? config.joints : config.groups[options.group];
  if (joints === undefined) {
    throw new SinewError(`no joint group "${options.group}"`, {
      where: `${config.file}: groups`,
      expected: `one of ${Object.keys(config.groups).join(', ') || '(none)'}`,
    });
  }
  const others = config.joints.filter((joint) => !joints.includes(joint));
  return new Kinematics(description, {
    joints,
    base: config.baseLink,
    tool: options.tool ?? config.toolLink,
    fixed: Object.fromEntries(others.map((joint) => [joint, config.home[joint] ?? 0])),
  });
}
