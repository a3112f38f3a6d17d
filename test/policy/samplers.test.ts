// What must hold of every sampler, whatever the model: laws instead of recorded numbers.
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { DiffusionSpec, FlowSpec, SamplerSpec } from '../../src/policy/sampler_schema.js';
import { alphasCumprod } from '../../src/policy/samplers/beta_schedule.js';
import { createSampler, overrideSampler } from '../../src/policy/samplers/create_sampler.js';
import { type ModelCall, type NoiseSource, runSampler } from '../../src/policy/samplers/sampler.js';
import { expectClose, parse, quiet, run, value, vector } from './run_sampler.js';

const diffusion: DiffusionSpec = {
  type: 'ddim',
  train_timesteps: 100,
  beta_schedule: 'squaredcos_cap_v2',
  beta_start: 0.0001,
  beta_end: 0.02,
  prediction: 'epsilon',
  steps: 10,
  clip: null,
  spacing: 'leading',
  offset: 0,
  reclip_epsilon: false,
  eta: 0,
  variance: 'fixed_small',
};
const flow: FlowSpec = {
  type: 'flow_euler',
  steps: 10,
  time: 'one_to_zero',
  prediction: 'velocity',
};

const steps = fc.integer({ min: 1, max: 100 });
/** What a perfect network says at x and timestep t when the clean sample is `clean`. */
function perfect(spec: DiffusionSpec, clean: Float32Array): ModelCall {
  const alphas = alphasCumprod(spec);
  return (x, t) => {
    const alpha = alphas[t] ?? 1;
    const [signal, noise] = [Math.sqrt(alpha), Math.sqrt(1 - alpha)];
    return x.map((xi, i) => {
      const a = clean[i] ?? 0;
      const epsilon = (xi - signal * a) / noise;
      if (spec.prediction === 'sample') return a;
      return spec.prediction === 'epsilon' ? epsilon : signal * epsilon - noise * a;
    });
  };
}

describe('flow samplers', () => {
  const any = fc.record({
    type: fc.constantFrom('flow_euler', 'flow_heun'),
    steps: fc.integer({ min: 1, max: 40 }),
    time: fc.constantFrom('one_to_zero', 'zero_to_one'),
    prediction: fc.constant('velocity'),
  }) as fc.Arbitrary<FlowSpec>;

  it('arrive at the action when the velocity is that of a straight line', async () => {
    await fc.assert(
      fc.asyncProperty(any, vector, value, async (spec, action, start) => {
        const noise = action.map(() => start);
        const sign = spec.time === 'one_to_zero' ? 1 : -1;
        const velocity = action.map((a) => sign * (start - a));
        expectClose(await run(spec, () => velocity, noise), action, 1e-5);
      }),
    );
  });

  it('by Heun are exact when the velocity is linear in time, by Euler to first order', async () => {
    // dx/dt = t from t = 0 to 1 adds 1/2; Euler with N steps adds 1/2 − 1/2N.
    const model: ModelCall = (x, t) => x.map(() => t);
    const zero = new Float32Array(1);
    const rising = { ...flow, time: 'zero_to_one', steps: 5 } as const;
    expectClose(
      await run({ ...rising, type: 'flow_heun' }, model, zero),
      Float32Array.of(0.5),
      1e-6,
    );
    expectClose(await run(rising, model, zero), Float32Array.of(0.4), 1e-6);
  });

  it('ask the model at times from the noise to before the action', () => {
    const times = (spec: SamplerSpec): number[] => {
      const sampler = createSampler(spec, 1);
      return Array.from({ length: sampler.evaluations }, (_, e) => sampler.timeOf(e));
    };
    expect(times({ ...flow, steps: 4 })).toEqual([1, 0.75, 0.5, 0.25]);
    expect(times({ ...flow, steps: 4, time: 'zero_to_one' })).toEqual([0, 0.25, 0.5, 0.75]);
    expect(times({ ...flow, type: 'flow_heun', steps: 2 })).toEqual([1, 0.5, 0.5, 0]);
  });
});

describe('diffusion samplers', () => {
  const any = fc.record({
    type: fc.constantFrom('ddim', 'ddpm'),
    steps,
    prediction: fc.constantFrom('epsilon', 'sample', 'v_prediction'),
    spacing: fc.constantFrom('leading', 'linspace', 'trailing'),
    clip: fc.constantFrom(null, 1),
    eta: fc.constantFrom(0, 0.5, 1),
  });

  it('arrive at the clean sample when the network is perfect', async () => {
    await fc.assert(
      fc.asyncProperty(any, vector, value, async (change, clean, start) => {
        // ᾱ of timestep 99 is 2e-7: an epsilon there cannot carry the sample in float32.
        fc.pre(change.prediction === 'sample' || change.spacing === 'leading');
        fc.pre(change.prediction === 'sample' || change.steps < 60);
        // Trailing steps whose width rounds up end at ᾱ of timestep 0, with a rest of noise.
        fc.pre(change.spacing !== 'trailing' || (100 / change.steps) % 1 < 0.49);
        const spec = { ...diffusion, ...change } as DiffusionSpec;
        const initial = clean.map(() => start);
        expectClose(await run(spec, perfect(spec, clean), initial), clean, 2e-3);
      }),
    );
  });

  it('never leave the clipping range by more than the last step’s noise', async () => {
    await fc.assert(
      fc.asyncProperty(
        any,
        vector,
        fc.float({ min: -50, max: 50, noNaN: true }),
        async (change, x, o) => {
          const spec = { ...diffusion, ...change, spacing: 'leading', clip: 1 } as DiffusionSpec;
          const actions = await run(spec, (sample) => sample.map(() => o), x);
          for (const action of actions) expect(Math.abs(action)).toBeLessThanOrEqual(1);
        },
      ),
    );
  });

  it('add noise only where the timestep is above 0, and only by DDPM', async () => {
    for (const [type, expected] of [
      ['ddpm', [0, 1, 2, 3, 4, 5, 6, 7, 8]],
      ['ddim', []],
    ] as const) {
      const asked: number[] = [];
      const noise: NoiseSource = (draw, out) => {
        asked.push(draw);
        out.fill(1);
      };
      await run({ ...diffusion, type }, (x) => x, new Float32Array(2), noise);
      expect(asked).toEqual(expected);
    }
  });

  it('refuse more steps than the training had, and timesteps beyond its end', () => {
    expect(() => createSampler({ ...diffusion, steps: 101 }, 1)).toThrow(/at most train_timesteps/);
    expect(() => createSampler({ ...diffusion, steps: 100, offset: 1 }, 1)).toThrow(/timestep 100/);
  });
});

describe('a network that gives the clean chunk', () => {
  it.each(['one_to_zero', 'zero_to_one'] as const)(
    'is followed by Euler steps %s',
    async (time) => {
      await fc.assert(
        fc.asyncProperty(
          vector,
          value,
          fc.integer({ min: 1, max: 20 }),
          async (clean, start, n) => {
            const spec = parse({ type: 'flow_euler', steps: n, time, prediction: 'sample' });
            const model: ModelCall = () => Float32Array.from(clean);
            expectClose(
              await run(
                spec,
                model,
                clean.map(() => start),
              ),
              clean,
              1e-5,
            );
          },
        ),
      );
    },
  );
});

describe('steering', () => {
  it('sees the start, every call and the end, and may change sample and output', async () => {
    const told: string[] = [];
    const x = Float32Array.of(1);
    await runSampler(
      createSampler({ ...flow, steps: 2 }, 1),
      (sample, _, { rows }) => sample.map(() => rows?.[0] ?? 0),
      quiet,
      x,
      new Float32Array(1),
      {
        timesAt: (time) => Float32Array.of(7 + time),
        begin: (sample) => told.push(`begin ${sample[0]}`),
        adjust: async (sample, time, output) => {
          told.push(`at ${time} ${output[0]}`);
          sample[0] = 5;
          output[0] = 2;
        },
        end: (sample) => told.push(`end ${sample[0]}`),
      },
    );
    expect(told).toEqual(['begin 1', 'at 1 8', 'at 0.5 7.5', 'end 4']);
  });
});

describe('every sampler', () => {
  const sigma = { sigma_min: 0.02, sigma_max: 5, time: 'sigma', clip: 1 } as const;
  const specs: SamplerSpec[] = [
    flow,
    { ...flow, type: 'flow_heun' },
    parse({ type: 'shortcut', steps: 4, time: 'one_to_zero', span: 'delta' }),
    diffusion,
    { ...diffusion, type: 'ddpm', clip: 1 },
    { ...diffusion, prediction: 'v_prediction', reclip_epsilon: true, clip: 1 },
    { ...diffusion, prediction: 'score', eta: 1 },
    ...(['edm_euler', 'edm_heun', 'edm_euler_ancestral', 'edm_dpmpp_2m'] as const).map((type) =>
      parse({ type, steps: 5, prediction: 'preconditioned', ...sigma }),
    ),
    parse({ type: 'consistency', ...sigma, chain: { unit: 'sigma', levels: [2, 0.5] } }),
    parse({ type: 'consistency_trajectory', ...sigma }),
    parse({ type: 'direct' }),
  ];
  const model: ModelCall = (x, t) => x.map((v) => Math.sin(3 * v) + 0.01 * t);

  it.each(specs.map((spec) => [spec.type, spec] as const))(
    '%s treats a batch as its members one by one',
    async (_, spec) => {
      await fc.assert(
        fc.asyncProperty(vector, vector, async (a, b) => {
          const noise: NoiseSource = (draw, out) => out.fill(draw / 10);
          const both = await run(spec, model, Float32Array.of(...a, ...b), noise);
          const single = [await run(spec, model, a, noise), await run(spec, model, b, noise)];
          expect([...both]).toEqual(single.flatMap((x) => [...x]));
        }),
        { numRuns: 20 },
      );
    },
  );

  it.each(specs.map((spec) => [spec.type, spec] as const))(
    '%s lets NaN of the model through, to be rejected with the chunk',
    async (_, spec) => {
      const actions = await run(spec, (x) => x.map(() => Number.NaN), new Float32Array(3));
      expect(actions.every(Number.isNaN)).toBe(true);
    },
  );

  it('waits for a model that answers later', async () => {
    const later: ModelCall = async (x, t) => {
      await new Promise((resolve) => setImmediate(resolve));
      return x.map((v) => v * t);
    };
    const at: ModelCall = (x, t) => x.map((v) => v * t);
    const initial = Float32Array.of(0.3, -0.2);
    expect(await run(flow, later, initial)).toEqual(await run(flow, at, initial));
  });
});

describe('an override', () => {
  it('changes type and steps within the family', () => {
    expect(overrideSampler(diffusion, { type: 'ddpm', steps: 50 })).toMatchObject({
      type: 'ddpm',
      steps: 50,
      prediction: 'epsilon',
    });
    expect(overrideSampler(flow, {})).toEqual(flow);
  });

  it('is refused across families', () => {
    expect(() => overrideSampler(flow, { type: 'ddpm' })).toThrow(/does not fit/);
    expect(() => overrideSampler(diffusion, { type: 'flow_heun' })).toThrow(/ddim or ddpm/);
    expect(() => overrideSampler(parse({ type: 'direct' }), { steps: 3 })).toThrow(
      /"direct" cannot/,
    );
  });
});

it('DDPM of the greatest variance is the same by its logarithm', async () => {
  const noise: NoiseSource = (draw, out) => out.fill(Math.sin(draw));
  const model: ModelCall = (x) => x.map((v) => Math.tanh(v));
  const start = Float32Array.of(0.5, -1, 2);
  const chunk = (variance: DiffusionSpec['variance']) =>
    run({ ...diffusion, type: 'ddpm', clip: 1, variance }, model, start, noise);
  const large = await chunk('fixed_large');
  expectClose(await chunk('fixed_large_log'), large, 1e-6);
  expect(await chunk('fixed_small')).not.toEqual(large);
});

it('noise that is added before a call is drawn for that call', async () => {
  const spec = parse({
    type: 'edm_heun',
    steps: 3,
    sigma_min: 0.1,
    sigma_max: 2,
    prediction: 'sample',
    clip: null,
    s_churn: 0.6,
    s_tmax: 1,
  });
  const sampler = createSampler(spec, 1);
  const [drawn, seen]: [number[], number[]] = [[], []];
  const noise: NoiseSource = (draw, out) => {
    drawn.push(draw);
    out.fill(1);
  };
  const model: ModelCall = (x) => {
    seen.push(x[0] ?? Number.NaN);
    return Float32Array.of(0);
  };
  await runSampler(sampler, model, noise, Float32Array.of(1), new Float32Array(1));
  // Not before the first step, at σ = 2; before the second and the third, calls 2 and 4.
  expect(drawn).toEqual([2, 4]);
  expect(seen).toHaveLength(5);
});
