/** The filter's single decisions: states, refusals, bands and reasons, stop times. */
import { describe, expect, it } from 'vitest';
import { SafetyFilter } from '../../src/safety/filter.js';
import { Band, REASONS, Reason } from '../../src/safety/reasons.js';

const LIMITS = [
  { name: 'pan', lower: -1, upper: 1, velocity: 2, acceleration: 10, jerk: 200 },
  { name: 'lift', lower: 0, upper: 0.5, velocity: 1, acceleration: 5, jerk: Infinity },
];
const UNKNOWN = new Float64Array(2).fill(Number.NaN);

function running(options = {}): SafetyFilter {
  const filter = new SafetyFilter(LIMITS, options);
  expect(filter.start(Float64Array.of(0, 0.2))).toEqual({ ready: true });
  return filter;
}

describe('the filter', () => {
  it('has no command before it was started', () => {
    const filter = new SafetyFilter(LIMITS);
    expect(filter.state).toBe('idle');
    expect(filter.stop(0.01)).toBeUndefined();
    expect(filter.follow(0.01, Float64Array.of(0, 0), UNKNOWN)).toBeUndefined();
  });

  it('refuses to start from a position that is missing, not finite, or grossly outside', () => {
    const filter = new SafetyFilter(LIMITS);
    expect(filter.start(Float64Array.of(0))).toMatchObject({ ready: false, joint: 1 });
    expect(filter.start(Float64Array.of(Number.NaN, 0))).toMatchObject({ ready: false, joint: 0 });
    expect(filter.start(Float64Array.of(0, 0.61))).toMatchObject({ ready: false, joint: 1 });
    expect(filter.start(Float64Array.of(-1.11, 0))).toMatchObject({ ready: false, joint: 0 });
    expect(filter.start(Float64Array.of(-1 - 0.1, 0.5 + 0.1))).toEqual({ ready: true });
    const refusal = filter.start(Float64Array.of(9, 0));
    expect(refusal.ready ? '' : refusal.why).toContain('"pan" is at 9');
  });

  it('refuses to start while it still moves', () => {
    const filter = running();
    for (let i = 0; i < 5; i++) filter.follow(0.01, Float64Array.of(1, 0.2), UNKNOWN);
    filter.release();
    expect(filter.start(Float64Array.of(0, 0))).toMatchObject({ ready: false });
    for (let i = 0; i < 200; i++) filter.stop(0.01);
    expect(filter.start(filter.position)).toEqual({ ready: true });
  });

  it('starts at rest where the robot is', () => {
    const filter = running();
    expect([...filter.position]).toEqual([0, 0.2]);
    expect([...filter.velocity]).toEqual([0, 0]);
    expect([...filter.acceleration]).toEqual([0, 0]);
    expect(filter.atRest).toBe(true);
  });

  it('tells in which band it put a command, and why, joint by joint', () => {
    const filter = running();
    const pass = filter.follow(0.01, Float64Array.of(0, 0.2), UNKNOWN);
    expect(pass?.band).toBe(Band.pass);
    expect([...(pass?.reasons ?? [])]).toEqual([Reason.none, Reason.none]);
    const limit = filter.follow(0.01, Float64Array.of(0.5, 0.2), UNKNOWN);
    expect(limit?.band).toBe(Band.limit);
    expect([...(limit?.reasons ?? [])]).toEqual([Reason.jerk, Reason.none]);
    expect([...(limit?.desired ?? [])]).toEqual([0.5, 0.2]);
    const reject = filter.follow(0.01, Float64Array.of(0.5, Number.NaN), UNKNOWN);
    expect(reject?.band).toBe(Band.reject);
    expect([...(reject?.reasons ?? [])]).toEqual([Reason.notFinite, Reason.notFinite]);
  });

  it('names acceleration, velocity, position and the way back as reasons in their turn', () => {
    const seen = new Set<number>();
    const filter = running();
    for (let i = 0; i < 300; i++) {
      const command = filter.follow(0.01, Float64Array.of(0.999, 0.45), UNKNOWN);
      seen.add(command?.reasons[0] ?? -1);
    }
    for (let i = 0; i < 300; i++) {
      const command = filter.follow(0.01, Float64Array.of(-1.3, 0.45), UNKNOWN);
      seen.add(command?.reasons[0] ?? -1);
    }
    for (const reason of ['jerk', 'acceleration', 'velocity', 'catchUp', 'position'] as const) {
      expect(seen, reason).toContain(Reason[reason]);
    }
    expect(filter.position[0]).toBe(-1);
  });

  it('says that a joint is outside while it comes in from there', () => {
    const filter = new SafetyFilter(LIMITS);
    filter.start(Float64Array.of(-1.05, 0.55));
    const command = filter.follow(0.01, Float64Array.of(0, 0.3), UNKNOWN);
    expect([...(command?.reasons ?? [])]).toEqual([Reason.outside, Reason.outside]);
    for (let i = 0; i < 300; i++) filter.follow(0.01, Float64Array.of(0, 0.3), UNKNOWN);
    expect([...filter.position]).toEqual([0, 0.3]);
  });

  it('rejects a command that must be in another unit, and one for other joints', () => {
    for (const target of [Float64Array.of(45, 0.2), Float64Array.of(0, -40), Float64Array.of(0)]) {
      const command = running().follow(0.01, target, UNKNOWN);
      expect(command?.band).toBe(Band.reject);
      expect([...(command?.positions ?? [])]).toEqual([0, 0.2]);
    }
  });

  it('brakes when a joint does not follow, if that is watched', () => {
    const filter = running({ followingError: 0.05 });
    const near = filter.follow(0.01, Float64Array.of(0, 0.2), Float64Array.of(0.05, 0.2));
    expect(near?.band).toBe(Band.pass);
    const far = filter.follow(0.01, Float64Array.of(0, 0.2), Float64Array.of(0, 0.26));
    expect(far?.reasons[0]).toBe(Reason.followingError);
    const unknown = filter.follow(0.01, Float64Array.of(0, 0.2), UNKNOWN);
    expect(unknown?.band).toBe(Band.pass);
  });

  it('follows no more commands once released or stopped by the e-stop, until a new start', () => {
    for (const end of ['release', 'engage'] as const) {
      const filter = running();
      for (let i = 0; i < 5; i++) filter.follow(0.01, Float64Array.of(1, 0.5), UNKNOWN);
      filter[end]();
      for (let i = 0; i < 200; i++) filter.follow(0.01, Float64Array.of(1, 0.5), UNKNOWN);
      expect(filter.atRest).toBe(true);
      expect(filter.position[0]).toBeLessThan(0.1);
      filter.reset();
      expect(filter.state).toBe('idle');
      filter.follow(0.01, Float64Array.of(1, 0.5), UNKNOWN);
      expect(filter.atRest).toBe(true);
      expect(filter.start(filter.position)).toEqual({ ready: true });
    }
  });

  it('says why it does not start', () => {
    const why = (filter: SafetyFilter): string => {
      const verdict = filter.start(Float64Array.of(0, 0.2));
      expect(verdict).toMatchObject({ ready: false, joint: -1, clearance: -1 });
      return verdict.ready ? '' : verdict.why;
    };
    const stopped = running();
    stopped.engage();
    expect(why(stopped)).toContain('e-stop');
    const moving = running();
    moving.follow(0.01, Float64Array.of(1, 0.2), UNKNOWN);
    expect(why(moving)).toContain('rest');
  });

  it('repeats its command, following or stopping, when the time of a tick is none', () => {
    for (const period of [0, -1, Number.NaN, 9e-6]) {
      const filter = running();
      for (let i = 0; i < 5; i++) filter.follow(0.01, Float64Array.of(1, 0.5), UNKNOWN);
      const before = [...filter.position, ...filter.velocity];
      for (const command of [
        filter.follow(period, Float64Array.of(1, 0.5), UNKNOWN),
        filter.stop(period),
      ]) {
        expect(command?.band).toBe(Band.reject);
        expect(command?.period).toBe(0);
        expect([...(command?.reasons ?? [])]).toEqual([Reason.period, Reason.period]);
        expect([...filter.position, ...filter.velocity]).toEqual(before);
      }
    }
    expect(running().stop(1e-5)?.period).toBe(1e-5);
  });

  it('stops each joint by itself, and along the path only when asked', () => {
    const ticksOf = (stop: (filter: SafetyFilter) => void): number => {
      const filter = running();
      for (let i = 0; i < 12; i++) filter.follow(0.01, Float64Array.of(1, 0.5), UNKNOWN);
      let count = 0;
      while (Math.abs(filter.velocity[1] ?? 0) > 1e-3) {
        stop(filter);
        count++;
      }
      return count;
    };
    const ticks = (kind?: 'path' | 'joint'): number => ticksOf((filter) => filter.stop(0.01, kind));
    expect(ticks()).toBe(ticks('joint'));
    const rejected = (filter: SafetyFilter) => filter.follow(0.01, UNKNOWN, UNKNOWN);
    expect(ticksOf(rejected)).toBe(ticks('joint'));
    const released = (filter: SafetyFilter): void => {
      filter.release();
      filter.follow(0.01, Float64Array.of(1, 0.5), UNKNOWN);
    };
    expect(ticksOf(released)).toBe(ticks('joint'));
    // The other joint, which jerk keeps from stopping so soon, holds it up.
    expect(ticks('path')).toBeGreaterThan(ticks('joint'));
  });

  it('tells with every command where the robot was measured to be, and what is near', () => {
    const filter = running();
    const followed = filter.follow(0.01, Float64Array.of(0, 0.2), Float64Array.of(0.01, 0.21));
    expect([...(followed?.measured ?? [])]).toEqual([0.01, 0.21]);
    expect([followed?.clearance, followed?.nearest]).toEqual([Number.POSITIVE_INFINITY, -1]);
    const stopped = filter.stop(0.01);
    expect([...(stopped?.measured ?? [])]).toEqual([Number.NaN, Number.NaN]);
  });

  it('takes a share of the speed for what is no share as none or as all of it', () => {
    const fastest = (scale: number): number => {
      const filter = running();
      filter.speedScale = scale;
      let most = 0;
      for (let i = 0; i < 100; i++) {
        filter.follow(0.01, Float64Array.of(1, 0.2), UNKNOWN);
        most = Math.max(most, filter.velocity[0] ?? 0);
      }
      return most;
    };
    expect(fastest(Number.NaN)).toBe(0);
    expect(fastest(-1)).toBe(0);
    expect(fastest(0.25)).toBeCloseTo(0.5, 3);
    expect(fastest(7)).toBe(fastest(1));
  });

  it('does nothing on reset or release in a state that has no use for them', () => {
    const filter = running();
    filter.reset();
    expect(filter.state).toBe('running');
    filter.engage();
    filter.release();
    expect(filter.state).toBe('e_stop');
    filter.reset();
    expect(filter.state).toBe('idle');
  });

  it('moves a continuous joint through any angle', () => {
    const wheel = { ...LIMITS[0], name: 'wheel', lower: -Infinity, upper: Infinity };
    const filter = new SafetyFilter([wheel as (typeof LIMITS)[0]]);
    filter.start(Float64Array.of(100));
    for (let i = 0; i < 2000; i++) {
      filter.follow(0.01, Float64Array.of(110), Float64Array.of(Number.NaN));
    }
    expect(filter.position[0]).toBe(110);
  });

  it('tells with every command how much energy there is for it', () => {
    const plain = running().follow(0.01, Float64Array.of(0, 0.2), UNKNOWN);
    expect(plain?.energy).toBeNaN();
    const filter = running({ energy: { budget: 2, refill: 0 } });
    const effort = Float64Array.of(1, 0);
    let left = 2;
    for (let i = 1; i <= 20; i++) {
      const command = filter.follow(0.01, Float64Array.of(0.01 * i, 0.2), UNKNOWN, effort);
      expect(command?.energy).toBeCloseTo(left, 9);
      left -= 0.01 * (command?.velocities[0] ?? Number.NaN);
    }
    expect(left).toBeLessThan(1.9);
  });

  it('has words for every reason', () => {
    expect(Object.values(Reason)).toEqual(REASONS.map((_, i) => i));
    for (const words of REASONS) expect(words).toMatch(/[a-z]{4}/);
    expect(new Set(REASONS).size).toBe(REASONS.length);
  });

  it('stops from full speed in no more than 5 % over the least time that the limits allow', () => {
    const { velocity, acceleration, jerk } = LIMITS[0] as (typeof LIMITS)[0];
    const wheel = { ...LIMITS[0], name: 'wheel', lower: -Infinity, upper: Infinity };
    const filter = new SafetyFilter([wheel as (typeof LIMITS)[0]]);
    filter.start(Float64Array.of(0));
    const h = 0.001;
    for (let i = 0; i < 3000; i++) {
      filter.follow(h, Float64Array.of(i * h * velocity), Float64Array.of(Number.NaN));
    }
    expect(filter.velocity[0]).toBeCloseTo(velocity, 6);
    let ticks = 0;
    while ((filter.velocity[0] ?? 0) > 1e-6) {
      filter.stop(h);
      ticks++;
    }
    const least = velocity / acceleration + acceleration / jerk;
    expect(ticks * h).toBeGreaterThan(0.99 * least);
    expect(ticks * h).toBeLessThan(1.05 * least);
  });
});
