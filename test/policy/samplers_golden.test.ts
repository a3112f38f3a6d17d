// DDPM and DDIM against whole runs of diffusers, their schedules and timesteps (golden/samplers.json).
import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import type { DiffusionSpec, SamplerSpec } from '../../src/policy/package_schema.js';
import { alphasCumprod } from '../../src/policy/samplers/beta_schedule.js';
import { createSampler } from '../../src/policy/samplers/create_sampler.js';
import { timesteps } from '../../src/policy/samplers/timesteps.js';
import { ulpDistance } from './ulp.js';

interface GoldenCase {
  sampler: 'ddim' | 'ddpm';
  prediction?: DiffusionSpec['prediction'];
  train_timesteps: number;
  steps: number;
  clip: number | null;
  beta_schedule: DiffusionSpec['beta_schedule'];
  spacing: DiffusionSpec['spacing'];
  offset: number;
  reclip_epsilon: boolean;
  model: { a: number; b: number; c: number[]; time_scale: number };
  initial: number[];
  times: number[];
  after: number[][];
  noises?: (number[] | null)[];
}

const golden = JSON.parse(
  readFileSync(new URL('./golden/samplers.json', import.meta.url), 'utf8'),
) as {
  alphas_cumprod: Record<DiffusionSpec['beta_schedule'], number[]>;
  timesteps: {
    spacing: DiffusionSpec['spacing'];
    train_timesteps: number;
    steps: number;
    timesteps: number[];
  }[];
  cases: GoldenCase[];
};

function specOf(test: GoldenCase): SamplerSpec {
  return {
    type: test.sampler,
    steps: test.steps,
    train_timesteps: test.train_timesteps,
    beta_schedule: test.beta_schedule,
    beta_start: 0.0001,
    beta_end: 0.02,
    prediction: test.prediction ?? 'epsilon',
    clip: test.clip,
    spacing: test.spacing,
    offset: test.offset,
    reclip_epsilon: test.reclip_epsilon,
    eta: 0,
    variance: 'fixed_small',
  };
}

/** The linear stand-in for a network, rounded as the script rounds. */
function evaluate(model: GoldenCase['model'], x: Float32Array, time: number): Float32Array {
  const { fround } = Math;
  const scaled = fround(fround(model.b) * fround(time / model.time_scale));
  return x.map(
    (value, i) => fround(fround(fround(model.a) * value + 0) + scaled) + fround(model.c[i] ?? 0),
  );
}

describe('alphas_cumprod', () => {
  it.each(['squaredcos_cap_v2', 'linear', 'scaled_linear'] as const)(
    'of %s equals that of diffusers',
    (schedule) => {
      const first = golden.cases[0];
      if (first === undefined) throw new Error('no cases');
      const spec = { ...specOf(first), beta_schedule: schedule } as DiffusionSpec;
      const own = alphasCumprod(spec);
      const reference = golden.alphas_cumprod[schedule];
      expect(own.length).toBe(reference.length);
      for (const [i, value] of own.entries()) {
        expect(ulpDistance(value, reference[i] ?? Number.NaN), `entry ${i}`).toBeLessThanOrEqual(1);
      }
    },
  );
});

it('visits the timesteps that diffusers visits, for every spacing', () => {
  const first = golden.cases[0];
  if (first === undefined) throw new Error('no cases');
  for (const { timesteps: listed, ...change } of golden.timesteps) {
    const spec = { ...specOf(first), ...change } as DiffusionSpec;
    expect([...timesteps(spec)], JSON.stringify(change)).toEqual(listed);
  }
});

describe('a sampler equals its reference after every step', () => {
  it.each(
    golden.cases.map(
      (test) =>
        [
          `${test.sampler} ${test.prediction} steps=${test.steps} clip=${test.clip ?? 'none'} ` +
            `${test.beta_schedule ?? ''} ${test.spacing ?? ''} offset=${test.offset ?? 0}${test.reclip_epsilon ? ' reclip' : ''}`,
          test,
        ] as const,
    ),
  )('%s', (_, test) => {
    const sampler = createSampler(specOf(test), test.initial.length);
    expect(sampler.evaluations).toBe(test.steps);
    let worst = 0;
    // Each step starts from the reference's sample: a fault then shows in the step that made it.
    let x = Float32Array.from(test.initial);
    for (let k = 0; k < test.steps; k++) {
      expect(sampler.timeOf(k)).toBe(Math.fround(test.times[k] ?? Number.NaN));
      const output = evaluate(test.model, x, sampler.timeOf(k));
      const noise = test.noises?.[k];
      expect(sampler.usesNoise(k)).toBe(noise !== undefined && noise !== null);
      sampler.advance(k, x, output, Float32Array.from(noise ?? []));
      const reference = Float32Array.from(test.after[k] ?? []);
      for (const [i, value] of x.entries()) {
        worst = Math.max(worst, ulpDistance(value, reference[i] ?? Number.NaN));
      }
      x = reference;
    }
    expect(worst).toBe(0);
  });

  it('stays within 1e-6 of it when it runs on its own samples to the end', () => {
    for (const test of golden.cases) {
      const sampler = createSampler(specOf(test), test.initial.length);
      const x = Float32Array.from(test.initial);
      for (let k = 0; k < test.steps; k++) {
        const output = evaluate(test.model, x, sampler.timeOf(k));
        sampler.advance(k, x, output, Float32Array.from(test.noises?.[k] ?? []));
      }
      const last = test.after.at(-1) ?? [];
      for (const [i, value] of x.entries()) {
        expect(Math.abs(value - (last[i] ?? Number.NaN))).toBeLessThanOrEqual(1e-6);
      }
    }
  });
});
