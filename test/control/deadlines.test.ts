/** Absolute deadlines: no drift, no burst after a pause. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { Deadlines } from '../../src/control/deadlines.js';

describe('deadlines', () => {
  it('stay on the grid of the start, however late the ticks are', () => {
    fc.assert(
      fc.property(
        fc.array(fc.double({ min: 0, max: 0.05, noNaN: true }), { minLength: 50, maxLength: 50 }),
        (delays) => {
          const deadlines = new Deadlines(0.01, 3);
          for (const delay of delays) {
            const due = deadlines.next;
            expect(deadlines.start(due + delay)).toBeCloseTo(delay, 9);
            expect(deadlines.next).toBeGreaterThan(due + delay);
            const place = (deadlines.next - 3) / 0.01;
            expect(Math.abs(place - Math.round(place))).toBeLessThan(1e-6);
          }
        },
      ),
    );
  });

  it('skip what was missed in a pause and count it', () => {
    const deadlines = new Deadlines(0.01, 0);
    deadlines.start(0.01);
    deadlines.start(0.2251);
    expect(deadlines.skipped).toBe(20);
    expect(deadlines.next).toBeCloseTo(0.23, 12);
    expect(deadlines.elapsed).toBeCloseTo(0.2151, 12);
  });
});
