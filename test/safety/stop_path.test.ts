/** The way of several joints from a step to rest, sampled, and the steps that lead to a given rest. */
import { describe, expect, it } from 'vitest';
import { JointMotion } from '../../src/safety/internal/joint_motion.js';
import { StopPath } from '../../src/safety/internal/stop_path.js';
import { generator } from './attack.js';
import { brake, change, propose } from './prepared.js';

const LIMITS = { name: 'joint', lower: -1, upper: 1, velocity: 2, acceleration: 10, jerk: 200 };
const TICK = 0.01;

/** Two joints in motion that have a step prepared. */
function joints(random: () => number, limits = LIMITS): JointMotion[] {
  return [0, 1].map(() => {
    const joint = new JointMotion(limits);
    joint.start(random() - 0.5);
    joint.velocity = 1.6 * random() - 0.8;
    joint.acceleration = 4 * random() - 2;
    propose(joint, TICK, 2 * random() - 1);
    joint.range();
    return joint;
  });
}

/** No tool, or all joints move one. */
const UNWATCHED = new Uint8Array(2);
const WATCHED = Uint8Array.of(1, 1);

function lay(path: StopPath, spans = 20, watched = UNWATCHED): void {
  path.step = TICK;
  path.lay();
  path.spans = spans;
  path.sample(watched);
}

describe('the way to rest', () => {
  it('leads from the end of the step to rest, inside the range it tells', () => {
    for (let seed = 1; seed <= 100; seed++) {
      const moving = joints(generator(seed));
      const path = new StopPath(moving);
      lay(path);
      for (const [i, joint] of moving.entries()) {
        const velocity = joint.velocity + joint.next * TICK;
        expect(path.velocities[i]).toBeCloseTo(velocity, 12);
        expect(path.positions[i]).toBeCloseTo(joint.position + velocity * TICK, 12);
        expect(path.velocities[2 * (path.count - 1) + i]).toBeCloseTo(0, 9);
        const all = Array.from({ length: path.count }, (_, m) => path.positions[2 * m + i] ?? 0);
        expect(Math.min(...all)).toBeGreaterThanOrEqual((path.lowest[i] ?? NaN) - 1e-12);
        expect(Math.max(...all)).toBeLessThanOrEqual((path.highest[i] ?? NaN) + 1e-12);
        const way = all.reduce((sum, q, m) => sum + Math.abs(q - (all[m - 1] ?? q)), 0);
        expect(path.ways[i]).toBeGreaterThanOrEqual(way - 1e-12);
        expect(path.ways[i]).toBeLessThanOrEqual(way + 1e-3);
        expect(path.here[i]).toBe(joint.position);
        expect(path.end[i]).toBeCloseTo(all.at(-1) ?? NaN, 12);
        const fastest = path.velocities.filter((_, index) => index % 2 === i).map(Math.abs);
        expect(Math.max(...fastest)).toBeLessThanOrEqual((path.speeds[i] ?? NaN) + 1e-12);
      }
    }
  });

  it('tells how far it leads, and how fast, to the last digit that samples can show', () => {
    for (let seed = 1; seed <= 60; seed++) {
      const moving = joints(generator(seed), { ...LIMITS, jerk: 30 });
      const path = new StopPath(moving);
      lay(path, 60, WATCHED);
      for (const i of [0, 1]) {
        const own = (_: number, index: number) => index < 2 * path.count && index % 2 === i;
        const all = path.positions.filter(own);
        expect(path.lowest[i]).toBeGreaterThan(Math.min(...all) - 1e-3);
        expect(path.highest[i]).toBeLessThan(Math.max(...all) + 1e-3);
        const fastest = Math.max(...path.velocities.filter(own).map(Math.abs));
        expect((path.speeds[i] ?? NaN) - fastest).toBeGreaterThanOrEqual(-1e-12);
        expect((path.speeds[i] ?? NaN) - fastest).toBeLessThan(2e-4);
      }
    }
  });

  it('keeps where the way that was kept last ends', () => {
    const moving = joints(generator(3));
    const path = new StopPath(moving);
    lay(path);
    path.keep();
    const kept = [...path.end];
    for (const joint of moving) {
      change(joint, joint.next === joint.least ? joint.most : joint.least, 0);
    }
    lay(path);
    expect([...path.kept]).toEqual(kept);
    expect([...path.end]).not.toEqual(kept);
  });

  it('leads to the rest that a step was found for', () => {
    for (let seed = 1; seed <= 100; seed++) {
      const random = generator(seed);
      const moving = joints(random);
      const path = new StopPath(moving);
      lay(path);
      path.spread();
      for (const [i, joint] of moving.entries()) {
        const [least, most] = [path.leastRest[i] ?? 0, path.mostRest[i] ?? 0];
        expect(least).toBeLessThan(most);
        const share = random();
        const rest = least + share * (most - least);
        const x = path.rest.slice();
        x[i] = rest;
        path.redirect(x, 0);
        expect(joint.next).toBeGreaterThanOrEqual(joint.least);
        expect(joint.next).toBeLessThanOrEqual(joint.most);
        lay(path);
        path.spread();
        expect(Math.abs((path.rest[i] ?? 0) - rest)).toBeLessThan(1e-3 * (most - least));
      }
    }
  });

  it('changes with the steps as its slopes tell', () => {
    const moving = joints(generator(5));
    const path = new StopPath(moving);
    lay(path);
    path.spread();
    path.slope(path.count - 1);
    // At rest, where a joint is changes just as much as where it comes to rest.
    for (const i of [0, 1]) expect(path.positionSlope[i]).toBeCloseTo(1, 2);
    path.slope(0);
    for (const i of [0, 1]) expect(path.positionSlope[i]).toBeLessThan(0.5);
  });

  it('is the only step there is for a joint that must brake as hard as it can', () => {
    const joint = new JointMotion({ ...LIMITS, jerk: Number.POSITIVE_INFINITY });
    joint.start(0);
    joint.velocity = 3;
    propose(joint, TICK, 0.5);
    joint.range();
    expect(joint.least).toBe(joint.most);
    const path = new StopPath([joint]);
    lay(path);
    path.spread();
    for (const rest of [0, 9]) {
      path.redirect(Float64Array.of(rest), 0);
      expect(joint.next).toBe(joint.least);
    }
    path.slope(0);
    expect(path.positionSlope[0]).toBe(0);
    expect(path.velocitySlope[0]).toBe(0);
  });

  it('is looked at more often while a joint goes far that is at rest long before the others', () => {
    const quick = new JointMotion({ ...LIMITS, acceleration: 50, jerk: 5000 });
    const slow = new JointMotion({ ...LIMITS, lower: -50, upper: 50, acceleration: 0.5, jerk: 50 });
    for (const joint of [quick, slow]) {
      joint.start(-0.5);
      joint.velocity = 1;
      propose(joint, TICK, 0.5);
    }
    const path = new StopPath([quick, slow]);
    /** Samples, and the longest part of its way that the quick joint goes from one to the next. */
    const look = (...parts: number[]) => {
      path.parts.set(parts);
      lay(path, 8);
      const way = Array.from({ length: path.count }, (_, m) => path.positions[2 * m] ?? 0);
      const slowly = Array.from({ length: path.count }, (_, m) => path.positions[2 * m + 1] ?? 0);
      for (const all of [way, slowly]) expect(all).toEqual([...all].sort((a, b) => a - b));
      const steps = way.slice(1).map((q, m) => q - (way[m] ?? 0));
      return { count: path.count, longest: Math.max(...steps) / (path.ways[0] ?? 0) };
    };
    const few = look(0, 8);
    expect(few.count).toBe(9);
    expect(few.longest).toBeGreaterThan(0.9);
    for (const own of [2, 5, 12]) {
      const { count, longest } = look(own - 0.5, 8);
      expect(count).toBe(9 + own);
      expect(longest).toBeLessThan(1.6 / own);
      expect(longest).toBeGreaterThanOrEqual(1 / own);
    }
    // One part is what it is in anyway; and there is an end to them.
    expect(look(1, 8).count).toBe(9);
    expect(look(Number.NaN, 8).count).toBe(9);
    expect(look(Number.POSITIVE_INFINITY, 1).count).toBe(9 + 40);
    expect(look(39, 40).count).toBe(9 + 39);
    expect(path.count).toBeLessThanOrEqual(path.most);
  });

  it('needs no more samples for joints that come to rest with the others', () => {
    const path = new StopPath(joints(generator(2)));
    path.parts.fill(5);
    lay(path, 8);
    expect(path.count).toBe(9);
    path.parts.fill(9);
    lay(path, 8);
    expect(path.count).toBeGreaterThan(9);
  });

  it('is a single sample for joints that stay where they are', () => {
    const joint = new JointMotion(LIMITS);
    joint.start(0.3);
    propose(joint, TICK, 0.3);
    const path = new StopPath([joint]);
    lay(path, 0);
    expect(path.count).toBe(1);
    expect(path.positions[0]).toBe(0.3);
  });

  it('has as many samples as are asked for, within reason, and the most where that is no number', () => {
    const path = new StopPath(joints(generator(2)));
    const counts = [0, 1e-9, 8, 8.5, 30, 60, 61, Number.POSITIVE_INFINITY, Number.NaN].map(
      (spans) => {
        lay(path, spans);
        return path.count - 1;
      },
    );
    expect(counts).toEqual([0, 8, 8, 9, 30, 60, 60, 60, 60]);
  });

  it('has no more samples than it needs without jerk, and room for all of a long way', () => {
    const stiff = { ...LIMITS, jerk: Number.POSITIVE_INFINITY, acceleration: 400 };
    const short = new JointMotion(stiff);
    short.start(0);
    propose(short, 0.001, 1);
    const direct = new StopPath([short]);
    direct.step = 0.001;
    direct.lay();
    direct.spans = 20;
    direct.sample(WATCHED);
    expect(direct.count).toBe(21);

    // Slow to let go of their acceleration, one after the other: all kinds of samples, at most.
    const soft = { ...LIMITS, lower: -1e3, upper: 1e3, velocity: 10, acceleration: 4, jerk: 2 };
    const long = [3, 2].map((acceleration) => {
      const joint = new JointMotion(soft);
      joint.start(0);
      joint.velocity = 1;
      joint.acceleration = acceleration;
      propose(joint, TICK, 900);
      return joint;
    });
    const path = new StopPath(long);
    lay(path, 60, WATCHED);
    // Early samples double from 5 ms to below 1 s.
    expect(path.count).toBe(1 + 60 + 6);
    expect(path.count).toBeLessThanOrEqual(path.most);
    expect(path.positions.length).toBeGreaterThanOrEqual(2 * path.count);
    for (const i of [0, 1]) {
      const way = path.positions.filter((_, index) => index < 2 * path.count && index % 2 === i);
      expect([...way]).toEqual([...way].sort((a, b) => a - b));
      expect(way[0]).toBeGreaterThan(0);
    }
    lay(path, 60, Uint8Array.of(0, 1));
    expect(path.count).toBe(1 + 60 + 6);
  });

  it('is sampled where joints that let go of no braking stop, one after the other', () => {
    const stiff = { ...LIMITS, jerk: Number.POSITIVE_INFINITY };
    const braking = [0.5, 1].map((velocity) => {
      const joint = new JointMotion(stiff);
      joint.start(0);
      joint.velocity = velocity;
      brake(joint, TICK);
      return joint;
    });
    const path = new StopPath(braking);
    lay(path, 20, WATCHED);
    const early = path.count;
    const stop = path.velocities.findIndex((v, index) => index % 2 === 0 && Math.abs(v) < 1e-12);
    // The first stops 40 ms after the step, when the second has just as much speed left as it had then.
    expect(path.velocities[stop + 1]).toBeCloseTo(0.9 - 0.4, 9);
    lay(path, 20, UNWATCHED);
    expect(path.count).toBe(21);
    lay(path, 20, Uint8Array.of(0, 1));
    expect(path.count).toBe(early - 1);
  });
});
