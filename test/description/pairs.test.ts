/** A pair is two of the single arm, and its file is the one that its script writes. */
import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { Kinematics } from '../../src/description/kinematics.js';
import { robotKinematics } from '../../src/description/robot.js';
import { fromOrigin, identity, multiply } from '../../src/description/transform.js';
import { parseUrdf } from '../../src/description/urdf_parser.js';
import { generator } from '../safety/attack.js';
import { loadProfile } from './profiles.js';
import { repositoryFile } from './robots.js';

interface Script {
  readonly PAIRS: Record<string, { readonly of: string }>;
  pairUrdf(name: string, single: string): string;
}

const text = (file: string) => readFileSync(repositoryFile(file), 'utf8');
const path: string = repositoryFile('scripts/write_pairs.mjs');
const { PAIRS, pairUrdf }: Script = await import(path);

/** Tool, and where its base stands: m, and a turn about the vertical, rad. */
const PLACES = {
  so101_pair: {
    tool: 'gripper_frame_link',
    left: [0, 0.15, 0.0024, 0],
    right: [0, -0.15, 0.0024, 0],
  },
  aloha: {
    tool: 'ee_gripper_link',
    left: [-0.469, 0, 0.02, 0],
    right: [0.469, 0, 0.02, Math.PI],
  },
} as const;

describe.each(['so101_pair', 'aloha'] as const)('the pair %s', (name) => {
  const file = `urdf/${PAIRS[name]?.of}.urdf`;
  const single = parseUrdf(text(file), file);
  const pair = loadProfile(name);
  const own = (joint: string) => joint.replace(/^(left|right)_/, '');

  it('has the description that its script writes from the single arm’s', () => {
    expect(text(`urdf/${name}.urdf`), 'run: node scripts/write_pairs.mjs').toBe(
      pairUrdf(name, text(file)),
    );
  });

  it.each(['left', 'right'] as const)(
    'reaches with the %s arm where the single arm does',
    (side) => {
      const { tool, [side]: place } = PLACES[name];
      const random = generator(3);
      const q = pair.limits.map(({ lower, upper }) => lower + random() * (upper - lower));
      const there = identity();
      robotKinematics(pair, { tool: `${side}_${tool}` }).forward(q, there);
      const joints = pair.config.joints.filter((joint) => joint.startsWith(side));
      const alone = identity();
      new Kinematics(single, { joints: joints.map(own), base: 'base_link', tool }).forward(
        joints.map((joint) => q[pair.config.joints.indexOf(joint)] ?? Number.NaN),
        alone,
      );
      const [x, y, z, yaw] = place;
      const expected = identity();
      multiply(fromOrigin({ xyz: [x, y, z], rpy: [0, 0, yaw] }), 0, alone, 0, expected, 0);
      expected.forEach((value, i) => {
        expect(there[i]).toBeCloseTo(value, 12);
      });
    },
  );

  it('gives both arms the same limits', () => {
    const half = pair.limits.length / 2;
    const [left, right] = [pair.limits.slice(0, half), pair.limits.slice(half)].map((side) =>
      side.map((limits) => ({ ...limits, name: own(limits.name) })),
    );
    expect(left).toEqual(right);
  });
});

it('the pair of SO-101 has the single arm’s limits', () => {
  const { limits } = loadProfile('so101_pair');
  const alone = loadProfile('so101').limits;
  expect(limits.slice(0, alone.length).map(({ name, ...rest }) => rest)).toEqual(
    alone.map(({ name, ...rest }) => rest),
  );
});
