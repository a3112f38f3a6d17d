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
    path.slope(0);
    expect(path.positionSlope[0]).toBe(0);
    expect(path.velocitySlope[0]).toBe(0);
  });

  it('is a single sample for joints that stay where they are', () => {
    const joint = new JointMotion(LIMITS);
    joint.start(0.3);
    joint.propose(TICK, 0.3);
    const path = new StopPath([joint], Float64Array.of(1));
    path.lay(TICK);
    expect([path.count, path.last]).toEqual([1, 0]);
    expect(path.positions[0]).toBe(0.3);
  });

  it('is sampled the more often, the smaller the margins are', () => {
    const [joint] = joints(generator(2)) as [JointMotion];
    const path = new StopPath([joint], Float64Array.of(10));
    const spans = [Number.POSITIVE_INFINITY, 0.004, 0.002, 1e-6].map((margin) => {
      path.margin = margin;
      path.lay(TICK);
      return path.last;
    });
    expect(spans).toEqual([...spans].sort((a, b) => a - b));
    expect(new Set(spans).size).toBeGreaterThan(2);
  });

  it('has no more samples than it needs without jerk, and room for all of a long way', () => {
    const stiff = { ...LIMITS, jerk: Number.POSITIVE_INFINITY, acceleration: 400 };
    const short = new JointMotion(stiff);
    short.start(0);
    short.propose(0.001, 1);
    const direct = new StopPath([short], Float64Array.of(1));
    direct.lay(0.001);
    expect(direct.count).toBe(direct.last + 1);

    // Slow to let go of their acceleration, one after the other: all kinds of samples, at most.
    const soft = { ...LIMITS, lower: -1e3, upper: 1e3, velocity: 10, acceleration: 4, jerk: 2 };
    const long = [3, 2].map((acceleration) => {
      const joint = new JointMotion(soft);
      joint.start(0);
      joint.velocity = 1;
      joint.acceleration = acceleration;
      joint.propose(TICK, 900);
      return joint;
    });
    const path = new StopPath(long, Float64Array.of(5, 5));
    path.margin = 1e-3;
    path.lay(TICK);
    // Early samples double from 5 ms to below 1 s; the joint that stops first has one of its own.
    expect(path.count).toBe(1 + path.last + 2 + 1 + 6);
    expect(path.count).toBeLessThanOrEqual(path.most);
    expect(path.positions.length).toBeGreaterThanOrEqual(2 * path.count);
    for (let m = 0; m < 2 * path.count; m++) expect(path.positions[m]).toBeGreaterThan(0);
  });

  it('is sampled where each joint is fastest', () => {
    const soft = { ...LIMITS, lower: -1e3, upper: 1e3, velocity: 10, acceleration: 4, jerk: 2 };
    const joint = new JointMotion(soft);
    joint.start(0);
    joint.velocity = 1;
    joint.acceleration = 2;
    joint.propose(TICK, 900);
    const path = new StopPath([joint], Float64Array.of(1));
    path.lay(TICK);
    const speeds = [...path.velocities.subarray(0, path.count)];
    // Speed gained until the acceleration is let go: a²/2J.
    const velocity = joint.velocity + joint.next * TICK;
    expect(Math.max(...speeds)).toBeCloseTo(velocity + joint.next ** 2 / (2 * soft.jerk), 9);
  });
});
