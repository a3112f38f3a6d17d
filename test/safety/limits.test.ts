/** Limits that the filter refuses, and what small jerk does to acceleration. */
import { describe, expect, it } from 'vitest';
import { SinewError } from '../../src/core/error.js';
import { SafetyFilter } from '../../src/safety/filter.js';
import { checkLimits, farOutside, usableAcceleration } from '../../src/safety/limits.js';

const GOOD = { name: 'pan', lower: -1, upper: 1, velocity: 2, acceleration: 10, jerk: 200 };

describe('joint limits', () => {
  it.each([
    [{ lower: Number.NaN }, 'position range is NaN to 1; expected two numbers'],
    [{ upper: Number.NaN }, 'position range is -1 to NaN; expected two numbers'],
    [{ lower: 1 }, 'lower limit 1 is not below upper 1; expected lower < upper'],
    [{ lower: 2 }, 'lower limit 2 is not below upper 1; expected lower < upper'],
    [{ velocity: 0 }, 'velocity limit is 0; expected a number above 0'],
    [{ velocity: Infinity }, 'velocity limit is Infinity; expected a number above 0'],
    [{ velocity: Number.NaN }, 'velocity limit is NaN; expected a number above 0'],
    [{ acceleration: -1 }, 'acceleration limit is -1; expected a number above 0'],
    [{ acceleration: Infinity }, 'acceleration limit is Infinity; expected a number above 0'],
    [{ jerk: 0 }, 'jerk limit is 0; expected a number above 0'],
    [{ jerk: Number.NaN }, 'jerk limit is NaN; expected a number above 0'],
    ...[0, -1, 10.5, Number.NaN].map((deceleration): [object, string] => [
      { deceleration },
      `deceleration limit is ${deceleration}; expected above 0 and at most the acceleration limit, 10`,
    ]),
  ])('are refused with the joint and the limit named: %j', (fault, message) => {
    const make = () => new SafetyFilter([GOOD, { ...GOOD, name: 'lift', ...fault }]);
    expect(make).toThrow(new SinewError(`limits of joint "lift": ${message}`));
  });

  it('are refused when there are none', () => {
    expect(() => new SafetyFilter([])).toThrow(new SinewError('limits: no joint has limits'));
  });

  it('may let a joint brake as hard as it speeds up, or less', () => {
    expect(() => checkLimits([{ ...GOOD, deceleration: 10 }])).not.toThrow();
    expect(() => checkLimits([{ ...GOOD, deceleration: 0.1 }])).not.toThrow();
    expect(() => checkLimits([{ ...GOOD, jerk: Infinity }])).not.toThrow();
  });

  it('leave the acceleration alone where jerk is ample or unlimited', () => {
    expect(usableAcceleration(GOOD)).toBe(10);
    expect(usableAcceleration({ ...GOOD, jerk: Infinity })).toBe(10);
  });

  it('lower the acceleration where jerk could not take it back in time', () => {
    expect(usableAcceleration({ ...GOOD, upper: 3, velocity: 1.5, jerk: 10 })).toBeCloseTo(
      Math.sqrt(30),
      12,
    );
    expect(usableAcceleration({ ...GOOD, upper: -0.99, jerk: 100 })).toBeCloseTo(
      Math.cbrt(0.5 * 0.01 * 1e4),
      12,
    );
  });

  it('call a position absurd that lies more than a whole range outside', () => {
    const lift = { ...GOOD, lower: 1.5, upper: 3 };
    expect([0, 1, 2, 3, 4.5].some((position) => farOutside(lift, position))).toBe(false);
    expect(farOutside(lift, -1e-9)).toBe(true);
    expect(farOutside(lift, 4.5 + 1e-9)).toBe(true);
    const wheel = { ...GOOD, lower: -Infinity, upper: Infinity };
    expect(farOutside(wheel, 1e300)).toBe(false);
  });
});
