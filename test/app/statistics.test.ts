/** The figures that reports print. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { quantiles, roundedQuantiles, wilsonInterval } from '../../src/app/statistics.js';

describe('quantiles', () => {
  it('are the nearest ranks of the samples in any order', () => {
    const samples = Array.from({ length: 1000 }, (_, i) => 1000 - i);
    expect(quantiles(samples)).toEqual({ p50: 500, p99: 990, p999: 999, max: 1000 });
  });

  it('are absent, not zero, when nothing was measured', () => {
    expect(quantiles([])).toBeNull();
    expect(roundedQuantiles([])).toBeNull();
  });

  it('never leave the range of the samples and never fall with the rank', () => {
    const numbers = fc.array(fc.double({ noNaN: true, min: -1e9, max: 1e9 }), { minLength: 1 });
    fc.assert(
      fc.property(numbers, (samples) => {
        const q = quantiles(samples);
        if (q === null) return false;
        const low = Math.min(...samples);
        return low <= q.p50 && q.p50 <= q.p99 && q.p99 <= q.p999 && q.p999 <= q.max;
      }),
    );
  });
});

describe('the interval of a success rate', () => {
  it('agrees with Wilson’s published example of 9 in 10', () => {
    const [low, high] = wilsonInterval(9, 10);
    expect(low).toBeCloseTo(0.5958, 4);
    expect(high).toBeCloseTo(0.9821, 4);
  });

  it('holds the rate and stays within 0 and 1', () => {
    fc.assert(
      fc.property(fc.nat(500), fc.nat(500), (successes, failures) => {
        const episodes = successes + failures;
        const [low, high] = wilsonInterval(successes, episodes);
        const rate = episodes === 0 ? 0.5 : successes / episodes;
        expect(low).toBeGreaterThanOrEqual(0);
        expect(high).toBeLessThanOrEqual(1);
        expect(rate).toBeGreaterThanOrEqual(low - 1e-12);
        expect(rate).toBeLessThanOrEqual(high + 1e-12);
      }),
    );
  });
});
