/** Several joints together: one direction of motion where that is asked for. */
import { describe, expect, it } from 'vitest';
import { SafetyFilter } from '../../src/safety/filter.js';
import { Band, Reason } from '../../src/safety/reasons.js';

const LIMITS = ['a', 'b', 'c'].map((name) => ({
  name,
  lower: -2,
  upper: 2,
  velocity: 1,
  acceleration: 5,
  jerk: 100,
}));
const UNKNOWN = new Float64Array(3).fill(Number.NaN);

function started(synchronise: boolean): SafetyFilter {
  const filter = new SafetyFilter(LIMITS, { synchronise });
  expect(filter.start(new Float64Array(3))).toEqual({ ready: true });
  return filter;
}

describe('synchronised joints', () => {
  it('stay on the straight line to a target that is out of reach of one tick', () => {
    const filter = started(true);
    const target = Float64Array.of(1.2, -0.4, 0);
    const reasons = new Set<number>();
    for (let i = 0; i < 400; i++) {
      const command = filter.follow(0.01, target, UNKNOWN);
      const [a = 0, b = 0, c = 0] = command?.positions ?? [];
      expect(Math.abs(b + a / 3)).toBeLessThan(1e-6);
      expect(c).toBe(0);
      for (const reason of command?.reasons ?? []) reasons.add(reason);
    }
    expect([...filter.position]).toEqual([1.2, -0.4, 0].map((value) => expect.closeTo(value, 9)));
    expect(reasons).toContain(Reason.synchronised);
  });

  it('pass what none of them needs limited, to the bit', () => {
    const filter = started(true);
    for (let i = 1; i <= 200; i++) {
      const t = i * 0.01;
      const wave = 0.05 * (1 - Math.exp(-(t ** 3))) * Math.sin(2 * t);
      const target = Float64Array.of(wave, -wave / 2, 0);
      const command = filter.follow(0.01, target, UNKNOWN);
      expect(command?.band).toBe(Band.pass);
      expect([...filter.position]).toEqual([...target]);
    }
  });

  it('arrive one by one where they are not asked to keep together', () => {
    const filter = started(false);
    const target = Float64Array.of(1.2, -0.4, 0);
    for (let i = 0; i < 60; i++) filter.follow(0.01, target, UNKNOWN);
    const [a = 0, b = 0] = filter.position;
    expect(b).toBeLessThan(-0.3);
    expect(Math.abs(b + a / 3)).toBeGreaterThan(0.05);
  });
});

describe('a filter without limits in space', () => {
  it('takes their settings for nothing', () => {
    const filter = started(false);
    filter.toolSpeed = 0.1;
    filter.barrier = { gain: 1, selfMargin: 0.1, sceneMargin: 0.1 };
    expect(filter.clearances).toEqual([]);
    expect(filter.energy).toBeNaN();
    for (let i = 0; i < 60; i++) filter.follow(0.01, Float64Array.of(1, 0, 0), UNKNOWN);
    expect(filter.velocity[0]).toBeCloseTo(1, 6);
  });

  it.each([
    [0.5, 0.5],
    [2, 1],
    [0, 0],
    [-1, 0],
    [Number.NaN, 0],
  ])('scaled by %f goes at most at %f of its speed', (scale, speed) => {
    const filter = started(false);
    filter.speedScale = scale;
    for (let i = 0; i < 80; i++) filter.follow(0.01, Float64Array.of(1.9, 0, 0), UNKNOWN);
    expect(filter.velocity[0]).toBeCloseTo(speed, 6);
  });
});
