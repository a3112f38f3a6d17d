/** Flattens a robot's tree into the list that kinematics walks: one frame for each joint. */

import { SinewError } from '../core/error.js';
import { bindJoints } from '../core/joint_binding.js';
import type { Joint, RobotDescription, Vector3 } from './robot_description.js';
import { fromOrigin, TRANSFORM_SIZE } from './transform.js';

/** The frame of a joint's child link. */
export interface Frame {
  readonly link: string;
  /** Offsets of the poses of this link and of its parent in the block of poses. */
  readonly at: number;
  readonly parentAt: number;
  /** Pose in the parent at joint position 0. */
  readonly origin: Float64Array;
  readonly axis: Vector3;
  readonly fixed: boolean;
  readonly prismatic: boolean;
  /** Position is multiplier · q[index] + offset; index −1: offset alone. */
  readonly index: number;
  readonly multiplier: number;
  readonly offset: number;
}

/** The frames of all links that hang on `base`, each after its parent. */
export function buildFrames(
  robot: RobotDescription,
  base: string,
  joints: readonly string[],
  fixed: Readonly<Record<string, number>>,
): Frame[] {
  if (!robot.links.has(base)) {
    throw new SinewError(`link "${base}" does not exist`, {
      where: robot.file,
      expected: `one of ${[...robot.links.keys()].join(', ')}`,
    });
  }
  const movable = [...robot.joints.values()]
    .filter((joint) => joint.type !== 'fixed' && joint.mimic === undefined)
    .map((joint) => joint.name);
  bindJoints(movable, [...joints, ...Object.keys(fixed)], robot.file);
  bindJoints(joints, joints, 'joints of the kinematics'); // each only once
  const indices = new Map(joints.map((name, i) => [name, i]));

  const place = new Map([[base, 0]]);
  const frames: Frame[] = [];
  for (const joint of robot.joints.values()) {
    const parentAt = place.get(joint.parent);
    if (parentAt === undefined) continue;
    const at = (frames.length + 1) * TRANSFORM_SIZE;
    place.set(joint.child, at);
    frames.push({
      link: joint.child,
      at,
      parentAt,
      origin: fromOrigin(joint.origin),
      axis: joint.axis,
      fixed: joint.type === 'fixed',
      prismatic: joint.type === 'prismatic',
      ...motion(joint, indices, fixed),
    });
  }
  return frames;
}

/** For the base and every link that hangs on it, the frames from the base to it, in this order. */
export function frameChains(
  base: string,
  frames: readonly Frame[],
): ReadonlyMap<string, readonly Frame[]> {
  const byOffset = new Map<number, readonly Frame[]>([[0, []]]);
  const chains = new Map<string, readonly Frame[]>([[base, []]]);
  for (const frame of frames) {
    const chain = [...(byOffset.get(frame.parentAt) ?? []), frame];
    byOffset.set(frame.at, chain);
    chains.set(frame.link, chain);
  }
  return chains;
}

/** The frames on the way from one link to another: those of both chains that they do not share. */
export function framesBetween(
  one: readonly Frame[],
  other: readonly Frame[],
): readonly [readonly Frame[], readonly Frame[]] {
  let shared = 0;
  while (shared < one.length && one[shared] === other[shared]) shared++;
  return [one.slice(shared), other.slice(shared)];
}

function motion(
  joint: Joint,
  indices: ReadonlyMap<string, number>,
  fixed: Readonly<Record<string, number>>,
): Pick<Frame, 'index' | 'multiplier' | 'offset'> {
  const source = joint.mimic?.joint ?? joint.name;
  const multiplier = joint.mimic?.multiplier ?? 1;
  const offset = joint.mimic?.offset ?? 0;
  const index = indices.get(source);
  if (index !== undefined) return { index, multiplier, offset };
  return { index: -1, multiplier, offset: multiplier * (fixed[source] ?? 0) + offset };
}
