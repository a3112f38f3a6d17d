/** The limits that a joint must keep, and where each of them came from. */
import { SinewError } from '../core/error.js';
import type { LimitOverrides, RobotConfig } from './robot_config.js';
import type { Joint, RobotDescription } from './robot_description.js';

/** The file that a limit was read from, or that it follows from another limit. */
export type LimitSource = 'urdf' | 'config' | 'default';

/** rad, rad/s, rad/s^2, rad/s^3 and N m (m and N for a sliding joint); all but positions above 0. */
export interface JointLimits {
  readonly name: string;
  /** −Infinity and +Infinity for a continuous joint. */
  readonly lower: number;
  readonly upper: number;
  readonly velocity: number;
  readonly acceleration: number;
  /** When slowing down; at most `acceleration`, which is its default. */
  readonly deceleration: number;
  readonly jerk: number;
  readonly effort: number;
  readonly source: Readonly<Record<LimitName, LimitSource>>;
}

export type LimitName =
  | 'lower'
  | 'upper'
  | 'velocity'
  | 'acceleration'
  | 'deceleration'
  | 'jerk'
  | 'effort';

/**
 * Limits of all joints of a robot in the order of its settings.
 *
 * The settings may narrow what the URDF allows, never widen it: the URDF says what the machine can
 * bear.
 *
 * @throws SinewError naming joint and file: a joint that is not in the URDF or cannot move by
 *   itself, a limit that is missing (a URDF's velocity or effort of 0 counts as missing), wider
 *   than the URDF's, or inverted
 */
export function resolveLimits(robot: RobotDescription, config: RobotConfig): JointLimits[] {
  return config.joints.map((name) => {
    const joint = robot.joints.get(name);
    if (joint === undefined || joint.type === 'fixed' || joint.mimic !== undefined) {
      const movable = [...robot.joints.values()]
        .filter(({ type, mimic }) => type !== 'fixed' && mimic === undefined)
        .map((movableJoint) => movableJoint.name);
      const what = joint === undefined ? 'is not in' : 'cannot be commanded in';
      throw new SinewError(`joint "${name}" ${what} ${robot.file}`, {
        where: `${config.file}: joints`,
        expected: `some of ${movable.join(', ')}`,
      });
    }
    const overrides = config.limits[name];
    if (overrides === undefined) {
      throw new SinewError(`joint "${name}" has no limits`, { where: `${config.file}: limits` });
    }
    return resolveJoint(joint, overrides, robot.file, config.file);
  });
}

function resolveJoint(
  joint: Joint,
  overrides: LimitOverrides,
  urdfFile: string,
  configFile: string,
): JointLimits {
  const key = `limits.${joint.name}`;
  const narrow = (name: 'lower' | 'upper' | 'velocity' | 'effort', outermost: number) => {
    const value = overrides[name];
    if (value === undefined) return outermost;
    const wider = name === 'lower' ? value < outermost : value > outermost;
    if (wider) {
      throw new SinewError(`${name} limit ${value} of joint "${joint.name}" is wider`, {
        where: `${configFile}: ${key}.${name}`,
        expected: `${name === 'lower' ? 'at least' : 'at most'} ${outermost}, as in ${urdfFile}:${joint.line}`,
      });
    }
    return value;
  };
  const known = (name: 'velocity' | 'effort') => {
    const value = joint.limit?.[name] ?? 0;
    if (value > 0) return value;
    if (overrides[name] !== undefined) return Number.POSITIVE_INFINITY;
    throw new SinewError(`joint "${joint.name}" has no ${name} limit`, {
      where: `${urdfFile}:${joint.line}`,
      expected: `one there or at ${key}.${name} in ${configFile}`,
    });
  };
  const source = (name: LimitName): LimitSource =>
    overrides[name] === undefined ? 'urdf' : 'config';
  const limits: JointLimits = {
    name: joint.name,
    lower: narrow('lower', joint.limit?.lower ?? Number.NEGATIVE_INFINITY),
    upper: narrow('upper', joint.limit?.upper ?? Number.POSITIVE_INFINITY),
    velocity: narrow('velocity', known('velocity')),
    effort: narrow('effort', known('effort')),
    acceleration: overrides.acceleration,
    deceleration: overrides.deceleration ?? overrides.acceleration,
    jerk: overrides.jerk,
    source: {
      lower: source('lower'),
      upper: source('upper'),
      velocity: source('velocity'),
      effort: source('effort'),
      acceleration: 'config',
      deceleration: overrides.deceleration === undefined ? 'default' : 'config',
      jerk: 'config',
    },
  };
  if (limits.lower >= limits.upper) {
    throw new SinewError(
      `limits of joint "${joint.name}" are inverted: lower ${limits.lower}, upper ${limits.upper}`,
      { where: `${configFile}: ${key}`, expected: 'lower below upper' },
    );
  }
  return limits;
}
