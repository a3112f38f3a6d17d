/** Robots made up for tests: written as URDF text, small or random. */

import { fileURLToPath } from 'node:url';
import fc from 'fast-check';

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
