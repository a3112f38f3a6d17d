/** Robots made up for tests: written as URDF text, small or random. */

import { fileURLToPath } from 'node:url';
import fc from 'fast-check';
import { Kinematics } from '../../src/description/kinematics.js';
import { parseUrdf } from '../../src/description/urdf_parser.js';

/** Absolute path of a file of the repository. */
export function repositoryFile(path: string): string {
  return fileURLToPath(new URL(`../../${path}`, import.meta.url));
}

export interface ChainJoint {
  readonly type: 'revolute' | 'continuous' | 'prismatic' | 'fixed';
  readonly xyz: readonly number[];
  readonly rpy: readonly number[];
  readonly axis: readonly number[];
}

const coordinate = (size: number) => fc.double({ min: -size, max: size, noNaN: true });

const chainJoint: fc.Arbitrary<ChainJoint> = fc.record({
  type: fc.constantFrom('revolute', 'continuous', 'prismatic', 'fixed'),
  xyz: fc.tuple(coordinate(0.5), coordinate(0.5), coordinate(0.5)),
  rpy: fc.tuple(coordinate(3), coordinate(3), coordinate(3)),
  axis: fc
    .tuple(coordinate(1), coordinate(1), coordinate(1))
    .filter((axis) => Math.hypot(...axis) > 0.1),
});

/** Chains of 1 to 9 joints of all types, about any axes. */
export const chains: fc.Arbitrary<readonly ChainJoint[]> = fc.array(chainJoint, {
  minLength: 1,
  maxLength: 9,
});

/** URDF text of a chain: joints j0, j1, … between links l0, l1, … */
export function chainUrdf(joints: readonly ChainJoint[]): string {
  const parts = joints.map(({ type, xyz, rpy, axis }, i) => {
    const limit = type === 'fixed' ? '' : '<limit lower="-2" upper="2" velocity="2" effort="5"/>';
    return `<joint name="j${i}" type="${type}">
      <parent link="l${i}"/><child link="l${i + 1}"/>
      <origin xyz="${xyz.join(' ')}" rpy="${rpy.join(' ')}"/>
      <axis xyz="${axis.join(' ')}"/>${limit}
    </joint>`;
  });
  const links = [...Array(joints.length + 1).keys()].map((i) => `<link name="l${i}"/>`);
  return `<robot name="chain">${links.join('')}${parts.join('')}</robot>`;
}

/** Kinematics of a chain: all its joints move, its last link is the tool. */
export function chainKinematics(joints: readonly ChainJoint[]): Kinematics {
  const movable = joints.flatMap((joint, i) => (joint.type === 'fixed' ? [] : [`j${i}`]));
  const robot = parseUrdf(chainUrdf(joints), 'chain.urdf');
  return new Kinematics(robot, { joints: movable, tool: `l${joints.length}` });
}

/** Speed of the tool's origin at positions `q` and velocities `v`, by differences, m/s. */
export function toolSpeed(
  kinematics: Kinematics,
  q: ArrayLike<number>,
  v: ArrayLike<number>,
): number {
  const pose = new Float64Array(16);
  const [before, after] = [-1e-5, 1e-5].map((time) => {
    kinematics.forward(
      Array.from(q, (value, i) => value + time * (v[i] ?? 0)),
      pose,
    );
    return [3, 7, 11].map((at) => pose[at] ?? Number.NaN);
  });
  return Math.hypot(...[0, 1, 2].map((i) => (after?.[i] ?? 0) - (before?.[i] ?? 0))) / 2e-5;
}
