/**
 * Motions of the filter under hostile commands, tick by tick as they were recorded: what a change of
 * the filter does to them is to be seen before it is accepted (see recorded.ts).
 */
import { describe, it } from 'vitest';
import { SafetyFilter } from '../../src/safety/filter.js';
import type { FilterLimits } from '../../src/safety/limits.js';
import type { FilterOptions } from '../../src/safety/options.js';
import { attacks, generator } from './attack.js';
import { expectRecorded } from './recorded.js';

const stiff: FilterLimits = {
  name: 'stiff',
  lower: -1,
  upper: 0.7,
  velocity: 2,
  acceleration: 20,
  jerk: 700,
};
const JOINTS: Record<string, FilterLimits> = {
  stiff,
  soft: { ...stiff, lower: 0.1, upper: 1.2, velocity: 1, acceleration: 4, jerk: 9 },
  'without a jerk limit': { ...stiff, jerk: Number.POSITIVE_INFINITY },
  'slow to brake': { ...stiff, acceleration: 12, deceleration: 5, jerk: 150 },
  endless: { ...stiff, lower: Number.NEGATIVE_INFINITY, upper: Number.POSITIVE_INFINITY },
};
const COMMANDS = ['walk', 'teleport', 'bang', 'flip', 'rare', 'ramp', 'sine'] as const;

/** Periods of 10 ms with some jitter, now and then much shorter or longer. */
function jitter(random: () => number): number {
  return 0.01 * (random() < 0.8 ? 0.9 + 0.2 * random() : 0.1 + 4.9 * random() ** 2);
}

/** What a command is, in few numbers: each position, and the last state as it is. */
function fold(out: number[], command: ReturnType<SafetyFilter['stop']>, tick: number): void {
  if (command === undefined) throw new Error('no command');
  const { positions, velocities, accelerations, reasons, band } = command;
  let sum = band;
  for (const [i, position] of positions.entries()) {
    sum += (i + 1) * (position + (velocities[i] ?? 0) / 8 + (accelerations[i] ?? 0) / 64);
    sum += (0.1 + i / 100) * (reasons[i] ?? 0);
  }
  if (Number.isFinite(command.clearance)) sum += 10 * command.clearance + command.nearest / 10;
  // One number for four ticks keeps the file small.
  if (tick % 4 === 0) out.push(0);
  out[out.length - 1] = (out.at(-1) ?? 0) + (1 + (tick % 4)) * sum;
}

describe('the motion of a joint is as recorded', () => {
  for (const [name, limits] of Object.entries(JOINTS)) {
    const { lower, upper } = Number.isFinite(limits.lower) ? limits : stiff;
    it.each(COMMANDS)(`${name}: %s`, (kind) => {
      const random = generator(11);
      const filter = new SafetyFilter([limits]);
      const attack = attacks({ ...limits, lower, upper }, random)[kind];
      filter.start(Float64Array.of(lower + 0.3 * (upper - lower)));
      const unknown = Float64Array.of(Number.NaN);
      const out: number[] = [];
      for (let i = 0; i < 240; i++) {
        const h = jitter(random);
        const [position, velocity] = [filter.position[0] ?? 0, filter.velocity[0] ?? 0];
        const desired = Float64Array.of(attack?.(position, velocity, h) ?? 0);
        // In the middle a stop, and then a slower mode.
        filter.speedScale = i < 150 ? 1 : 0.3;
        const stopping = i >= 90 && i < 110;
        fold(out, stopping ? filter.stop(h) : filter.follow(h, desired, unknown), i);
      }
      expectRecorded(`${name}, ${kind}`, out);
    });
  }

  it.each([-0.09, 0.09])('from a start outside: %f', (excess) => {
    const random = generator(5);
    const filter = new SafetyFilter([stiff]);
    filter.start(Float64Array.of(excess + (excess < 0 ? stiff.lower : stiff.upper)));
    const out: number[] = [];
    for (let i = 0; i < 120; i++) {
      const desired = Float64Array.of(i < 60 ? stiff.lower + 1.7 * random() : 2 * excess);
      fold(out, filter.follow(jitter(random), desired, desired), i);
    }
    expectRecorded(`outside ${excess}`, out);
  });
});

const SLIDES: readonly FilterLimits[] = ['x', 'y', 'z'].map((name) => ({
  name,
  lower: -1,
  upper: 1,
  velocity: 1,
  acceleration: 4,
  jerk: 100,
}));
const OPTIONS: Record<string, FilterOptions> = {
  'each by itself': {},
  synchronised: { synchronise: true },
  'on a budget': { energy: { budget: 0.5, refill: 0.3 } },
};

describe('the motion of several joints is as recorded', () => {
  it.each(Object.keys(OPTIONS))('%s', (name) => {
    const random = generator(23);
    const filter = new SafetyFilter(SLIDES, OPTIONS[name]);
    filter.start(Float64Array.of(0, 0, 0.2));
    const effort = Float64Array.of(3, -2, 1);
    const target = new Float64Array(3);
    const out: number[] = [];
    for (let i = 0; i < 480; i++) {
      if (i % 40 === 0) for (let k = 0; k < 3; k++) target[k] = 1.6 * random() - 0.8;
      const stopping = i % 120 >= 110;
      const h = jitter(random);
      fold(out, stopping ? filter.stop(h, 'path') : filter.follow(h, target, target, effort), i);
    }
    out.push(...filter.position, filter.energy);
    expectRecorded(`several, ${name}`, out);
  });
});
