/** The fade from one curve to another: smooth at both ends, and no faster than the limits allow. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { Fade } from '../../src/control/fade.js';

const FREE = { acceleration: Number.POSITIVE_INFINITY, jerk: Number.POSITIVE_INFINITY };

/** What a fade adds at `now`: position, velocity, acceleration. */
function added(fade: Fade, now: number): [number, number, number] {
  const [q, v, a] = [new Float64Array(1), new Float64Array(1), new Float64Array(1)];
  fade.add(now, q, v, a);
  return [q[0] ?? Number.NaN, v[0] ?? Number.NaN, a[0] ?? Number.NaN];
}

function begin(limits: { acceleration: number; jerk: number }, d: number, v: number, a: number) {
  const fade = new Fade([limits]);
  fade.start(10, 0.2, Float64Array.of(d), Float64Array.of(v), Float64Array.of(a));
  return fade;
}

const number = fc.double({ min: -1, max: 1, noNaN: true });

describe('a fade', () => {
  it('begins with the whole difference up to the acceleration, and ends with none of it', () => {
    fc.assert(
      fc.property(number, number, number, (d, v, a) => {
        const fade = begin(FREE, d, v, 10 * a);
        const [q0, v0, a0] = added(fade, 10);
        expect(q0).toBeCloseTo(d, 12);
        expect(v0).toBeCloseTo(v, 10);
        expect(a0).toBeCloseTo(10 * a, 8);
        const [q1, v1, a1] = added(fade, 10.2 - 1e-9);
        expect(q1).toBeCloseTo(0, 9);
        expect(v1).toBeCloseTo(0, 6);
        expect(Math.abs(a1)).toBeLessThan(1e-3);
        expect(added(fade, 10.2 + 1e-9)).toEqual([0, 0, 0]);
      }),
    );
  });

  it('gives the derivatives of what it adds', () => {
    const fade = begin(FREE, 0.3, -0.5, 4);
    for (let t = 10.02; t < 10.19; t += 0.013) {
      const [before, ,] = added(fade, t - 1e-5);
      const [q, v, a] = added(fade, t);
      const [after, ,] = added(fade, t + 1e-5);
      expect(v).toBeCloseTo((after - before) / 2e-5, 4);
      expect(a).toBeCloseTo((after - 2 * q + before) / 1e-10, 1);
    }
  });

  it('is stretched until a difference in position takes 60 % of acceleration and jerk at most', () => {
    fc.assert(
      fc.property(fc.double({ min: 0.001, max: 0.8, noNaN: true }), (d) => {
        const fade = begin({ acceleration: 20, jerk: 500 }, d, 0, 0);
        let last = added(fade, 10)[2];
        for (let t = 10.001; t < 11.1; t += 0.001) {
          const a = added(fade, t)[2];
          expect(Math.abs(a)).toBeLessThan(0.6 * 20 * 1.01);
          expect(Math.abs(a - last) / 0.001).toBeLessThan(0.6 * 500 * 1.02);
          last = a;
        }
      }),
      { numRuns: 30 },
    );
  });

  it('adds up to nothing where takeovers follow one another before their fades are done', () => {
    const entry = fc.record({
      d: fc.double({ min: -0.2, max: 0.2, noNaN: true }),
      v: number,
      // Curves through the steps of chunks bend by hundreds of rad/s² between two steps.
      a: fc.double({ min: -400, max: 400, noNaN: true }),
    });
    fc.assert(
      fc.property(fc.array(entry, { minLength: 40, maxLength: 60 }), (differences) => {
        const fade = new Fade([{ acceleration: 20, jerk: 500 }]);
        let now = 0;
        for (const { d, v, a } of differences) {
          const [q0, v0, a0] = added(fade, now);
          const old = [q0 + d, v0 + v, a0 + a].map((value) => Float64Array.of(value));
          fade.start(now, 0.15, ...(old as [Float64Array, Float64Array, Float64Array]));
          for (let i = 0; i < 13; i++) {
            expect(Math.abs(added(fade, now)[0])).toBeLessThan(2);
            now += 0.01;
          }
        }
      }),
    );
  });

  it('carries on no acceleration that the joint cannot have', () => {
    const fade = begin({ acceleration: 20, jerk: 500 }, 0, 0, 300);
    expect(added(fade, 10)[2]).toBeCloseTo(20, 9);
    expect(Math.abs(added(fade, 10.08)[0])).toBeLessThan(0.02);
  });

  it('adds nothing with no duration, and after it was cleared', () => {
    const fade = new Fade([FREE]);
    fade.start(0, 0, Float64Array.of(1), Float64Array.of(1), Float64Array.of(1));
    expect(added(fade, 0)).toEqual([0, 0, 0]);
    const other = begin(FREE, 1, 0, 0);
    other.clear();
    expect(added(other, 10.1)).toEqual([0, 0, 0]);
  });
});
