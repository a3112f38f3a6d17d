/** Limits that the filter refuses, and what small jerk does to acceleration. */
import { describe, expect, it } from 'vitest';
import { SafetyFilter } from '../../src/safety/filter.js';
import { usableAcceleration } from '../../src/safety/limits.js';

const GOOD = { name: 'pan', lower: -1, upper: 1, velocity: 2, acceleration: 10, jerk: 200 };

describe('joint limits', () => {
  it.each([
    [{ lower: Number.NaN }, /position range is NaN to 1/],
    [{ upper: Number.NaN }, /position range is -1 to NaN/],
    [{ lower: 1 }, /lower limit 1 is not below upper 1/],
    [{ lower: 2 }, /not below/],
    [{ velocity: 0 }, /velocity limit is 0/],
    [{ velocity: Infinity }, /velocity limit is Infinity/],
    [{ velocity: Number.NaN }, /velocity limit is NaN/],
    [{ acceleration: -1 }, /acceleration limit is -1/],
    [{ acceleration: Infinity }, /acceleration limit is Infinity/],
    [{ jerk: 0 }, /jerk limit is 0/],
    [{ jerk: Number.NaN }, /jerk limit is NaN/],
  ])('are refused with the joint and the limit named: %j', (fault, message) => {
    const make = () => new SafetyFilter([GOOD, { ...GOOD, name: 'lift', ...fault }]);
    expect(make).toThrow(message);
    expect(make).toThrow(/"lift"/);
  });

  it('are refused when there are none', () => {
    expect(() => new SafetyFilter([])).toThrow(/no joint has limits/);
  });

  it('leave the acceleration alone where jerk is ample or unlimited', () => {
    expect(usableAcceleration(GOOD)).toBe(10);
    expect(usableAcceleration({ ...GOOD, jerk: Infinity })).toBe(10);
  });

  it('lower the acceleration where jerk could not take it back in time', () => {
    expect(usableAcceleration({ ...GOOD, velocity: 1, jerk: 10 })).toBeCloseTo(Math.sqrt(20), 12);
    expect(usableAcceleration({ ...GOOD, upper: -0.99, jerk: 100 })).toBeCloseTo(
      Math.cbrt(0.5 * 0.01 * 1e4),
      12,
    );
  });
});
