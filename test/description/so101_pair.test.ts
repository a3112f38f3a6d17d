/** The pair of SO-101 is two of the single arm, and its file is the one that its script writes. */
import { readFileSync } from 'node:fs';
import { expect, it } from 'vitest';
import { robotKinematics } from '../../src/description/robot.js';
import { identity } from '../../src/description/transform.js';
import { generator } from '../safety/attack.js';
import { loadProfile } from './profiles.js';
import { repositoryFile } from './robots.js';

interface Script {
  so101Pair(single: string): string;
}

const text = (file: string) => readFileSync(repositoryFile(file), 'utf8');

it('the pair’s description is the one that its script writes from the single arm’s', async () => {
  const path: string = repositoryFile('scripts/write_so101_pair.mjs');
  const script: Script = await import(path);
  expect(text('urdf/so101_pair.urdf'), 'run: node scripts/write_so101_pair.mjs').toBe(
    script.so101Pair(text('urdf/so101.urdf')),
  );
});

it('each arm of the pair reaches where the single arm does, 0.15 m to its side', () => {
  const single = loadProfile('so101');
  const pair = loadProfile('so101_pair');
  const random = generator(3);
  const alone = identity();
  const beside = identity();
  const q = single.limits.map(({ lower, upper }) => lower + random() * (upper - lower));
  robotKinematics(single).forward(q, alone);
  for (const [side, y] of [
    ['left', 0.15],
    ['right', -0.15],
  ] as const) {
    const home = pair.config.joints.map((joint, i) => {
      const own = single.config.joints.indexOf(joint.replace(`${side}_`, ''));
      return (own < 0 ? pair.home[i] : q[own]) ?? NaN;
    });
    const tool = `${side}_gripper_frame_link`;
    robotKinematics(pair, { tool }).forward(home, beside);
    const offset = beside.map((value, i) => value - (alone[i] ?? NaN));
    for (const [i, value] of offset.entries()) {
      expect(value).toBeCloseTo(i === 7 ? y : i === 11 ? 0.0024 : 0, 12);
    }
  }
});

it('the pair gives its joints the single arm’s limits', () => {
  const single = loadProfile('so101');
  const pair = loadProfile('so101_pair');
  expect(pair.limits).toHaveLength(12);
  pair.limits.forEach((limits, i) => {
    expect({ ...limits, name: limits.name.replace(/^(left|right)_/, '') }).toEqual(
      single.limits[i % 6],
    );
  });
});
