/** Small vector helpers, at their edges. */
import { describe, expect, it } from 'vitest';
import { allFinite, at, clamp } from '../../src/core/vector.js';

describe('vector helpers', () => {
  it('make a missing element poison every sum and comparison', () => {
    const missing = at(new Float64Array(2), 2);
    expect(missing + 1).toBeNaN();
    expect(missing >= 0 || missing <= 0).toBe(false);
  });

  it('clamp, with the lower bound winning and NaN staying', () => {
    expect(clamp(5, 0, 1)).toBe(1);
    expect(clamp(-5, 0, 1)).toBe(0);
    expect(clamp(0.5, 2, 1)).toBe(2);
    expect(clamp(Number.NaN, 0, 1)).toBeNaN();
  });

  it('find what is not finite among the values that count', () => {
    expect(allFinite(Float64Array.of(1, 2))).toBe(true);
    expect(allFinite(Float64Array.of(1, Infinity))).toBe(false);
    expect(allFinite(Float64Array.of(1, Number.NaN), 1)).toBe(true);
  });
});
