/** The workspace as half-spaces: a point in it, or the certainty that there is none. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { pointInside, workspaceSides } from '../../src/control/workspace.js';
import type { HalfSpace } from '../../src/safety/options.js';

type Vector = [number, number, number];
const number = fc.double({ min: -1, max: 1, noNaN: true });
const vector = fc.tuple(number, number, number);
const normal = vector.filter((n) => Math.hypot(...n) > 0.1);

function sides(...planes: [Vector, number][]): HalfSpace[] {
  return workspaceSides({
    half_spaces: planes.map(([n, offset], i) => ({ name: `plane ${i}`, normal: n, offset })),
  });
}

function height({ normal: [x, y, z], offset }: HalfSpace, p: readonly number[]): number {
  return x * (p[0] ?? 0) + y * (p[1] ?? 0) + z * (p[2] ?? 0) - offset;
}

describe('a workspace', () => {
  it('of a box holds exactly the points between its corners', () => {
    const box = workspaceSides({ box: { min: [-1, 0, 1], max: [1, 2, 3] }, half_spaces: [] });
    expect(box).toHaveLength(6);
    const inside = (p: Vector) => box.every((side) => height(side, p) >= 0);
    fc.assert(
      fc.property(fc.tuple(number, number, number), ([x, y, z]) => {
        const p: Vector = [2 * x, 1 + 2 * y, 2 + 2 * z];
        expect(inside(p)).toBe(Math.max(Math.abs(x), Math.abs(y), Math.abs(z)) <= 0.5);
      }),
    );
  });

  it('takes a normal of any length for its direction', () => {
    expect(sides([[0, 0, 5], 0.2])[0]).toMatchObject({ normal: [0, 0, 1], offset: 0.2 });
  });

  it('that is empty has no point, and one without limits has the origin', () => {
    expect(pointInside([])).toEqual([0, 0, 0]);
    expect(pointInside(sides([[0, 0, 1], 0.5], [[0, 0, -1], -0.4]))).toBeUndefined();
    expect(pointInside(sides([[1, 0, 0], 1], [[-1, 1, 0], 1], [[0, -1, 0], 1]))).toBeUndefined();
    expect(pointInside(sides([[0, 0, 1], 0.5]))).toEqual([0, 0, 0.5]);
  });

  it('that holds a point is never called empty, and what is found lies in it', () => {
    const planes = fc.array(fc.tuple(normal, fc.double({ min: 0, max: 1, noNaN: true })), {
      maxLength: 7,
    });
    fc.assert(
      fc.property(vector, planes, (point, list) => {
        // Every plane has the point on its good side, by a random margin.
        const made = list.map(([n, room]): [Vector, number] => {
          const length = Math.hypot(...n);
          const at = (n[0] * point[0] + n[1] * point[1] + n[2] * point[2]) / length;
          return [n, at - room];
        });
        const found = pointInside(sides(...made));
        expect(found).toBeDefined();
        for (const side of sides(...made)) expect(height(side, found ?? [])).toBeGreaterThan(-1e-8);
        expect(Math.hypot(...(found ?? []))).toBeLessThanOrEqual(Math.hypot(...point) + 1e-9);
      }),
    );
  });
});
