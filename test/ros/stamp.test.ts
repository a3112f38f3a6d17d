import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { nanosecondsOf, secondsOf, stampOf, stampOfNanoseconds } from '../../src/ros/stamp.js';

describe('a stamp', () => {
  it('keeps every nanosecond through an integer', () => {
    const range = { min: -2_147_483_647n * 1_000_000_000n, max: 2_147_483_647_999_999_999n };
    fc.assert(
      fc.property(fc.bigInt(range), (ns) => {
        const stamp = stampOfNanoseconds(ns);
        expect(nanosecondsOf(stamp)).toBe(ns);
        expect(stamp.nanosec).toBeGreaterThanOrEqual(0);
        expect(stamp.nanosec).toBeLessThan(1_000_000_000);
      }),
    );
  });

  it('keeps every nanosecond of the first days through seconds', () => {
    fc.assert(
      fc.property(fc.nat(86_400 * 20), fc.nat(999_999_999), (sec, nanosec) => {
        expect(stampOf(secondsOf({ sec, nanosec }))).toEqual({ sec, nanosec });
      }),
    );
  });

  it('comes back from seconds to the same number of seconds', () => {
    fc.assert(
      fc.property(fc.double({ min: -1e9, max: 2e9, noNaN: true }), (seconds) => {
        expect(Math.abs(secondsOf(stampOf(seconds)) - seconds)).toBeLessThan(3e-7);
      }),
    );
  });

  it('carries a rounded nanosecond into the second', () => {
    expect(stampOf(1.9999999999)).toEqual({ sec: 2, nanosec: 0 });
    expect(stampOf(-0.25)).toEqual({ sec: -1, nanosec: 750_000_000 });
  });

  it.each([Number.NaN, Number.POSITIVE_INFINITY, 1e12])('is refused from %s s', (seconds) => {
    expect(() => stampOf(seconds)).toThrow(/is no time stamp/);
  });
});
