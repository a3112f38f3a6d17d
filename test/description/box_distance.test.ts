/** Distances from boxes: below the true ones, smooth, and with a way out from inside. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type Box, boxCorners, boxDistance, newBox } from '../../src/description/box_distance.js';
import { newDistance } from '../../src/description/distance.js';
import type { Vector3 } from '../../src/description/robot_description.js';

const coordinate = fc.double({ min: -0.4, max: 0.4, noNaN: true });
const point: fc.Arbitrary<Vector3> = fc.tuple(coordinate, coordinate, coordinate);
const radius = fc.double({ min: 0, max: 0.06, noNaN: true });
const capsule = fc
  .tuple(point, fc.oneof({ weight: 4, arbitrary: point }, fc.constant(undefined)), radius)
  .map(([a, b, r]) => Float64Array.of(...a, ...(b ?? a), r));
const edge = fc.double({ min: 0.02, max: 0.4, noNaN: true });
const angle = fc.double({ min: -3, max: 3, noNaN: true });
const turn = fc.oneof(fc.tuple(angle, angle, angle), fc.constant<Vector3>([0, 0, 0]));
const box = fc
  .tuple(point, fc.tuple(edge, edge, edge), turn)
  .map(([center, size, rpy]) => newBox(center, size, rpy));

const along = (c: Float64Array, s: number): Vector3 => [
  (c[0] ?? 0) + s * ((c[3] ?? 0) - (c[0] ?? 0)),
  (c[1] ?? 0) + s * ((c[4] ?? 0) - (c[1] ?? 0)),
  (c[2] ?? 0) + s * ((c[5] ?? 0) - (c[2] ?? 0)),
];
const span = (c: Float64Array) => Math.hypot(...along(c, 1).map((x, i) => x - (c[i] ?? 0)));

/** Coordinates of a point along the box's axes, from its middle. */
function local({ center, axes }: Box, p: Vector3): number[] {
  return axes.map((axis) =>
    axis.reduce((sum, x, i) => sum + x * ((p[i] ?? 0) - (center[i] ?? 0)), 0),
  );
}

/** Plain distance of a point; minus its depth inside. */
function plain(where: Box, p: Vector3): number {
  const out = local(where, p).map((x, i) => Math.abs(x) - (where.half[i] ?? 0));
  const outside = Math.hypot(...out.map((x) => Math.max(x, 0)));
  return outside > 0 ? outside : Math.max(...out);
}

/** Least of a convex function over [0, 1], by thirds. */
function least(f: (s: number) => number): number {
  let low = 0;
  let high = 1;
  for (let i = 0; i < 90; i++) {
    const a = low + (high - low) / 3;
    const b = high - (high - low) / 3;
    if (f(a) < f(b)) high = b;
    else low = a;
  }
  return Math.min(f((low + high) / 2), f(0), f(1));
}

const axisDistance = (c: Float64Array, where: Box) => least((s) => plain(where, along(c, s)));

describe('the smooth distance from a box', () => {
  it('is never above the true one, inside neither, and below it by at most 0.25 % of the length', () => {
    const result = newDistance();
    let inside = 0;
    fc.assert(
      fc.property(capsule, box, (one, where) => {
        const exact = axisDistance(one, where) - (one[6] ?? 0);
        if (exact < -(one[6] ?? 0)) inside++;
        boxDistance(one, 0, where, result);
        expect(result.value).toBeLessThanOrEqual(exact + 1e-9);
        expect(result.value).toBeGreaterThanOrEqual(exact - 0.0025 * span(one) - 1e-9);
      }),
      { numRuns: 1000 },
    );
    expect(inside).toBeGreaterThan(50);
  });

  it('is never above the distance from any corner', () => {
    const result = newDistance();
    fc.assert(
      fc.property(capsule, box, (one, where) => {
        boxDistance(one, 0, where, result);
        const corners = boxCorners(where);
        expect(new Set(corners.map(String)).size).toBe(8);
        for (const corner of corners) {
          const apart = (s: number) =>
            Math.hypot(...along(one, s).map((x, i) => x - (corner[i] ?? NaN)));
          expect(result.value).toBeLessThanOrEqual(least(apart) - (one[6] ?? 0) + 1e-9);
        }
      }),
      { numRuns: 100 },
    );
  });

  it('names a point on the axis and the point of the box nearest to it, in unit direction g', () => {
    const result = newDistance();
    fc.assert(
      fc.property(capsule, box, (one, where) => {
        boxDistance(one, 0, where, result);
        const { px, py, pz, qx, qy, qz, gx, gy, gz } = result;
        expect(
          least((s) => Math.hypot(...along(one, s).map((x, i) => x - ([px, py, pz][i] ?? NaN)))),
        ).toBeLessThan(1e-9);
        expect(Math.hypot(gx, gy, gz)).toBeCloseTo(1, 9);
        expect(plain(where, [qx, qy, qz])).toBeCloseTo(0, 9);
        const depth = plain(where, [px, py, pz]);
        expect(px - qx).toBeCloseTo(depth * gx, 9);
        expect(py - qy).toBeCloseTo(depth * gy, 9);
        expect(pz - qz).toBeCloseTo(depth * gz, 9);
      }),
      { numRuns: 300 },
    );
  });

  it('changes at the rate that it says, as long as the axis is outside', () => {
    const [here, there, back] = [newDistance(), newDistance(), newDistance()];
    fc.assert(
      fc.property(capsule, box, point, point, (one, where, shift, spin) => {
        fc.pre(axisDistance(one, where) > 0.005);
        boxDistance(one, 0, where, here);
        // A rigid motion: a shift and a turn about the origin.
        const h = 1e-6;
        const velocity = (p: Vector3): Vector3 => [
          shift[0] + spin[1] * p[2] - spin[2] * p[1],
          shift[1] + spin[2] * p[0] - spin[0] * p[2],
          shift[2] + spin[0] * p[1] - spin[1] * p[0],
        ];
        const moved = (by: number) =>
          Float64Array.of(
            ...[0, 1].flatMap((end) => {
              const p = along(one, end);
              return velocity(p).map((v, i) => (p[i] ?? 0) + by * v);
            }),
            one[6] ?? 0,
          );
        boxDistance(moved(h), 0, where, there);
        boxDistance(moved(-h), 0, where, back);
        const [x, y, z] = velocity([here.px, here.py, here.pz]);
        const rate = here.gx * x + here.gy * y + here.gz * z;
        expect(Math.abs((there.value - back.value) / (2 * h) - rate)).toBeLessThan(1e-4);
      }),
      { numRuns: 500 },
    );
  });

  it('has no kink where a capsule turns past parallel to a face', () => {
    const where = newBox([0, 0, 0], [0.5, 0.5, 0.5], [0, 0, 0]);
    const [before, after] = [newDistance(), newDistance()];
    const turned = (a: number) =>
      Float64Array.of(
        ...[-0.1 * Math.cos(a), 0, 0.3 - 0.1 * Math.sin(a)],
        ...[0.1 * Math.cos(a), 0, 0.3 + 0.1 * Math.sin(a)],
        0.02,
      );
    let widest = 0;
    for (let i = -2000; i < 2000; i++) {
      boxDistance(turned(i * 1e-5), 0, where, before);
      boxDistance(turned((i + 1) * 1e-5), 0, where, after);
      widest = Math.max(widest, Math.abs(after.px - before.px));
    }
    // In the plain distance, the nearest point jumps by 0.2 m.
    expect(widest).toBeLessThan(0.001);
  });

  it('leads out of the box: a way along g by the depth leaves that point outside', () => {
    const result = newDistance();
    let deepest = 0;
    fc.assert(
      fc.property(box, fc.tuple(edge, edge, edge), radius, (where, share, r) => {
        const p = where.axes.reduce<readonly number[]>(
          (sum, axis, i) =>
            sum.map(
              (x, k) => x + (axis[k] ?? 0) * (where.half[i] ?? 0) * (5 * (share[i] ?? 0) - 1.05),
            ),
          where.center,
        );
        boxDistance(Float64Array.of(...p, ...p, r), 0, where, result);
        const { value, gx, gy, gz } = result;
        fc.pre(value < -r);
        deepest = Math.min(deepest, value);
        const depth = -value - r + 1e-9;
        const [x = 0, y = 0, z = 0] = p;
        const out = plain(where, [x + depth * gx, y + depth * gy, z + depth * gz]);
        expect(out).toBeGreaterThan(0);
        expect(out).toBeLessThan(1e-8);
      }),
      { numRuns: 300 },
    );
    expect(deepest).toBeLessThan(-0.05);
  });

  it('is finite, with a direction, from the very middle, along an edge and through a corner', () => {
    const where = newBox([0, 0, 0], [0.2, 0.2, 0.2], [0, 0, 0]);
    const result = newDistance();
    for (const one of [
      [0, 0, 0, 0, 0, 0, 0.01],
      [-0.5, 0, 0, 0.5, 0, 0, 0.01],
      [-0.5, 0.1, 0.1, 0.5, 0.1, 0.1, 0.01],
      [-0.3, -0.3, -0.3, 0.3, 0.3, 0.3, 0],
      [0.1, 0.1, 0.1, 0.1, 0.1, 0.1, 0],
    ]) {
      boxDistance(Float64Array.from(one), 0, where, result);
      expect(Object.values(result).every(Number.isFinite)).toBe(true);
      expect(Math.hypot(result.gx, result.gy, result.gz)).toBeCloseTo(1, 12);
      expect(result.value).toBeLessThanOrEqual(0);
    }
    boxDistance(Float64Array.of(0, 0, 0, 0, 0, 0, 0.01), 0, where, result);
    expect(result.value).toBeCloseTo(-0.11, 12);
  });

  it('reads a capsule at any place of a block', () => {
    const result = newDistance();
    const block = Float64Array.of(9, 9, 9, 9, 9, 9, 9, 0.3, 0, 0, 0.5, 0, 0, 0.05);
    boxDistance(block, 7, newBox([0, 0, 0], [0.2, 0.2, 0.2], [0, 0, 0]), result);
    expect(result.value).toBeCloseTo(0.15, 9);
    expect([result.gx, result.px, result.qx]).toEqual([1, 0.3, expect.closeTo(0.1, 12)]);
  });
});
