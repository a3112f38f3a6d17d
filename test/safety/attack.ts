/** Random limits, periods and hostile command sequences for the filter's promises. */
import fc from 'fast-check';
import type { FilterLimits } from '../../src/safety/limits.js';

export { generator } from '../../bench/lib/generator.js';

/** Joints from slow to fast and from soft to stiff, some of them without a jerk limit. */
export const jointLimits: fc.Arbitrary<FilterLimits> = fc
  .record({
    centre: fc.double({ min: -3, max: 3, noNaN: true }),
    range: fc.double({ min: 0.05, max: 6, noNaN: true }),
    velocity: fc.double({ min: 0.05, max: 10, noNaN: true }),
    ramp: fc.double({ min: 0.02, max: 2, noNaN: true }),
    rise: fc.oneof(
      { weight: 4, arbitrary: fc.double({ min: 0.005, max: 1, noNaN: true }) },
      { weight: 1, arbitrary: fc.constant(0) },
    ),
  })
  .map(({ centre, range, velocity, ramp, rise }) => ({
    name: 'joint',
    lower: centre - range / 2,
    upper: centre + range / 2,
    velocity,
    acceleration: velocity / ramp,
    jerk: velocity / ramp / rise,
  }));

/** A command source; called with the joint's present position, speed and the period. */
export type Attack = (position: number, velocity: number, period: number) => number;

/** Sequences that try to trap a joint at its limit, or to make it chatter; by name. */
export function attacks(limits: FilterLimits, random: () => number): Record<string, Attack> {
  const { lower, upper, velocity } = limits;
  const range = upper - lower;
  let walk = (lower + upper) / 2;
  let side = upper;
  let time = 0;
  const sines = 1 + 8 * random();
  return {
    walk: () => {
      walk += (random() - 0.5) * 0.1 * range;
      return walk;
    },
    teleport: () => lower + (random() * 3 - 1) * range,
    bang: (position) => {
      // Full speed at one limit, turned round just before it.
      if (Math.abs(position - side) < range * 0.3 * random()) side = side === upper ? lower : upper;
      return side + (side === upper ? range : -range) * 0.5;
    },
    ramp: (position, speed, period) =>
      position + Math.sign(speed || random() - 0.5) * velocity * period * (0.5 + random()),
    sine: (_position, _velocity, period) => {
      time += period;
      return (lower + upper) / 2 + 0.8 * range * Math.sin(sines * time);
    },
    flip: () => (random() < 0.5 ? lower : upper),
    rare: (position) => {
      if (random() < 0.1) walk = lower + random() * range;
      return random() < 0.02 ? position : walk;
    },
    poison: (position) => {
      const kind = random();
      if (kind < 0.05) return Number.NaN;
      if (kind < 0.08) return Number.POSITIVE_INFINITY;
      if (kind < 0.11) return -1e308;
      return kind < 0.5 ? position + random() - 0.5 : upper + random();
    },
  };
}
