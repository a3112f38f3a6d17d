/**
 * The filter beside the limiters of ros2_control, written down from their formulas: where those are
 * safe, both say the same; what the filter lets out, they let through as well.
 */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { SafetyFilter } from '../../src/safety/filter.js';
import type { FilterLimits } from '../../src/safety/limits.js';
import { Band } from '../../src/safety/reasons.js';
import { attacks, generator, jointLimits } from './attack.js';

const seed = fc.integer({ min: 0, max: 2 ** 31 - 1 });
const UNKNOWN = Float64Array.of(Number.NaN);
const TICK = 0.005;
const RUNS = Number(process.env.SINEW_PROPERTY_RUNS ?? 60);

/** Limits a position command by velocity and acceleration about the last one, and by position. */
class RangeLimiter {
  velocity = 0;

  /** @param softness 1/s: gain of the soft limits at the ends of the range; Infinity for none */
  constructor(
    readonly limits: FilterLimits,
    public position: number,
    readonly softness = Number.POSITIVE_INFINITY,
  ) {}

  enforce(desired: number, h: number): number {
    const { lower, upper, velocity, acceleration } = this.limits;
    const reach = Math.min(velocity, Math.abs(this.velocity) + acceleration * h);
    const soft = (room: number): number =>
      this.softness === Number.POSITIVE_INFINITY
        ? reach
        : Math.min(reach, this.softness * Math.max(0, room));
    const least = Math.max(this.position - soft(this.position - lower) * h, lower);
    const most = Math.min(this.position + soft(upper - this.position) * h, upper);
    const next = Math.min(Math.max(desired, least), most);
    this.velocity = (next - this.position) / h;
    this.position = next;
    return next;
  }
}

function started(limits: FilterLimits, position: number): SafetyFilter {
  const filter = new SafetyFilter([limits]);
  expect(filter.start(Float64Array.of(position))).toEqual({ ready: true });
  return filter;
}

describe('the filter and the limiters of ros2_control', () => {
  it('both pass a command that keeps within the limits', () => {
    fc.assert(
      fc.property(jointLimits, seed, (limits, s) => {
        const random = generator(s);
        const { lower, upper, velocity, acceleration, jerk } = limits;
        const centre = (lower + upper) / 2;
        const size = 0.3 * (upper - lower);
        const fastest = Math.min(
          velocity / size,
          Math.sqrt(acceleration / size),
          Math.cbrt(jerk / size),
          20,
        );
        const w = (0.2 + 0.2 * random()) * fastest;
        const filter = started(limits, centre);
        const limiter = new RangeLimiter(limits, centre);
        let same = 0;
        for (let i = 1; i <= 200; i++) {
          const t = i * TICK;
          const desired = centre + size * (1 - Math.exp(-((w * t) ** 3) / 20)) * Math.sin(w * t);
          filter.follow(TICK, Float64Array.of(desired), UNKNOWN);
          if (filter.position[0] === desired && limiter.enforce(desired, TICK) === desired) same++;
        }
        expect(same).toBe(200);
      }),
      { numRuns: RUNS },
    );
  });

  it('speed up alike towards a far target, as long as the limiter could still stop', () => {
    fc.assert(
      fc.property(jointLimits, seed, fc.boolean(), (drawn, s, up) => {
        const random = generator(s);
        const limits = { ...drawn, jerk: Number.POSITIVE_INFINITY };
        const { lower, upper, acceleration } = limits;
        const range = upper - lower;
        const start = up ? lower + 0.1 * range * random() : upper - 0.1 * range * random();
        const target = start + (up ? 1 : -1) * range * (0.5 + random());
        const goal = Math.min(Math.max(target, lower), upper);
        const filter = started(limits, start);
        const limiter = new RangeLimiter(limits, start);
        let compared = 0;
        for (let i = 0; i < 300; i++) {
          const h = TICK * (0.5 + random());
          const before = limiter.position;
          limiter.enforce(target, h);
          const v = Math.abs(limiter.velocity);
          if (Math.abs(goal - before) < v * h + (v * v) / (2 * acceleration)) break;
          filter.follow(h, Float64Array.of(target), UNKNOWN);
          expect(Math.abs((filter.position[0] ?? 0) - limiter.position)).toBeLessThan(1e-9);
          compared++;
        }
        expect(compared).toBeGreaterThan(0);
      }),
      { numRuns: RUNS },
    );
  });

  it('agree on an approach by soft limits that brake no harder than the joint may', () => {
    fc.assert(
      fc.property(jointLimits, seed, fc.boolean(), (drawn, s, up) => {
        const random = generator(s);
        const limits = { ...drawn, jerk: Number.POSITIVE_INFINITY };
        const { lower, upper, velocity, acceleration } = limits;
        const softness = (0.2 + 0.75 * random()) * Math.min(acceleration / velocity, 1 / TICK);
        const start = lower + random() * (upper - lower);
        const limiter = new RangeLimiter(limits, start, softness);
        const filter = started(limits, start);
        for (let i = 0; i < 200; i++) {
          const soft = limiter.enforce(up ? upper + 1 : lower - 1, TICK);
          const command = filter.follow(TICK, Float64Array.of(soft), UNKNOWN);
          expect(filter.position[0]).toBe(soft);
          expect(command?.band).toBe(Band.pass);
        }
      }),
      { numRuns: RUNS },
    );
  });

  it('agree on all that the filter lets out, whatever it was asked for', () => {
    fc.assert(
      fc.property(jointLimits, seed, (limits, s) => {
        const random = generator(s);
        const start = limits.lower + random() * (limits.upper - limits.lower);
        const filter = started(limits, start);
        const limiter = new RangeLimiter(limits, start);
        const all = Object.values(attacks(limits, random));
        const attack = all[s % all.length];
        for (let i = 0; i < 300; i++) {
          const h = TICK * (0.2 + 3 * random() ** 2);
          const [position, velocity] = [filter.position[0] ?? 0, filter.velocity[0] ?? 0];
          const desired = attack?.(position, velocity, h) ?? 0;
          filter.follow(h, Float64Array.of(desired), UNKNOWN);
          const out = filter.position[0] ?? 0;
          // Rounding of one tick's travel.
          const slack = 1e-8 * h * limits.velocity + 4e-16 * (1 + Math.abs(out));
          expect(Math.abs(limiter.enforce(out, h) - out)).toBeLessThanOrEqual(slack);
        }
      }),
      { numRuns: RUNS },
    );
  });
});
