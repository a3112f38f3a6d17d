// Joint positions between samples, and never beyond them.
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { JointHistory } from '../../src/policy/joint_history.js';

/** Samples of (t, −2t) at the given times. */
function history(times: readonly number[], capacity = 100): JointHistory {
  const made = new JointHistory(2, capacity);
  for (const t of times) made.push(t, Float64Array.of(t, -2 * t));
  return made;
}

describe('joint history', () => {
  it('gives linear motion exactly between any two samples', () => {
    const times = fc.uniqueArray(fc.integer({ min: 0, max: 1000 }), {
      minLength: 2,
      maxLength: 30,
    });
    fc.assert(
      fc.property(times, fc.double({ min: 0, max: 1, noNaN: true }), (set, share) => {
        const sorted = set.sort((a, b) => a - b);
        const [first = 0, last = 0] = [sorted[0], sorted.at(-1)];
        const at = first + share * (last - first);
        const out = new Float64Array(2);
        expect(history(sorted).at(at, 0, 0, out)).toBe(true);
        expect(out[0]).toBeCloseTo(at, 9);
        expect(out[1]).toBeCloseTo(-2 * at, 9);
      }),
    );
  });

  it('gives a sample itself to the bit', () => {
    const out = new Float64Array(2);
    history([0.1, 0.2, 0.3]).at(0.2, 0, 0, out);
    expect([...out]).toEqual([0.2, -0.4]);
  });

  it('holds the first and the newest sample only as far as it is told', () => {
    const made = history([1, 2]);
    const out = new Float64Array(2);
    expect(made.at(2.01, 0, 0.02, out)).toBe(true);
    expect(out[0]).toBe(2);
    expect(made.at(0.99, 0.02, 0, out)).toBe(true);
    expect(out[0]).toBe(1);
    out.fill(7);
    expect(made.at(2.03, 0, 0.02, out)).toBe(false);
    expect(made.at(0.97, 0.02, 0, out)).toBe(false);
    expect([...out]).toEqual([7, 7]);
  });

  it('forgets what is older than its memory', () => {
    const made = history([1, 2, 3, 4, 5], 3);
    const out = new Float64Array(2);
    expect(made.at(2.5, 0, 0, out)).toBe(false);
    expect(made.at(3, 0, 0, out)).toBe(true);
    made.clear();
    expect(made.newest).toBe(Number.NEGATIVE_INFINITY);
    expect(made.at(5, 0, 0, out)).toBe(false);
  });
});
