/** The robot's own settings (config/so101.yaml): which joints, in what order, within which limits. */
import { dirname, resolve } from 'node:path';
import { z } from 'zod';
import { loadYaml } from '../core/yaml_file.js';
import type { RobotDescription } from './robot_description.js';

const limitsSchema = z
  .strictObject({
    lower: z.number().optional().describe('rad; must not lie below the URDF’s'),
    upper: z.number().optional().describe('rad; must not lie above the URDF’s'),
    velocity: z.number().positive().optional().describe('rad/s; at most the URDF’s'),
    effort: z.number().positive().optional().describe('N m; at most the URDF’s'),
    acceleration: z.number().positive().describe('rad/s^2; a URDF cannot say it'),
    deceleration: z
      .number()
      .positive()
      .optional()
      .describe('rad/s^2 when slowing down, at most the acceleration; the same if absent'),
    jerk: z.number().positive().describe('rad/s^3; a URDF cannot say it'),
  })
  .describe('limits of one joint (metres instead of radians for a sliding joint)');

const linkPairs = z.array(z.tuple([z.string().min(1), z.string().min(1)])).default([]);

const collisionSchema = z
  .strictObject({
    self: z.boolean().default(true).describe('keep links of the robot apart'),
    capsules_per_link: z
      .int()
      .min(1)
      .max(8)
      .default(2)
      .describe('most capsules around one link; more follow its shape closer and cost more time'),
    padding: z.number().min(0).default(0).describe('added to every capsule’s radius, m'),
    ignore: linkPairs.describe('pairs of links that may touch, beside neighbours'),
    check: linkPairs.describe('pairs of links to be kept apart that would be left out'),
  })
  .prefault({})
  .describe('capsules around the links, from the collision shapes of the URDF');

/** What the file may hold. */
export const robotConfigSchema = z
  .strictObject({
    name: z.string().min(1),
    urdf: z.string().min(1).describe('robot description, relative to this file'),
    base_link: z.string().min(1),
    tool_link: z.string().min(1),
    tool_links: z
      .array(z.string().min(1))
      .min(1)
      .optional()
      .describe('all tool centres, for limits in space; only tool_link if absent'),
    joints: z.array(z.string().min(1)).min(1).describe('the order of all joint vectors'),
    groups: z
      .record(z.string(), z.array(z.string()).min(1))
      .default({})
      .describe('named sets of joints, such as arm and gripper'),
    limits: z.record(z.string(), limitsSchema),
    home: z.record(z.string(), z.number()).describe('rad; a pose that is safe to start from'),
    collision: collisionSchema,
  })
  .superRefine((robot, context) => {
    const fault = (path: PropertyKey[], message: string) =>
      context.addIssue({ code: 'custom', path, message });
    robot.joints.forEach((joint, i) => {
      if (robot.joints.indexOf(joint) !== i) fault(['joints', i], 'each joint once');
      if (!(joint in robot.limits)) fault(['limits', joint], 'the limits of every joint');
      if (!(joint in robot.home)) fault(['home', joint], 'a position for every joint');
    });
    robot.tool_links?.forEach((link, i, links) => {
      if (links.indexOf(link) !== i) fault(['tool_links', i], 'each link once');
    });
    for (const [joint, { acceleration, deceleration }] of Object.entries(robot.limits)) {
      if (deceleration === undefined || deceleration <= acceleration) continue;
      fault(['limits', joint, 'deceleration'], `at most the acceleration, ${acceleration}`);
    }
    const known = `one of ${robot.joints.join(', ')}`;
    for (const section of ['limits', 'home'] as const) {
      for (const joint of Object.keys(robot[section])) {
        if (!robot.joints.includes(joint)) fault([section, joint], known);
      }
    }
    for (const [group, members] of Object.entries(robot.groups)) {
      members.forEach((joint, i) => {
        if (!robot.joints.includes(joint)) fault(['groups', group, i], known);
      });
    }
  });

/** Limits as the file gives them; what it leaves out comes from the URDF. */
export interface LimitOverrides {
  readonly lower?: number | undefined;
  readonly upper?: number | undefined;
  readonly velocity?: number | undefined;
  readonly effort?: number | undefined;
  readonly acceleration: number;
  readonly deceleration?: number | undefined;
  readonly jerk: number;
}

/** How the robot's links are enclosed, and which of them may touch. */
export interface CollisionConfig {
  /** Keep links of the robot apart. */
  readonly self: boolean;
  readonly capsulesPerLink: number;
  /** Added to every radius, m. */
  readonly padding: number;
  /** Links that may touch, and links that are kept apart in spite of the rules. */
  readonly ignore: readonly (readonly [string, string])[];
  readonly check: readonly (readonly [string, string])[];
}

export interface RobotConfig {
  /** The file that it came from, for error lines. */
  readonly file: string;
  readonly name: string;
  /** Absolute path of the robot description. */
  readonly urdf: string;
  /** The description that the robot itself has published, in place of that file. */
  readonly described?: RobotDescription;
  readonly baseLink: string;
  readonly toolLink: string;
  /** All tool centres; at least one. */
  readonly toolLinks: readonly string[];
  /** The order of all joint vectors of this robot. */
  readonly joints: readonly string[];
  readonly groups: Readonly<Record<string, readonly string[]>>;
  /** By joint name; all of `joints`. */
  readonly limits: Readonly<Record<string, LimitOverrides>>;
  /** Home position by joint name, rad; all of `joints`. */
  readonly home: Readonly<Record<string, number>>;
  readonly collision: CollisionConfig;
}

/**
 * Reads a robot's settings; the robot description itself is not opened (see `loadRobot`).
 *
 * @throws SinewError with file, line, column and key path
 */
export function loadRobotConfig(file: string): RobotConfig {
  const values = loadYaml(file, robotConfigSchema);
  return {
    file,
    name: values.name,
    urdf: resolve(dirname(file), values.urdf),
    baseLink: values.base_link,
    toolLink: values.tool_link,
    toolLinks: values.tool_links ?? [values.tool_link],
    joints: values.joints,
    groups: values.groups,
    limits: values.limits,
    home: values.home,
    collision: {
      self: values.collision.self,
      capsulesPerLink: values.collision.capsules_per_link,
      padding: values.collision.padding,
      ignore: values.collision.ignore,
      check: values.collision.check,
    },
  };
}
