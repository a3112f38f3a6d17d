/** The way of several joints from a step to rest, sampled, and the steps that lead to a given rest. */
import { describe, expect, it } from 'vitest';
import { JointMotion } from '../../src/safety/internal/joint_motion.js';
import { StopPath } from '../../src/safety/internal/stop_path.js';
import { generator } from './attack.js';

const LIMITS = { name: 'joint', lower: -1, upper: 1, velocity: 2, acceleration: 10, jerk: 200 };
const TICK = 0.01;

/** Two joints in motion that have a step prepared. */
function joints(random: () => number, limits = LIMITS): JointMotion[] {
  return [0, 1].map(() => {
    const joint = new JointMotion(limits);
    joint.start(random() - 0.5);
    joint.velocity = 1.6 * random() - 0.8;
    joint.acceleration = 4 * random() - 2;
    joint.propose(TICK, 2 * random() - 1);
    joint.range();
    return joint;
  });
}

describe('the way to rest', () => {
  it('leads from the end of the step to rest, inside the range it tells', () => {
    for (let seed = 1; seed <= 100; seed++) {
      const moving = joints(generator(seed));
      const path = new StopPath(moving, Float64Array.of(1, 1));
      path.lay(TICK);
      for (const [i, joint] of moving.entries()) {
        const velocity = joint.velocity + joint.next * TICK;
        expect(path.velocities[i]).toBeCloseTo(velocity, 12);
        expect(path.positions[i]).toBeCloseTo(joint.position + velocity * TICK, 12);
        expect(path.velocities[path.last * 2 + i]).toBeCloseTo(0, 9);
        const all = Array.from({ length: path.count }, (_, m) => path.positions[2 * m + i] ?? 0);
        expect(path.lowest[i]).toBe(Math.min(...all));
        expect(path.highest[i]).toBe(Math.max(...all));
      }
    }
  });

  it('leads to the rest that a step was found for', () => {
    for (let seed = 1; seed <= 100; seed++) {
      const random = generator(seed);
      const moving = joints(random);
      const path = new StopPath(moving, Float64Array.of(1, 1));
      path.lay(TICK);
      path.spread();
      for (const [i, joint] of moving.entries()) {
        const [least, most] = [path.leastRest[i] ?? 0, path.mostRest[i] ?? 0];
        expect(least).toBeLessThan(most);
        const share = random();
        const rest = least + share * (most - least);
        joint.change(path.towards(i, rest), 0);
        expect(joint.next).toBeGreaterThanOrEqual(joint.least);
        expect(joint.next).toBeLessThanOrEqual(joint.most);
        path.lay(TICK);
        path.spread();
        expect(Math.abs((path.rest[i] ?? 0) - rest)).toBeLessThan(1e-3 * (most - least));
      }
    }
  });

  it('changes with the steps as its slopes tell', () => {
    const moving = joints(generator(5));
    const path = new StopPath(moving, Float64Array.of(1, 1));
    path.lay(TICK);
    path.spread();
    path.slope(path.last);
    // At rest, where a joint is changes just as much as where it comes to rest.
    for (const i of [0, 1]) expect(path.positionSlope[i]).toBeCloseTo(1, 2);
    path.slope(0);
    for (const i of [0, 1]) expect(path.positionSlope[i]).toBeLessThan(0.5);
  });

  it('is the only step there is for a joint that must brake as hard as it can', () => {
    const joint = new JointMotion({ ...LIMITS, jerk: Number.POSITIVE_INFINITY });
    joint.start(0);
    joint.velocity = 3;
    joint.propose(TICK, 0.5);
    joint.range();
    expect(joint.least).toBe(joint.most);
    const path = new StopPath([joint], Float64Array.of(1));
    path.lay(TICK);
    path.spread();
    expect(path.towards(0, 0)).toBe(joint.least);
    expect(path.towards(0, 9)).toBe(joint.least);
  });
});
