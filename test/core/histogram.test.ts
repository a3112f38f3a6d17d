/** The histogram's quantiles against sorted samples. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { Histogram } from '../../src/core/histogram.js';

describe('the histogram', () => {
  it('gives every quantile within 4 % above the nearest rank, never above the greatest', () => {
    const samples = fc.array(fc.double({ min: 1e-6, max: 50, noNaN: true }), { minLength: 1 });
    fc.assert(
      fc.property(samples, fc.double({ min: 0, max: 1, noNaN: true }), (values, q) => {
        const histogram = new Histogram();
        for (const value of values) histogram.add(value);
        const sorted = [...values].sort((a, b) => a - b);
        const exact = sorted[Math.max(0, Math.ceil(q * sorted.length) - 1)] ?? Number.NaN;
        expect(histogram.quantile(q)).toBeGreaterThanOrEqual(exact * (1 - 1e-9));
        expect(histogram.quantile(q)).toBeLessThanOrEqual(exact * 1.04);
        expect(histogram.max).toBe(sorted.at(-1));
      }),
    );
  });

  it('tells mean and standard deviation, and nothing of NaN', () => {
    const histogram = new Histogram();
    for (const value of [1, 2, 3, Number.NaN]) histogram.add(value);
    expect(histogram.count).toBe(3);
    expect(histogram.mean).toBeCloseTo(2, 12);
    expect(histogram.sigma).toBeCloseTo(Math.sqrt(2 / 3), 12);
  });

  it('counts what is negative or far too long at its ends', () => {
    const histogram = new Histogram();
    histogram.add(-1);
    expect(histogram.quantile(1)).toBeLessThanOrEqual(1e-6);
    histogram.add(1e6);
    expect(histogram.quantile(1)).toBe(1e6);
    histogram.clear();
    expect(histogram.quantile(0.5)).toBeNaN();
  });
});
