/** Distances of a robot that can be done in the head, and how they change with its joints. */
import { describe, expect, it } from 'vitest';
import type { SceneShape } from '../../src/description/collision_model.js';
import { Clearances } from '../../src/safety/internal/clearances.js';
import { Reason } from '../../src/safety/reasons.js';
import { drive, gantry, gantryLimits } from './gantry.js';

const WALL: SceneShape = {
  name: 'wall',
  type: 'half_space',
  normal: [-1, 0, 0],
  offset: -0.4,
  links: ['ball'],
};

describe('clearances', () => {
  it('are kept where no link is a tool', () => {
    const filter = gantry(gantryLimits([WALL], { tools: [] }));
    drive(filter, [1, 0, 0], 400);
    expect(filter.position[0]).toBeLessThanOrEqual(0.36);
    expect(filter.position[0]).toBeGreaterThan(0.35);
  });

  it('tell distances, and gradients that differences of them agree with', () => {
    const clearances = new Clearances(gantryLimits([WALL]));
    const q = Float64Array.of(0.1, 0.2, -0.3);
    const gradient = new Float64Array(3);
    expect(clearances.count).toBe(2);
    for (let k = 0; k < clearances.count; k++) {
      const self = clearances.reasons[k] === Reason.selfCollision;
      clearances.place(q);
      const expected = self ? Math.hypot(0.1 + 0.3 - 0.5, 0.2) - 0.04 : 0.4 - 0.1 - 0.02;
      expect(clearances.measure(k)).toBeCloseTo(expected, 9);
      clearances.gradient(k, gradient);
      for (let i = 0; i < 3; i++) {
        const [before, after] = [-1e-6, 1e-6].map((step) => {
          clearances.place(q.map((value, j) => (j === i ? value + step : value)));
          return clearances.measure(k);
        });
        expect(gradient[i]).toBeCloseTo(((after ?? 0) - (before ?? 0)) / 2e-6, 6);
      }
    }
  });

  it('tell the speed of a tool centre, which has no direction while it stands still', () => {
    const clearances = new Clearances(gantryLimits([WALL]));
    const gradient = new Float64Array(3).fill(Number.NaN);
    clearances.place(new Float64Array(3));
    expect(clearances.toolSpeed(0, Float64Array.of(9, 0.3, -0.4, 9), 1, gradient)).toBeCloseTo(0.5);
    expect([...gradient]).toEqual([0.6, -0.8, 0].map((value) => expect.closeTo(value, 9)));
    expect(clearances.toolSpeed(0, new Float64Array(3), 0, gradient)).toBe(0);
    expect([...gradient]).toEqual([0, 0, 0]);
  });

  it('tell how far each joint moves anything at most', () => {
    expect([...new Clearances(gantryLimits([WALL])).farthest()]).toEqual([1, 1, 1]);
  });
});
