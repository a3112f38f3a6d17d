// Normalisation by LeRobot's formulas, its epsilon, and what is an error.
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { EPSILON, Normalizer } from '../../src/policy/normalizer.js';
import type { Statistics } from '../../src/policy/statistics.js';

const statistics: Statistics = {
  x: { mean: [1, 0], std: [0.5, 0], min: [-1, 2], max: [3, 2], q01: [-0.5, 0], q99: [1.5, 4] },
};
const inOut = (kind: 'mean_std' | 'min_max' | 'quantiles', values: number[]) => {
  const normalizer = new Normalizer(statistics, 'x', kind, 2);
  const normalized = new Float32Array(2);
  normalizer.normalize(Float64Array.from(values), normalized);
  return [...normalized];
};

describe('normalising', () => {
  it('by mean_std divides by the standard deviation', () => {
    expect(inOut('mean_std', [2, 0])).toEqual([2, 0]);
  });

  it('by min_max maps the range to −1 … 1, and a range of zero by epsilon', () => {
    expect(inOut('min_max', [3, 2])).toEqual([1, -1]);
    expect(inOut('min_max', [1, 2 + 2 ** -22])[0]).toBe(0);
    expect(inOut('min_max', [-1, 2 + 2 ** -22])[1]).toBeGreaterThan(20);
  });

  it('by quantiles maps q01 … q99 to −1 … 1', () => {
    expect(inOut('quantiles', [1.5, 2])).toEqual([1, 0]);
    expect(inOut('quantiles', [2.5, -2])).toEqual([2, -2]);
  });

  it('with a standard deviation of zero divides by epsilon', () => {
    const small = inOut('mean_std', [1, 1e-8])[1];
    expect(small).toBeCloseTo(1e-8 / EPSILON, 6);
  });

  it.each(['identity', 'mean_std', 'min_max', 'quantiles'] as const)(
    'by %s comes back to the same value',
    (kind) => {
      const wide: Statistics = {
        x: { mean: [0.3], std: [0.7], min: [-1.2], max: [2.5], q01: [-1], q99: [2] },
      };
      const normalizer = new Normalizer(wide, 'x', kind, 1);
      fc.assert(
        fc.property(fc.float({ min: -10, max: 10, noNaN: true }), (value) => {
          expect(normalizer.out(0, normalizer.in(0, value))).toBeCloseTo(value, 5);
        }),
      );
    },
  );

  it('goes through rows of a matrix', () => {
    const normalizer = new Normalizer(statistics, 'x', 'quantiles', 2);
    const rows = Float32Array.of(1, 1, -1, -1);
    normalizer.denormalize(rows);
    expect([...rows]).toEqual([1.5, 4, -0.5, 0]);
  });

  it('keeps NaN, so that it is found at the end', () => {
    expect(inOut('min_max', [Number.NaN, 0])[0]).toBeNaN();
  });
});

describe('statistics that do not fit', () => {
  it.each([
    ['y', 'mean_std', 2, /no statistics for "y"/],
    ['x', 'mean_std', 3, /mean of "x" has 2 numbers; expected 3/],
  ] as const)('of %s for %s and %i values are an error', (key, kind, size, message) => {
    expect(() => new Normalizer(statistics, key, kind, size)).toThrow(message);
  });

  it('are not needed by identity', () => {
    expect(new Normalizer({}, 'y', 'identity', 4).in(3, 0.5)).toBe(0.5);
  });
});
