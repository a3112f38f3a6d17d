/** Settling: what is excused of an excess that is there when motion begins, and for how long. */
import { describe, expect, it } from 'vitest';
import { EffortLimits, Force, WrenchLimits } from '../../src/safety/force_limits.js';
import { Settling } from '../../src/safety/internal/settling.js';

const of = (...values: number[]) => Float64Array.of(...values);

describe('settling', () => {
  it('excuses nothing before motion begins', () => {
    const settling = new Settling();
    expect(settling.share(0)).toBe(1);
    settling.excuse(2);
    expect(settling.share(0)).toBe(1);
  });

  it('excuses a tenth more than was there, for half a second', () => {
    const settling = new Settling();
    settling.start(8);
    settling.excuse(2);
    expect(settling.share(8)).toBeCloseTo(2.2, 12);
    expect(settling.share(8.5 - 2 ** -20)).toBeCloseTo(2.2, 12);
    expect(settling.share(8.5)).toBe(1);
  });

  it('takes the greatest excess, and three times a threshold at most', () => {
    const settling = new Settling();
    settling.start(8);
    settling.excuse(2);
    settling.excuse(1.5);
    expect(settling.share(8)).toBeCloseTo(2.2, 12);
    settling.excuse(Infinity);
    expect(settling.share(8)).toBe(3);
  });

  it('excuses nothing where there is no excess, or no number', () => {
    const settling = new Settling();
    settling.start(8);
    settling.excuse(1);
    expect(settling.share(8)).toBe(1);
    settling.excuse(Number.NaN);
    expect(settling.share(8)).toBe(1);
  });

  it('begins anew with every start', () => {
    const settling = new Settling();
    settling.start(8);
    settling.excuse(2);
    settling.start(8.25);
    expect(settling.share(8.25)).toBe(1);
    settling.excuse(2);
    expect(settling.share(8.625)).toBeCloseTo(2.2, 12);
  });
});

describe('the force limits at an activation', () => {
  it('let a joint that pressed let go, but not press harder', () => {
    const limits = new EffortLimits({ thresholds: [2, Infinity], timeout: 5 });
    expect(limits.judge(of(3, 0), 8, 8)).toBe(Force.exceeded);
    limits.restart(of(-3, 9), 8);
    expect(limits.judge(of(3.29, 0), 8, 8)).toBe(Force.kept);
    expect(limits.judge(of(3.31, 0), 8, 8)).toBe(Force.exceeded);
    expect(limits.judge(of(2.5, 0), 8.5, 8.5)).toBe(Force.exceeded);
    expect(limits.judge(of(2, 0), 8.5, 8.5)).toBe(Force.kept);
  });

  it('excuse force and torque by the worse of the two', () => {
    const make = () => new WrenchLimits({ force: 10, torque: 2, timeout: 5 });
    const force = make();
    force.restart(of(15, 0, 0, 0, 0, 1), 8);
    expect(force.judge(of(16.4, 0, 0, 0, 0, 0), 8, 8)).toBe(Force.kept);
    expect(force.judge(of(16.6, 0, 0, 0, 0, 0), 8, 8)).toBe(Force.exceeded);
    expect(force.judge(of(10.1, 0, 0, 0, 0, 0), 8, 8.5)).toBe(Force.exceeded);
    const torque = make();
    torque.restart(of(0, 0, 0, 0, 0, 3), 8);
    expect(torque.judge(of(0, 0, 0, 0, 3.2, 0), 8, 8)).toBe(Force.kept);
    expect(torque.judge(of(0, 0, 0, 0, 3.4, 0), 8, 8)).toBe(Force.exceeded);
    expect(torque.judge(of(0, 0, 0, 0, 2.1, 0), 8, 8.5)).toBe(Force.exceeded);
  });
});
