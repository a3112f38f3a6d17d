/**
 * What every robot profile must bear: one set of attacks, the same for each. Limits of joints, e-stop
 * and rest are checked to rounding; distances and tool speeds with what SpatialWatch lets through.
 */
import { describe, expect, it } from 'vitest';
import { loadProfile } from '../description/profiles.js';
import { generator } from './attack.js';
import { runAttack, VARIANTS } from './attack_run.js';
import { attackedProfile } from './attacked_robot.js';
import { SPATIAL_ATTACKS } from './spatial_attack.js';
import { SpatialWatch } from './spatial_watch.js';

const SEEDS = [1, 2];
const TICKS = 250;

/** Attacks the profile config/<name>.yaml; call it at the top of a test file. */
export function describeAttacks(name: string): void {
  describe(`the safety filter of ${name}`, () => {
    const robot = attackedProfile(loadProfile(name), generator(7));

    it('is attacked at all: there are ways into the robot, its scene and out of its workspace', () => {
      const { aims, starts, cartesian } = robot;
      expect(starts[0]).toEqual(robot.home);
      expect(new Set(cartesian.model.scene.map(({ shape }) => shape.type)).size).toBe(3);
      expect(aims.self.length).toBeGreaterThan(5);
      expect(aims.scene.length).toBeGreaterThan(5);
      expect(aims.workspace.length).toBeGreaterThan(5);
    });

    it.each(SPATIAL_ATTACKS)('keeps its promises under attack: %s', (attack) => {
      for (const seed of SEEDS) {
        const result = runAttack({ robot: name, seed, ticks: TICKS, attack });
        expect(result?.violation, `seed ${seed}`).toBeUndefined();
        expect(result?.ticks).toBeGreaterThanOrEqual(TICKS);
        expect(result?.limited).toBeGreaterThan(0);
      }
    });

    it.each(VARIANTS)('keeps its promises under attack with: %s', (variant) => {
      let ticks = 0;
      let starved = 0;
      // Several: at the ends of their ranges links may overlap, and such a start is refused.
      for (let seed = 1; seed <= 8; seed++) {
        const result = runAttack({ robot: name, seed, ticks: TICKS, variant });
        expect(result?.violation, `seed ${seed}, ${result?.attack}`).toBeUndefined();
        ticks += result?.ticks ?? 0;
        starved += result?.starved ?? 0;
      }
      expect(ticks).toBeGreaterThanOrEqual(TICKS);
      expect(starved > 0).toBe(variant === 'energy');
    });

    it.each(['self', 'scene', 'workspace'] as const)(
      'comes nearer and nearer to a target that is forbidden (%s), and does not circle',
      (kind) => {
        for (const aim of robot.aims[kind].slice(0, 2)) {
          const watch = new SpatialWatch(robot.limits, robot.cartesian);
          expect(watch.start(robot.home)).toBe(true);
          const desired = Float64Array.from(aim);
          let least = Infinity;
          for (let i = 0; i < 1000; i++) {
            watch.follow(0.01, desired);
            const left = Math.hypot(...aim.map((value, k) => value - (watch.position[k] ?? NaN)));
            // What is given up is no more than a joint may swing back by itself.
            expect(left).toBeLessThan(least + 0.02);
            least = Math.min(least, left);
          }
        }
      },
    );

    it('passes a gentle motion about home on unchanged, to the bit', () => {
      const watch = new SpatialWatch(robot.limits, robot.cartesian);
      expect(watch.start(robot.home)).toBe(true);
      const desired = new Float64Array(robot.home.length);
      for (let i = 1; i <= 300; i++) {
        const ease = 1 - Math.exp(-((i / 60) ** 4));
        robot.home.forEach((value, k) => {
          desired[k] = value + 0.02 * ease * Math.sin(0.02 * i + k);
        });
        expect(watch.follow(0.01, desired).band).toBe(0);
      }
      expect(watch.limited).toBe(0);
    });

    it('comes near what it is driven into, rather than stopping far away', () => {
      const watch = new SpatialWatch(robot.limits, robot.cartesian);
      expect(watch.start(robot.home)).toBe(true);
      const aim = Float64Array.from(robot.aims.scene[0] ?? []);
      for (let i = 0; i < 1500; i++) watch.follow(0.01, aim);
      expect(watch.filter.clearances.length).toBeGreaterThan(0);
      expect(watch.nearest(watch.position).distance).toBeLessThan(0.03);
    });
  });
}
