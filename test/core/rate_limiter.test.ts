/** The cap on events a second. */
import { describe, expect, it } from 'vitest';
import { RateLimiter } from '../../src/core/rate_limiter.js';

describe('the rate limiter', () => {
  it('lets a flood through at its rate, after a first burst', () => {
    const limiter = new RateLimiter(100, 10);
    let passed = 0;
    for (let i = 0; i < 20_000; i++) if (limiter.admit(5 + i * 1e-4)) passed++;
    expect(passed).toBeGreaterThanOrEqual(200);
    expect(passed).toBeLessThanOrEqual(211);
    expect(limiter.dropped).toBe(20_000 - passed);
  });

  it('lets everything through below its rate', () => {
    const limiter = new RateLimiter(100);
    for (let i = 0; i < 500; i++) expect(limiter.admit(i * 0.0101)).toBe(true);
  });

  it('gives nothing for a clock that goes back', () => {
    const limiter = new RateLimiter(10, 1);
    expect(limiter.admit(100)).toBe(true);
    expect(limiter.admit(50)).toBe(false);
    expect(limiter.admit(50.2)).toBe(true);
  });
});
