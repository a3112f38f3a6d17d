// Laws of samplers over noise levels, of consistency and shortcut models, and of streaming diffusion.
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { EdmSpec } from '../../src/policy/sampler_schema.js';
import { createSampler } from '../../src/policy/samplers/create_sampler.js';
import { type ModelCall, type NoiseSource, runSampler } from '../../src/policy/samplers/sampler.js';
import { sigmasOf } from '../../src/policy/samplers/sigmas.js';
import { expectClose, parse, quiet, run, value, vector } from './run_sampler.js';

const edm = { steps: 8, sigma_min: 0.02, sigma_max: 5, time: 'sigma', clip: null } as const;

describe('samplers over noise levels', () => {
  const any = fc.record({
    type: fc.constantFrom('edm_euler', 'edm_heun', 'edm_dpmpp_2m', 'edm_euler_ancestral'),
    steps: fc.integer({ min: 1, max: 30 }),
    schedule: fc.constantFrom('karras', 'exponential', 'linear'),
    prediction: fc.constantFrom('sample', 'epsilon', 'score', 'preconditioned'),
  });

  it('arrive at the clean sample when the network is perfect', async () => {
    await fc.assert(
      fc.asyncProperty(any, vector, value, async (change, clean, start) => {
        const spec = parse({ ...edm, ...change });
        const model: ModelCall = (x, sigma) => {
          const root = Math.sqrt(sigma * sigma + 0.25);
          return x.map((seen, i) => {
            const a = clean[i] ?? 0;
            // The bare network sees x·c_in and has to give (a − c_skip·x)/c_out.
            const sample = change.prediction === 'preconditioned' ? seen * root : seen;
            if (change.prediction === 'sample') return a;
            if (change.prediction === 'epsilon') return (sample - a) / sigma;
            if (change.prediction === 'score') return (a - sample) / sigma ** 2;
            return ((a - (0.25 / root ** 2) * sample) * root) / (sigma * 0.5);
          });
        };
        const noise: NoiseSource = (draw, out) => out.fill(Math.sin(draw));
        expectClose(
          await run(
            spec,
            model,
            clean.map(() => start),
            noise,
          ),
          clean,
          1e-4,
        );
      }),
    );
  });

  it('visit levels that fall from the largest to the smallest, and then 0', () => {
    fc.assert(
      fc.property(any, ({ schedule, steps: count }) => {
        const spec = parse({
          ...edm,
          type: 'edm_euler',
          prediction: 'sample',
          schedule,
          steps: count,
        });
        const sigmas = [...sigmasOf(spec as EdmSpec)];
        expect(sigmas[0]).toBeCloseTo(5, 4);
        expect(sigmas.at(-1)).toBe(0);
        if (count > 1) expect(sigmas.at(-2)).toBeCloseTo(0.02, 6);
        expect(sigmas).toEqual([...sigmas].sort((a, b) => b - a));
      }),
    );
  });
});

describe('a consistency model', () => {
  it('takes the network’s one answer for the chunk, whatever the noise', async () => {
    const root = (sigma: number) => Math.sqrt(sigma * sigma + 0.25);
    await fc.assert(
      fc.asyncProperty(vector, value, async (clean, start) => {
        const spec = parse({ type: 'consistency', time: 'sigma', sigma_max: 4, clip: 1 });
        const model: ModelCall = (x, sigma) =>
          x.map((seen, i) => {
            const sample = seen * root(sigma);
            return (
              (((clean[i] ?? 0) - (0.25 / root(sigma) ** 2) * sample) * root(sigma)) / (sigma / 2)
            );
          });
        expectClose(
          await run(
            spec,
            model,
            clean.map(() => start),
          ),
          clean,
          1e-4,
        );
      }),
    );
  });

  it('with a stop time keeps s/t of the sample', async () => {
    const spec = parse({
      type: 'consistency_trajectory',
      sigma_min: 1,
      sigma_max: 4,
      sigma_data: 3,
      time: 'sigma',
      clip: null,
    });
    const spans: number[] = [];
    const model: ModelCall = (x, _, { span }) => {
      spans.push(span);
      return x.map(() => 0);
    };
    // x = 4·0.5 = 2; clean = c_skip·x = 9/25·2; G = 2/4 + 3/4·0.72.
    expectClose(await run(spec, model, Float32Array.of(0.5)), Float32Array.of(1.04), 1e-6);
    expect(spans).toEqual([1]);
  });
});

describe('a shortcut model', () => {
  it.each([
    ['delta', 0.25],
    ['log2', 2],
  ] as const)('is told of its step by %s', async (span, expected) => {
    const told = new Set<number>();
    const model: ModelCall = (x, _, more) => {
      told.add(more.span);
      return x.map(() => 1);
    };
    const spec = parse({ type: 'shortcut', steps: 4, time: 'zero_to_one', span });
    expectClose(await run(spec, model, Float32Array.of(0)), Float32Array.of(1), 1e-6);
    expect([...told]).toEqual([expected]);
  });
});

describe('streaming diffusion', () => {
  const spec = parse({
    type: 'streaming',
    train_timesteps: 100,
    beta_schedule: 'squaredcos_cap_v2',
    prediction: 'sample',
    clip: null,
    steps: 20,
    action_steps: 4,
  });

  it('gives the clean actions of the network in every chunk and asks for rows of rising noise', async () => {
    const [rows, width] = [10, 2];
    const sampler = createSampler(spec, rows * width, { steps: rows, start: 1 });
    const [x, fresh] = [new Float32Array(rows * width), new Float32Array(rows * width)];
    for (let chunk = 0; chunk < 4; chunk++) {
      let first: Float32Array | null = null;
      const model: ModelCall = (sample, _, more) => {
        first ??= Float32Array.from(more.rows ?? []);
        return sample.map(() => chunk / 10);
      };
      x.fill(Math.sin(chunk));
      await runSampler(sampler, model, (draw, out) => out.fill(Math.cos(draw)), x, fresh);
      expect(sampler.evaluations).toBe(10);
      for (const action of x.subarray(2, 10)) expect(action).toBeCloseTo(chunk / 10, 6);
      expect([...(first ?? [])]).toEqual([45, 45, 45, 45, 45, 95, 95, 95, 95, 95]);
    }
  });

  it('starts anew after a reset', async () => {
    const sampler = createSampler(spec, 8, { steps: 8, start: 0 });
    const seen: number[] = [];
    const model: ModelCall = (sample) => {
      seen.push(sample[0] ?? 0);
      return sample.map(() => 0.5);
    };
    const x = new Float32Array(8);
    for (let turn = 0; turn < 2; turn++) {
      x.fill(1);
      sampler.reset?.();
      await runSampler(sampler, model, quiet, x, new Float32Array(8));
    }
    expect(seen.slice(0, 10)).toEqual(seen.slice(10));
  });
});
