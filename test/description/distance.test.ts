/** Smooth distances against plain ones found by search, and their slopes against differences. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  CAPSULE_SIZE,
  capsuleDistance,
  halfSpaceDistance,
  newDistance,
  steepestSlope,
  trueCapsuleDistance,
} from '../../src/description/distance.js';

fc.configureGlobal({ seed: 20 });

type Point = readonly [number, number, number];

const length = fc.double({ min: -0.4, max: 0.4, noNaN: true });
const point = fc.tuple(length, length, length);
const radius = fc.double({ min: 0.005, max: 0.06, noNaN: true });
const capsule = fc
  .tuple(point, fc.oneof({ weight: 4, arbitrary: point }, fc.constant(undefined)), radius)
  .map(([a, b, r]) => Float64Array.of(...a, ...(b ?? a), r));
const unit = point
  .filter((p) => Math.hypot(...p) > 0.05)
  .map((p) => p.map((x) => x / Math.hypot(...p)));

const at = (c: Float64Array, s: number): Point => [
  (c[0] ?? 0) + s * ((c[3] ?? 0) - (c[0] ?? 0)),
  (c[1] ?? 0) + s * ((c[4] ?? 0) - (c[1] ?? 0)),
  (c[2] ?? 0) + s * ((c[5] ?? 0) - (c[2] ?? 0)),
];
const span = (c: Float64Array) => separation(at(c, 0), at(c, 1));
const separation = (p: Point, q: Point) => Math.hypot(p[0] - q[0], p[1] - q[1], p[2] - q[2]);

/** Least of a convex function over [0, 1], by thirds. */
function least(f: (s: number) => number): number {
  let low = 0;
  let high = 1;
  for (let i = 0; i < 60; i++) {
    const a = low + (high - low) / 3;
    const b = high - (high - low) / 3;
    if (f(a) < f(b)) high = b;
    else low = a;
  }
  return Math.min(f((low + high) / 2), f(0), f(1));
}

const axisDistance = (one: Float64Array, other: Float64Array) =>
  least((s) => least((t) => separation(at(one, s), at(other, t))));

function shifted(c: Float64Array, by: readonly number[]): Float64Array {
  return c.map((x, i) => (i < 6 ? x + (by[i % 3] ?? 0) : x));
}

describe('the smooth distance of two capsules', () => {
  it('is never above the true one, and below it by no more than it says', () => {
    const result = newDistance();
    fc.assert(
      fc.property(capsule, capsule, (one, other) => {
        const axes = axisDistance(one, other);
        capsuleDistance(one, 0, other, 0, result);
        const radii = (one[6] ?? 0) + (other[6] ?? 0);
        expect(result.value).toBeLessThanOrEqual(axes - radii + 1e-9);
        const most = (1e-3 * (span(one) ** 2 + span(other) ** 2)) / 4;
        if (axes > 0)
          expect(result.value).toBeGreaterThanOrEqual(axes - radii - most / axes - 1e-9);
      }),
      { numRuns: 300 },
    );
  });

  it('names points on the two axes', () => {
    const result = newDistance();
    fc.assert(
      fc.property(capsule, capsule, (one, other) => {
        capsuleDistance(one, 0, other, 0, result);
        const p: Point = [result.px, result.py, result.pz];
        const q: Point = [result.qx, result.qy, result.qz];
        expect(least((s) => separation(at(one, s), p))).toBeLessThan(1e-9);
        expect(least((t) => separation(at(other, t), q))).toBeLessThan(1e-9);
      }),
      { numRuns: 200 },
    );
  });

  it('changes at the rate that it says when a capsule moves', () => {
    const here = newDistance();
    const there = newDistance();
    const back = newDistance();
    fc.assert(
      fc.property(capsule, capsule, unit, (one, other, direction) => {
        capsuleDistance(one, 0, other, 0, here);
        fc.pre(here.value + (one[6] ?? 0) + (other[6] ?? 0) > 0.02);
        const h = 1e-6;
        const moved = (by: number) =>
          shifted(
            one,
            direction.map((x) => by * x),
          );
        capsuleDistance(moved(h), 0, other, 0, there);
        capsuleDistance(moved(-h), 0, other, 0, back);
        const [x = 0, y = 0, z = 0] = direction;
        const rate = here.gx * x + here.gy * y + here.gz * z;
        expect(Math.abs((there.value - back.value) / (2 * h) - rate)).toBeLessThan(1e-3);
      }),
      { numRuns: 500 },
    );
  });

  it('has no kink where the capsules turn past parallel', () => {
    const fixed = Float64Array.of(-0.1, 0, 0, 0.1, 0, 0, 0.02);
    const before = newDistance();
    const after = newDistance();
    let widest = 0;
    for (let i = -2000; i < 2000; i++) {
      const turned = (angle: number) =>
        Float64Array.of(
          ...[-0.1 * Math.cos(angle), -0.1 * Math.sin(angle), 0.1],
          ...[0.1 * Math.cos(angle), 0.1 * Math.sin(angle), 0.1 + 0.05 * Math.sin(angle)],
          0.02,
        );
      capsuleDistance(fixed, 0, turned(i * 1e-5), 0, before);
      capsuleDistance(fixed, 0, turned((i + 1) * 1e-5), 0, after);
      // The nearest points slide along; in the plain distance they would jump by 0.2 m.
      widest = Math.max(widest, Math.abs(after.px - before.px), Math.abs(after.qx - before.qx));
    }
    expect(widest).toBeLessThan(0.01);
  });

  it('is that of spheres and points for capsules without length', () => {
    const result = newDistance();
    const one = Float64Array.of(0, 0, 0, 0, 0, 0, 0.1);
    const other = Float64Array.of(0.3, 0.4, 0, 0.3, 0.4, 0, 0.15);
    capsuleDistance(one, 0, other, 0, result);
    expect(result.value).toBeCloseTo(0.25, 12);
    expect([result.gx, result.gy]).toEqual([expect.closeTo(-0.6, 9), expect.closeTo(-0.8, 9)]);
  });

  it('is negative and without direction when the axes cross', () => {
    const result = newDistance();
    const one = Float64Array.of(-0.1, 0, 0, 0.1, 0, 0, 0.02);
    const other = Float64Array.of(0, -0.1, 0, 0, 0.1, 0, 0.03);
    capsuleDistance(one, 0, other, 0, result);
    expect(result.value).toBeCloseTo(-0.05, 12);
    expect([result.gx, result.gy, result.gz]).toEqual([0, 0, 0]);
  });

  it('reads capsules at any place of a block', () => {
    const block = new Float64Array(3 * CAPSULE_SIZE);
    block.set([0, 0, 0, 0, 0, 0.1, 0.01], CAPSULE_SIZE);
    block.set([0.5, 0, 0, 0.5, 0, 0.1, 0.02], 2 * CAPSULE_SIZE);
    const result = newDistance();
    capsuleDistance(block, CAPSULE_SIZE, block, 2 * CAPSULE_SIZE, result);
    expect(result.value).toBeCloseTo(0.47, 4);
  });
});

describe('the slope of the smooth distance of two capsules', () => {
  const shape = (c: Float64Array) => ({ a: at(c, 0), b: at(c, 1), radius: c[6] ?? NaN });

  it('is at most the steepest one, as long as they do not overlap', () => {
    const result = newDistance();
    fc.assert(
      fc.property(capsule, capsule, (one, other) => {
        capsuleDistance(one, 0, other, 0, result);
        fc.pre(result.value >= 0);
        const slope = Math.hypot(result.gx, result.gy, result.gz);
        expect(slope).toBeLessThanOrEqual(steepestSlope(shape(one), shape(other)) + 1e-12);
      }),
      { numRuns: 300 },
    );
  });

  it('is 1 for spheres, reaches the steepest where crossed capsules touch, and is unbounded for lines', () => {
    const ball = Float64Array.of(0.3, 0, 0, 0.3, 0, 0, 0.01);
    expect(steepestSlope(shape(ball), shape(ball))).toBe(1);
    const one = Float64Array.of(-0.4, 0, 0, 0.4, 0, 0, 0.01);
    const height = 0.02 * steepestSlope(shape(one), shape(one));
    const other = Float64Array.of(0, -0.4, height, 0, 0.4, height, 0.01);
    const result = newDistance();
    capsuleDistance(one, 0, other, 0, result);
    expect(result.value).toBeCloseTo(0, 12);
    expect(Math.abs(result.gz)).toBeCloseTo(steepestSlope(shape(one), shape(other)), 9);
    const line = shape(one.with(6, 0));
    expect(steepestSlope(line, line)).toBe(Number.POSITIVE_INFINITY);
  });
});

describe('the true distance of two capsules', () => {
  it('is the least distance of any of their points', () => {
    fc.assert(
      fc.property(capsule, capsule, (one, other) => {
        const expected = axisDistance(one, other) - (one[6] ?? 0) - (other[6] ?? 0);
        expect(Math.abs(trueCapsuleDistance(one, 0, other, 0) - expected)).toBeLessThan(1e-9);
      }),
      { numRuns: 150 },
    );
  });

  it('is right for parallel, all but parallel, collinear and pointlike capsules', () => {
    const one = Float64Array.of(0, 0, 0, 1, 0, 0, 0.1);
    const against = (...numbers: number[]) =>
      trueCapsuleDistance(one, 0, Float64Array.from([...numbers, 0.2]), 0);
    expect(against(0.5, 1, 0, 2, 1, 0)).toBeCloseTo(0.7, 12);
    expect(against(0.9, 1, 0, 0.1, 1, 1e-9)).toBeCloseTo(0.7, 9);
    expect(against(0.2, 1e-9, 0, 0.8, -1e-9, 0)).toBeCloseTo(-0.3, 8);
    expect(against(1.5, 0, 0, 2, 0, 0)).toBeCloseTo(0.2, 12);
    expect(against(0.5, 0, 0, 2, 0, 0)).toBeCloseTo(-0.3, 12);
    expect(against(0.5, 0, 1, 0.5, 0, 1)).toBeCloseTo(0.7, 12);
    expect(against(3, 0, 0, 3, 0, 0)).toBeCloseTo(1.7, 12);
  });

  it('is that of capsules at any place of a block', () => {
    const block = new Float64Array(3 * CAPSULE_SIZE).fill(7);
    block.set([0, 0, 0, 0, 0, 0.1, 0.01], CAPSULE_SIZE);
    block.set([0.5, 0, 0, 0.5, 0, 0.1, 0.02], 2 * CAPSULE_SIZE);
    expect(trueCapsuleDistance(block, CAPSULE_SIZE, block, 2 * CAPSULE_SIZE)).toBeCloseTo(0.47, 12);
  });
});

describe('the smooth distance from a half-space', () => {
  const offset = fc.double({ min: -0.3, max: 0.3, noNaN: true });

  it('is never above the true one, below it by at most 0.25 % of the length', () => {
    const result = newDistance();
    fc.assert(
      fc.property(capsule, unit, offset, (one, [nx = 0, ny = 0, nz = 0], d) => {
        halfSpaceDistance(one, 0, nx, ny, nz, d, result);
        const height = ([x, y, z]: Point) => nx * x + ny * y + nz * z - d - (one[6] ?? 0);
        const exact = Math.min(height(at(one, 0)), height(at(one, 1)));
        expect(result.value).toBeLessThanOrEqual(exact + 1e-12);
        expect(result.value).toBeGreaterThanOrEqual(exact - 0.0025 * span(one) - 1e-12);
        const foot = nx * result.qx + ny * result.qy + nz * result.qz;
        expect(foot).toBeCloseTo(d, 9);
      }),
      { numRuns: 300 },
    );
  });

  it('changes as the witness point does when an end moves', () => {
    const here = newDistance();
    const there = newDistance();
    const back = newDistance();
    fc.assert(
      fc.property(capsule, unit, offset, unit, (one, [nx = 0, ny = 0, nz = 0], d, way) => {
        fc.pre(span(one) > 0.05);
        halfSpaceDistance(one, 0, nx, ny, nz, d, here);
        const s = separation(at(one, 0), [here.px, here.py, here.pz]) / span(one);
        // Turn about the first end, so that the length stays: move end b across the axis.
        const axis = [3, 4, 5].map((i) => ((one[i] ?? 0) - (one[i - 3] ?? 0)) / span(one));
        const along = axis.reduce((sum, x, i) => sum + x * (way[i] ?? 0), 0);
        const across = way.map((x, i) => x - along * (axis[i] ?? 0));
        const h = 1e-6;
        const moved = (by: number) =>
          one.map((x, i) => (i >= 3 && i < 6 ? x + by * (across[i - 3] ?? 0) : x));
        halfSpaceDistance(moved(h), 0, nx, ny, nz, d, there);
        halfSpaceDistance(moved(-h), 0, nx, ny, nz, d, back);
        const [vx = 0, vy = 0, vz = 0] = across;
        const rate = s * (nx * vx + ny * vy + nz * vz);
        expect(Math.abs((there.value - back.value) / (2 * h) - rate)).toBeLessThan(1e-3);
      }),
      { numRuns: 300 },
    );
  });
});
