/** Up and down are the same to the filter: a mirrored joint with mirrored commands moves mirrored. */
import { expect, it } from 'vitest';
import { SafetyFilter } from '../../src/safety/filter.js';
import type { FilterLimits } from '../../src/safety/limits.js';
import { attacks, generator } from './attack.js';

const LIMITS: FilterLimits = {
  name: 'joint',
  lower: -0.4,
  upper: 0.9,
  velocity: 2,
  acceleration: 15,
  deceleration: 9,
  jerk: 300,
};
const KINDS = ['walk', 'teleport', 'bang', 'ramp', 'sine', 'flip', 'rare', 'fast sine'] as const;

function started(limits: FilterLimits, position: number): SafetyFilter {
  const filter = new SafetyFilter([limits]);
  expect(filter.start(Float64Array.of(position))).toEqual({ ready: true });
  return filter;
}

it.each([
  ...KINDS.map((kind) => [kind, 300, 0] as const),
  ...KINDS.map((kind) => [kind, 12, 0] as const),
  ...KINDS.map((kind) => [kind, Number.POSITIVE_INFINITY, 0] as const),
  ['teleport', 300, 1.4] as const,
  ['flip', 300, -1.35] as const,
])('%s, jerk %f, moved by %f: mirrored, to the same reasons', (kind, jerk, excess) => {
  const random = generator(31);
  const limits = { ...LIMITS, jerk };
  const { lower, upper } = limits;
  const start = excess === 0 ? 0.1 : Math.min(Math.max(excess, lower - 0.09), upper + 0.09);
  const filter = started(limits, start);
  const mirrored = started({ ...limits, lower: -upper, upper: -lower }, -start);
  const all = attacks(limits, random);
  let time = 0;
  for (let i = 0; i < 300; i++) {
    const h = 0.01 * (random() < 0.8 ? 1 : 0.1 + 4.9 * random() ** 2);
    const [position, velocity] = [filter.position[0] ?? 0, filter.velocity[0] ?? 0];
    time += h;
    const desired =
      kind === 'fast sine'
        ? 0.25 + Math.sin(time * (1 + i / 30))
        : (all[kind]?.(position, velocity, h) ?? 0);
    const one = filter.follow(h, Float64Array.of(desired), Float64Array.of(position));
    const other = mirrored.follow(h, Float64Array.of(-desired), Float64Array.of(-position));
    expect(Math.abs((other?.positions[0] ?? 0) + (one?.positions[0] ?? 0))).toBeLessThan(1e-8);
    expect(Math.abs((other?.velocities[0] ?? 0) + (one?.velocities[0] ?? 0))).toBeLessThan(1e-6);
  }
});
