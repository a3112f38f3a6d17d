/** The energy budget in the filter: what it scales, how it brakes, and what it books. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { SafetyFilter } from '../../src/safety/filter.js';
import { Band, Reason } from '../../src/safety/reasons.js';

const LIMITS = ['a', 'b'].map((name) => ({
  name,
  lower: -3,
  upper: 3,
  velocity: 2,
  acceleration: 10,
  deceleration: 10,
  jerk: 200,
}));
const H = 0.01;
const of = (...values: number[]) => Float64Array.of(...values);
const UNKNOWN = of(Number.NaN, Number.NaN);

function start(budget: number, refill: number): SafetyFilter {
  const filter = new SafetyFilter(LIMITS, { energy: { budget, refill } });
  expect(filter.start(of(-2.5, 0))).toEqual({ ready: true });
  return filter;
}

/** A target that goes on at 1.5 rad/s and accelerates gently to it. */
function target(k: number): number {
  const t = k * H;
  return -2.5 + (t < 1 ? 1.5 * (t ** 3 - t ** 4 / 2) : 0.75 + 1.5 * (t - 1));
}

/** Follows the target for `ticks` ticks; speeds of the first joint. */
function follow(filter: SafetyFilter, ticks: number, effort: Float64Array, from = 0): number[] {
  return Array.from({ length: ticks }, (_, i) => {
    filter.follow(H, of(target(from + i + 1), 0), UNKNOWN, effort);
    return filter.velocity[0] ?? Number.NaN;
  });
}

describe('the energy budget of the filter', () => {
  it('changes nothing while it lasts, to the bit', () => {
    const limited = start(100, 0);
    const free = new SafetyFilter(LIMITS);
    free.start(of(-2.5, 0));
    expect(follow(limited, 200, of(5, 1))).toEqual(follow(free, 200, of(5, 1)));
  });

  it('brings a joint down to half of what flows in without swinging through, until the rest has paid for that', () => {
    const filter = start(3, 2);
    follow(filter, 120, of(0, 0));
    const speeds = follow(filter, 600, of(20, 0), 120);
    const braked = speeds.findIndex((speed) => speed < 0.05);
    expect(braked).toBeGreaterThan(0);
    expect(Math.min(...speeds)).toBeGreaterThanOrEqual(0);
    // From then on it goes at 1 W, and from some time on gently up to 2 W.
    for (const speed of speeds.slice(braked + 10, braked + 100)) expect(speed).toBeCloseTo(0.05, 9);
    for (const [i, speed] of speeds.slice(braked + 11).entries()) {
      expect(speed).toBeGreaterThanOrEqual((speeds[braked + 10 + i] ?? 0) - 1e-12);
    }
    expect(20 * (speeds.at(-1) ?? 0)).toBeCloseTo(2, 2);
    expect(filter.energy).toBe(0);
    const out = speeds.reduce((sum, speed) => sum + 20 * speed * H, 0);
    expect(out / (3 + 2 * 600 * H)).toBeCloseTo(1, 2);
  });

  it('says that it was the energy, for the joints it slowed', () => {
    const filter = start(1e-3, 0);
    const wanted = of(target(60), 0.01);
    let command = filter.follow(H, wanted, UNKNOWN, of(50, 50));
    for (let i = 0; i < 5; i++) command = filter.follow(H, wanted, UNKNOWN, of(50, 50));
    expect([...(command?.reasons ?? [])]).toEqual([Reason.energy, Reason.energy]);
    expect(command?.band).toBe(Band.limit);
    expect([...(command?.desired ?? [])]).toEqual([...wanted]);
  });

  it.each([
    ['no efforts are given', undefined],
    ['one of them is no number', of(1, Number.NaN)],
    ['there are too few', of(1)],
  ])('stops when %s', (_, effort) => {
    const filter = start(100, 1);
    follow(filter, 120, of(0, 0));
    const least = 1.5 / 10 + 10 / 200;
    for (let i = 0; i <= Math.ceil(least / H) + 3; i++) {
      filter.follow(H, of(target(120 + i), 0), UNKNOWN, effort);
    }
    expect(filter.velocity[0]).toBe(0);
    expect(filter.energy).toBe(0);
  });

  it('lets a joint go on that gives way', () => {
    const filter = start(1e-6, 0);
    const speeds = follow(filter, 120, of(-5, 0));
    expect(speeds.at(-1)).toBeCloseTo(1.5, 6);
    expect(filter.energy).toBe(1e-6);
  });

  it('books stops as well: of what is asked for, of what is rejected, of an e-stop', () => {
    const stops: ((filter: SafetyFilter, effort: Float64Array) => unknown)[] = [
      (filter, effort) => filter.stop(H, 'joint', UNKNOWN, effort),
      (filter, effort) => filter.stop(H, 'path', UNKNOWN, effort),
      (filter, effort) => filter.follow(H, of(Number.NaN, 0), UNKNOWN, effort),
      (filter, effort) => {
        filter.engage();
        return filter.follow(H, of(0, 0), UNKNOWN, effort);
      },
    ];
    for (const stop of stops) {
      const filter = start(10, 0.5);
      follow(filter, 120, of(0, 0));
      stop(filter, of(20, 0));
      const spent = 10 - (20 * (filter.velocity[0] ?? Number.NaN) - 0.5) * H;
      expect(filter.energy).toBeCloseTo(spent, 9);
    }
  });

  it('fills again at rest, and is full at a new start', () => {
    const filter = start(1, 2);
    follow(filter, 120, of(0, 0));
    follow(filter, 80, of(30, 0), 120);
    expect(filter.energy).toBe(0);
    // At most 1 J is owed, and 1 J to be filled, by 2 W.
    const levels = Array.from({ length: 120 }, () => {
      filter.stop(H, 'joint', UNKNOWN, of(0, 0));
      return filter.energy;
    });
    expect(levels.at(-1)).toBe(1);
    for (const [i, level] of levels.slice(1).entries()) {
      expect(level).toBeCloseTo(Math.max(0, Math.min(1, (levels[i] ?? 0) + 2 * H)), 1);
      expect(level).toBeGreaterThanOrEqual(levels[i] ?? 0);
    }
    filter.release();
    expect(filter.start(of(0, 0))).toEqual({ ready: true });
    expect(filter.energy).toBe(1);
  });

  it('books nothing for a tick without a period', () => {
    const filter = start(1, 2);
    follow(filter, 120, of(0, 0));
    follow(filter, 80, of(30, 0), 120);
    const before = filter.energy;
    filter.follow(0, of(0, 0), UNKNOWN, of(0, 0));
    filter.stop(-1, 'joint', UNKNOWN, of(0, 0));
    expect(filter.energy).toBe(before);
  });

  it('keeps the limits whatever efforts and targets come', () => {
    const number = fc.oneof(
      fc.constantFrom(Number.NaN, 1e308, -Infinity),
      fc.integer({ min: -40, max: 40 }),
    );
    const ticks = fc.array(
      fc.tuple(number, number, fc.integer({ min: -4, max: 4 }), fc.integer({ min: 1, max: 3 })),
      { maxLength: 60 },
    );
    fc.assert(
      fc.property(ticks, (steps) => {
        const filter = start(0.5, 0.1);
        for (const [first, second, goal, scale] of steps) {
          const before = [...filter.acceleration];
          const h = H * scale;
          filter.follow(h, of(goal, -goal), UNKNOWN, of(first, second));
          for (let i = 0; i < 2; i++) {
            const a = filter.acceleration[i] ?? Number.NaN;
            expect(Math.abs(filter.velocity[i] ?? Number.NaN)).toBeLessThanOrEqual(2 + 1e-9);
            expect(Math.abs(a)).toBeLessThanOrEqual(10 * (1 + 1e-6));
            expect(Math.abs(a - (before[i] ?? 0))).toBeLessThanOrEqual(200 * h * (1 + 1e-6));
            expect(Math.abs(filter.position[i] ?? Number.NaN)).toBeLessThanOrEqual(3);
          }
          expect(filter.energy).toBeGreaterThanOrEqual(0);
        }
      }),
    );
  });
});
