/** Chatter: whether joints that slide along a margin go back and forth against each other. */
import { describe, expect, it } from 'vitest';
import { collisionModel, type SceneShape } from '../../src/description/collision_model.js';
import { SafetyFilter } from '../../src/safety/filter.js';
import type { FilterLimits } from '../../src/safety/limits.js';
import type { CartesianLimits } from '../../src/safety/options.js';
import { loadProfile } from '../description/profiles.js';
import { generator } from './attack.js';
import { attackedProfile } from './attacked_robot.js';

const TABLE: SceneShape = {
  name: 'table',
  type: 'half_space',
  normal: [0, 0, 1],
  offset: 0,
  links: ['gripper_link', 'moving_jaw_link'],
};

interface Way {
  readonly limits: readonly FilterLimits[];
  readonly cartesian: CartesianLimits;
  readonly from: readonly number[];
  readonly to: readonly number[];
  /** Of a tick, s. */
  readonly period: number;
}

/** A change of a joint's acceleration: the share of what its jerk allows, and whether it turned. */
interface Change {
  readonly share: number;
  readonly turned: boolean;
}

/** The changes of acceleration of all joints from `begin` to `end`, s. */
function changes(way: Way, begin: number, end: number): Change[] {
  const { limits, cartesian, from, to, period } = way;
  const filter = new SafetyFilter(limits, { cartesian });
  expect(filter.start(Float64Array.from(from)).ready).toBe(true);
  const desired = Float64Array.from(to);
  const unknown = new Float64Array(limits.length).fill(Number.NaN);
  const found: Change[] = [];
  let before = new Float64Array(limits.length);
  for (let i = 1; i * period <= end; i++) {
    const accelerations = filter.follow(period, desired, unknown)?.accelerations ?? [];
    if (i * period > begin) {
      limits.forEach(({ jerk, acceleration }, k) => {
        const [was = 0, is = 0] = [before[k], accelerations[k]];
        const share = Math.abs(is - was) / Math.min(jerk * period, acceleration);
        found.push({ share, turned: was * is < 0 });
      });
    }
    before = Float64Array.from(accelerations);
  }
  return found;
}

describe('an arm that is to go through a table', () => {
  it.each([500, 250, 100])('slides along it with next to no jerk at %d Hz', (rate) => {
    const robot = loadProfile('so101');
    const cartesian: CartesianLimits = {
      model: collisionModel(robot, [TABLE]),
      tools: [],
      toolSpeed: Number.POSITIVE_INFINITY,
      workspace: [],
      barrier: { gain: 8, selfMargin: 0.01, sceneMargin: 0.01 },
      grossOverlap: 0.005,
    };
    const to = robot.home.map((q, k) => (k === 1 ? q + 1.2 : q));
    const way = { limits: robot.limits, cartesian, from: robot.home, to, period: 1 / rate };
    // It has come to the margin after 0.7 s.
    const worst = Math.max(...changes(way, 0.8, 3).map(({ share }) => share));
    expect(worst).toBeGreaterThan(0);
    expect(worst).toBeLessThan(0.02);
  });
});

describe('an arm before forbidden targets', () => {
  it.each(['so101', 'koch', 'ur5e', 'fr3', 'so101_pair'])(
    'seldom turns its acceleration from a tick to the next: %s',
    (name) => {
      const { limits, cartesian, home, aims } = attackedProfile(loadProfile(name), generator(7));
      const targets = [aims.self, aims.scene, aims.workspace].flatMap((aim) => aim.slice(0, 3));
      expect(targets.length).toBe(9);
      const all = [500, 100].flatMap((rate) =>
        targets.map((to) => changes({ limits, cartesian, from: home, to, period: 1 / rate }, 2, 4)),
      );
      // Of each way the part of the ticks that turn it; half of them, while nothing was done about it.
      const parts = all.map((way) => {
        const turned = way.filter(({ share, turned }) => turned && share > 0.05);
        return turned.length / way.length;
      });
      expect(parts.reduce((sum, part) => sum + part, 0) / parts.length).toBeLessThan(0.15);
    },
  );
});
