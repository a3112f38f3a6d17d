/** What the filter promises, each promise attacked with random joints, periods and commands. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { SafetyFilter } from '../../src/safety/filter.js';
import type { FilterLimits } from '../../src/safety/limits.js';
import { Band } from '../../src/safety/reasons.js';
import { attacks, generator, jointLimits } from './attack.js';

const RUNS = Number(process.env.SINEW_PROPERTY_RUNS ?? 60);
const TICKS = 400;
/** s: a longer tick counts as this. */
const LONGEST = 0.05;
const seed = fc.integer({ min: 0, max: 2 ** 31 - 1 });
const noMeasurement = new Float64Array([Number.NaN]);

/** One joint under the filter, with every step checked against its limits from outside. */
class Watched {
  readonly filter: SafetyFilter;
  position: number;
  velocity = 0;
  acceleration = 0;
  band: number = Band.pass;
  readonly #desired = new Float64Array(1);

  constructor(
    readonly limits: FilterLimits,
    start: number,
  ) {
    this.filter = new SafetyFilter([limits]);
    this.position = start;
    expect(this.filter.start(new Float64Array([start])).ready).toBe(true);
  }

  follow(period: number, desired: number): void {
    this.#desired[0] = desired;
    this.#check(period, this.filter.follow(period, this.#desired, noMeasurement));
  }

  stop(period: number): void {
    this.#check(period, this.filter.stop(period));
  }

  #check(measured: number, command: ReturnType<SafetyFilter['stop']>): void {
    if (command === undefined) throw new Error('no command');
    const period = Math.min(measured, LONGEST);
    const { lower, upper, velocity, acceleration, jerk } = this.limits;
    const position = command.positions[0] as number;
    const v = (position - this.position) / period;
    const a = (v - this.velocity) / period;
    const j = (a - this.acceleration) / period;
    // Differences of rounded positions: the last digit of a position is a lot of jerk.
    const digit = 4e-16 * (1 + Math.abs(position));
    const start = Math.min(Math.max(this.position, lower), upper) === this.position;
    const bad = (what: string): string =>
      `${what}: p ${position} v ${v} a ${a} j ${j} in ${JSON.stringify(this.limits)}`;
    if (!Number.isFinite(position)) throw new Error(bad('not finite'));
    if (start && (position > upper || position < lower)) throw new Error(bad('position'));
    if (Math.abs(v) > velocity * (1 + 1e-6) + digit / period) throw new Error(bad('velocity'));
    if (Math.abs(a) > acceleration * (1 + 1e-6) + (4 * digit) / period ** 2 + 1e-9)
      throw new Error(bad('acceleration'));
    if (Math.abs(j) > jerk * (1 + 1e-6) + (8 * digit) / period ** 3 + 1e-6)
      throw new Error(bad('jerk'));
    this.position = position;
    this.velocity = v;
    this.acceleration = a;
    this.band = command.band;
  }
}

/** Periods of 10 ms, jittered from a tenth to ten times. */
function jitter(random: () => number): number {
  return 0.01 * (random() < 0.8 ? 0.9 + 0.2 * random() : 0.1 + 9.9 * random() ** 2);
}

describe('the safety filter', () => {
  it('keeps position, velocity, acceleration and jerk limits under every attack and jitter', () => {
    fc.assert(
      fc.property(jointLimits, seed, (limits, s) => {
        const random = generator(s);
        const names = Object.keys(attacks(limits, random));
        const attack = attacks(limits, random)[names[s % names.length] as string];
        const joint = new Watched(limits, limits.lower + random() * (limits.upper - limits.lower));
        for (let i = 0; i < TICKS; i++) {
          const period = jitter(random);
          joint.follow(period, attack?.(joint.position, joint.velocity, period) as number);
        }
      }),
      { numRuns: RUNS * 4 },
    );
  });

  it('can come to rest inside the limits from wherever an attack has led', () => {
    fc.assert(
      fc.property(jointLimits, seed, (limits, s) => {
        const random = generator(s);
        const names = Object.keys(attacks(limits, random));
        const attack = attacks(limits, random)[names[s % names.length] as string];
        const joint = new Watched(limits, limits.lower + random() * (limits.upper - limits.lower));
        const before = Math.floor(random() * TICKS);
        for (let i = 0; i < before; i++) {
          const period = jitter(random);
          joint.follow(period, attack?.(joint.position, joint.velocity, period) as number);
        }
        // Longest stop: from full speed at full acceleration, plus building it up and letting it go.
        const { velocity, acceleration, jerk } = limits;
        let left =
          4 * (velocity / acceleration + acceleration / jerk + Math.sqrt(velocity / jerk)) + 0.5;
        while (left > 0) {
          const period = jitter(random);
          joint.stop(period);
          left -= Math.min(period, LONGEST);
        }
        expect(joint.filter.atRest).toBe(true);
        const rest = joint.position;
        joint.stop(0.01);
        expect(joint.position).toBe(rest);
      }),
      { numRuns: RUNS * 2 },
    );
  });

  it('passes a command that keeps within the limits on unchanged, to the bit', () => {
    fc.assert(
      fc.property(jointLimits, seed, (limits, s) => {
        const random = generator(s);
        const { lower, upper, velocity, acceleration, jerk } = limits;
        // A sine whose speed, acceleration and jerk stay below the limits, eased in from rest.
        const amplitude = 0.4 * (upper - lower);
        const fastest = Math.min(
          velocity / amplitude,
          Math.sqrt(acceleration / amplitude),
          Math.cbrt(jerk / amplitude),
          30,
        );
        const w = 0.4 * fastest;
        const centre = (lower + upper) / 2;
        const period = 0.001 + 0.019 * random();
        const joint = new Watched(limits, centre);
        for (let i = 1; i <= TICKS; i++) {
          const t = i * period;
          const ease = 1 - Math.exp(-((w * t) ** 3) / 20);
          const target = centre + 0.5 * amplitude * ease * Math.sin(w * t);
          joint.follow(period, target);
          expect(joint.position).toBe(target);
          expect(joint.band).toBe(Band.pass);
        }
      }),
      { numRuns: RUNS },
    );
  });

  it('reaches a target that stands still, inside or outside the range, and rests there', () => {
    fc.assert(
      fc.property(jointLimits, seed, (limits, s) => {
        const random = generator(s);
        const { lower, upper, velocity, acceleration, jerk } = limits;
        const range = upper - lower;
        const joint = new Watched(limits, lower + random() * range);
        const target = lower + (random() * 1.6 - 0.3) * range;
        const goal = Math.min(Math.max(target, lower), upper);
        const side = Math.sign(goal - joint.position);
        let left =
          8 * (range / velocity + velocity / acceleration + acceleration / jerk) +
          4 * Math.sqrt(range / acceleration) +
          8 * Math.cbrt(range / jerk) +
          1;
        let over = 0;
        while (left > 0) {
          const period = jitter(random);
          joint.follow(period, target);
          over = Math.max(over, side * (joint.position - goal));
          left -= Math.min(period, LONGEST);
        }
        expect(joint.position).toBeCloseTo(goal, 9);
        // A jump within reach of one tick is taken at once, so a tick of 50 ms may carry past it.
        expect(over).toBeLessThan(1e-3 * range + velocity * LONGEST);
        const rest = joint.position;
        for (let i = 0; i < 20; i++) joint.follow(jitter(random), target);
        expect(Math.abs(joint.position - rest)).toBeLessThan(1e-10);
      }),
      { numRuns: RUNS },
    );
  });

  it('moves inward only, and slowly, from a start outside', () => {
    fc.assert(
      fc.property(jointLimits, seed, fc.boolean(), (limits, s, above) => {
        const random = generator(s);
        const { lower, upper, velocity } = limits;
        const excess = 0.1 * random();
        const joint = new Watched(limits, above ? upper + excess : lower - excess);
        const side = above ? 1 : -1;
        const attack = attacks(limits, random)[random() < 0.5 ? 'flip' : 'teleport'];
        for (let i = 0; i < TICKS; i++) {
          const before = joint.position;
          const outside = side * (before - (above ? upper : lower)) > 0;
          joint.follow(jitter(random), attack?.(0, 0, 0) as number);
          if (!outside) continue;
          expect(side * (joint.position - before)).toBeLessThanOrEqual(0);
          expect(Math.abs(joint.velocity)).toBeLessThanOrEqual(0.2501 * velocity);
        }
      }),
      { numRuns: RUNS },
    );
  });

  it('stands still for every period that no clock should give', () => {
    fc.assert(
      fc.property(
        jointLimits,
        fc.constantFrom(0, -1, -1e308, Number.NaN, -Infinity, 1e-9),
        (limits, period) => {
          const filter = new SafetyFilter([limits]);
          const middle = (limits.lower + limits.upper) / 2;
          filter.start(new Float64Array([middle]));
          for (let i = 0; i < 5; i++)
            filter.follow(0.01, new Float64Array([limits.upper]), noMeasurement);
          const before = filter.stop(0)?.positions[0];
          const command = filter.follow(period, new Float64Array([limits.upper]), noMeasurement);
          expect(command?.positions[0]).toBe(before);
          expect(command?.band).toBe(Band.reject);
        },
      ),
      { numRuns: RUNS },
    );
  });

  it('lets a huge period count for no more than the longest it admits', () => {
    fc.assert(
      fc.property(jointLimits, fc.constantFrom(0.2, 10, 1e308, Infinity), (limits, period) => {
        const run = (last: number): number => {
          const filter = new SafetyFilter([limits], { longestPeriod: 0.03 });
          filter.start(new Float64Array([(limits.lower + limits.upper) / 2]));
          for (let i = 0; i < 9; i++)
            filter.follow(0.01, new Float64Array([limits.upper]), noMeasurement);
          return filter.follow(last, new Float64Array([limits.upper]), noMeasurement)
            ?.positions[0] as number;
        };
        expect(run(period)).toBe(run(0.03));
      }),
      { numRuns: RUNS },
    );
  });

  it('holds the e-stop until reset, and does not move after the reset until it is started again', () => {
    fc.assert(
      fc.property(jointLimits, seed, (limits, s) => {
        const random = generator(s);
        const joint = new Watched(limits, (limits.lower + limits.upper) / 2);
        for (let i = 0; i < 20; i++) joint.follow(0.01, limits.upper);
        joint.filter.engage();
        expect(joint.filter.start(new Float64Array([joint.position])).ready).toBe(false);
        for (let i = 0; i < 5000 && !joint.filter.atRest; i++) joint.follow(0.05, limits.lower);
        const rest = joint.position;
        for (let i = 0; i < 20; i++) joint.follow(jitter(random), limits.lower);
        expect(joint.position).toBe(rest);
        joint.filter.reset();
        for (let i = 0; i < 20; i++) joint.follow(jitter(random), limits.lower);
        expect(joint.position).toBe(rest);
        expect(joint.filter.start(new Float64Array([rest])).ready).toBe(true);
        for (let i = 0; i < 20; i++) joint.follow(jitter(random), limits.lower);
        expect(joint.position).toBeLessThan(rest);
      }),
      { numRuns: RUNS },
    );
  });
});
