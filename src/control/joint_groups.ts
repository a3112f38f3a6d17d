/** The groups of joints over which authority is given: a partition of the robot's joints. */
import { SinewError } from '../core/error.js';

export interface JointGroup {
  readonly name: string;
  /** Indices in the robot's order. */
  readonly joints: readonly number[];
  /** Whether it is a hand: what the policy keeps in shared mode unless groups are named. */
  readonly hand: boolean;
}

/** Of a robot's settings: its joints in order, its named sets of joints, and their file. */
export interface GroupedRobot {
  readonly joints: readonly string[];
  readonly groups: Readonly<Record<string, readonly string[]>>;
  readonly file: string;
}

/** Groups fit as bits into one number. */
const MOST = 24;
const HAND = /gripper|hand|finger|jaw/i;

/**
 * The robot's own groups; joints that are in none of them make up the groups `arm` and `gripper` by
 * their names.
 *
 * @throws SinewError for a joint in two groups, or too many groups
 */
export function jointGroups(robot: GroupedRobot): readonly JointGroup[] {
  const left = new Set(robot.joints);
  const members = new Map<string, string[]>();
  for (const [name, joints] of Object.entries(robot.groups)) {
    for (const joint of joints) {
      if (left.delete(joint)) continue;
      throw new SinewError(`joint "${joint}" is in two groups`, {
        where: `${robot.file}: groups.${name}`,
        expected: 'each joint in one group, since one commands it',
      });
    }
    members.set(name, [...joints]);
  }
  for (const joint of left) {
    const name = HAND.test(joint) ? 'gripper' : 'arm';
    members.set(name, [...(members.get(name) ?? []), joint]);
  }
  if (members.size > MOST) {
    throw new SinewError(`${members.size} groups of joints`, {
      where: robot.file,
      expected: `at most ${MOST}`,
    });
  }
  return [...members].map(([name, joints]) => ({
    name,
    joints: joints.map((joint) => robot.joints.indexOf(joint)),
    hand: HAND.test(name) || joints.every((joint) => HAND.test(joint)),
  }));
}

/** Bits of the groups named; those that do not exist are left out. */
export function groupMask(groups: readonly JointGroup[], names: readonly string[]): number {
  return groups.reduce((mask, { name }, i) => (names.includes(name) ? mask | (1 << i) : mask), 0);
}

/** Bits of all groups. */
export function wholeMask(groups: readonly JointGroup[]): number {
  return 2 ** groups.length - 1;
}

/** Bits of the groups that an operator has in shared mode without naming any. */
export function armMask(groups: readonly JointGroup[]): number {
  return groups.reduce((mask, { hand }, i) => (hand ? mask : mask | (1 << i)), 0);
}
