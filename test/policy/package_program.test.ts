// Programs beyond the plain denoiser: contexts, guidance, samples larger than the chunk, direct
// networks and variants; what their packages may declare, and that they compute what they should.
import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { ObservationBlock } from '../../src/policy/observation_block.js';
import { checkPackage } from '../../src/policy/package_check.js';
import { loadPackage } from '../../src/policy/package_file.js';
import { requireParity } from '../../src/policy/parity.js';
import { PolicyProgram, type ProgramOptions } from '../../src/policy/program/policy_program.js';
import { fixture, SpoiledPackage } from './packages.js';

const kinds = [
  [
    'tiny_guided',
    [
      [
        'a context of another name',
        (s) => (s.program.denoiser.inputs.context = { keys: 'values' }),
        /denoiser\.inputs\.context: "values" is not declared; expected one of keys/,
      ],
      [
        'a context that nothing uses',
        (s) => (s.program.denoiser.inputs = { sample: 'sample', time: 'time', condition: 'keys' }),
        /program\.context: "keys" is given but not used/,
      ],
      [
        'a denoiser that sees no observation',
        (s) => (s.program.denoiser.inputs.context = {}),
        /denoiser\.inputs: expected "condition" or "context"/,
      ],
      [
        'a context output that the graph lacks',
        (s) => (s.program.context[0].outputs = { cache: 'keys' }),
        /prefix\.onnx: output "cache" must exist .*the graph has keys/,
      ],
      [
        'guidance that drops what is no part of the condition',
        (s) => (s.program.guidance.drop = ['observation.images.top']),
        /guidance\.drop: "observation\.images\.top" is not declared/,
      ],
      [
        'a chunk that leaves the sample',
        (s) => (s.program.sample.start = 3),
        /program\.sample: rows 3 … 6 are the chunk; expected at least 7 steps, found 6/,
      ],
      [
        'a sample narrower than the joints',
        (s) => (s.program.sample.width = 2),
        /program\.sample\.width is 2; expected at least 3/,
      ],
      [
        'a sample of another width than the graph',
        (s) => (s.program.sample.width = 7),
        /input "sample" is float32\[rows,6,5\]; the package expects float32\[4,6,7\]/,
      ],
      [
        'noise levels in the wrong order',
        (s) => (s.program.sampler.sigma_min = 3),
        /sigma_min 3 must be below sigma_max 2/,
      ],
      [
        'churn that its sampler does not add',
        (s) => Object.assign(s.program.sampler, { type: 'edm_dpmpp_2m', s_churn: 1 }),
        /s_churn needs edm_euler or edm_heun; found edm_dpmpp_2m/,
      ],
      [
        'churn between levels in the wrong order',
        (s) => Object.assign(s.program.sampler, { s_churn: 1, s_tmin: 2, s_tmax: 1 }),
        /s_tmin 2 is above s_tmax 1/,
      ],
      [
        'a prediction of another sampler',
        (s) => (s.program.sampler.prediction = 'epsilon'),
        /prediction is "preconditioned"; the sampler expects "epsilon"/,
      ],
      [
        'an input that its sampler does not feed',
        (s) => (s.program.denoiser.inputs.span = 'span'),
        /inputs has "span", which sampler "edm_euler" does not feed/,
      ],
      [
        'a gradient for a sampler without guided chunking',
        (s) => {
          s.program.gradient = {
            graph: 'denoiser',
            inputs: { ...s.program.denoiser.inputs, cotangent: 'c' },
            output: 'out',
          };
        },
        /gradient is for sampler "flow_euler"; found "edm_euler"/,
      ],
      [
        'a consistency chain outside its levels',
        (s) => {
          const chain = { unit: 'bin', levels: [80] };
          s.program.sampler = { type: 'consistency', clip: null, chain };
        },
        /sampler\.chain: bin 80 is outside 0 … 79/,
      ],
      [
        'streaming without times of its own for every step',
        (s) => {
          s.program.sampler = {
            type: 'streaming',
            train_timesteps: 100,
            beta_schedule: 'linear',
            prediction: 'epsilon',
            clip: null,
            steps: 100,
            action_steps: 9,
          };
        },
        /time_per_step is false; sampler "streaming" expects true/,
      ],
    ],
  ],
  [
    'tiny_learned',
    [
      [
        'a network without the variances that its sampler expects of it',
        (s) => (s.program.sampler.variance = 'fixed_large'),
        /output "out" is float32\[rows,4,6\]; the package expects float32\[2,4,3\]/,
      ],
      [
        'a variance that its sampler does not add',
        (s) => (s.program.sampler.type = 'ddim'),
        /sampler\.variance "learned_range" needs ddpm; found ddim/,
      ],
    ],
  ],
  [
    'tiny_direct',
    [
      [
        'a time that a direct network does not get',
        (s) => (s.program.denoiser.inputs.time = 't'),
        /inputs has "time", which sampler "direct" does not feed/,
      ],
      [
        'a shortcut of a step count that is no power of two',
        (s) => {
          s.program.sampler = { type: 'shortcut', steps: 3, time: 'zero_to_one', span: 'log2' };
        },
        /steps is 3; span "log2" expects a power of two/,
      ],
      [
        'a sampler whose inputs are missing',
        (s) => {
          s.program.sampler = { type: 'shortcut', steps: 4, time: 'zero_to_one', span: 'log2' };
        },
        /inputs lacks "span", which sampler "shortcut" feeds/,
      ],
    ],
  ],
  [
    'tiny_variants',
    [
      [
        'a graph of a variant that nothing runs',
        (s) => (s.variants.split.graphs.folded = s.variants.folded.graphs.folded),
        /variant "split": graphs: "folded" is used nowhere/,
      ],
      [
        'a variant whose sampler does not fit',
        (s) => (s.variants.folded.sampler = { type: 'flow_euler', steps: 2, time: 'one_to_zero' }),
        /variant "folded": .*lacks "time"/,
      ],
      [
        'a variant that exceeds its bound',
        (s) => (s.variants.int8.tolerance = 1e-7),
        /parity of variant "int8": the chunk differs.*at most 1e-7 rad/,
      ],
      [
        'a damaged graph of a variant',
        (s) => (s.variants.fp16.graphs.fp16.sha256 = '0'.repeat(64)),
        /fp16\.onnx: SHA-256 is/,
      ],
    ],
  ],
  // biome-ignore lint/suspicious/noExplicitAny: faults are put into JSON of any form
] as [string, [string, (spec: any) => unknown, RegExp][]][];

describe('checking a package', () => {
  it.each(
    kinds.flatMap(([name, faults]) =>
      faults.map(([what, spoil, line]) => [what, name, spoil, line] as const),
    ),
  )('with %s names it (%s)', async (_, name, spoil, line) => {
    const spoiled = new SpoiledPackage(name).edit('policy.json', spoil);
    const { faults } = await checkPackage(spoiled.dir);
    expect(faults).toContainEqual(expect.stringMatching(line));
  });
});

/** Unit noise that depends on the draw alone. */
const noise = (draw: number, out: Float32Array): void => {
  for (const i of out.keys()) out[i] = Math.sin(7 * draw + i);
};

/** The chunk of a package, or of one of its variants, over an observation of numbers near 0. */
async function chunkOf(dir: string, variant: string | null = null): Promise<Float32Array> {
  const source = loadPackage(dir, variant);
  const program = await PolicyProgram.open(source);
  const observation = new ObservationBlock(source.spec);
  for (const [key, input] of Object.entries(source.spec.observation)) {
    for (let step = 0; step < observation.steps; step++) {
      if (input.type === 'state') {
        const state = observation.state(key, step);
        for (const i of state.keys()) state[i] = 0.1 * Math.sin(i + 3 * step + key.length);
      } else if (key.endsWith('front')) observation.image(key, step).fill(60 + 30 * step);
    }
  }
  const chunk = Float32Array.from(await program.infer(observation, noise));
  await program.close();
  return chunk;
}

describe('a network that gives the variances too', () => {
  it('runs under DDIM as well, which adds no noise and has no use for them', async () => {
    const source = loadPackage(fixture('tiny_learned'));
    const chunk = async (options: ProgramOptions): Promise<Float32Array> => {
      const program = await PolicyProgram.open(source, options);
      const actions = Float32Array.from(
        await program.infer(new ObservationBlock(source.spec), noise),
      );
      await program.close();
      return actions;
    };
    const ddim = await chunk({ sampler: { type: 'ddim' } });
    expect(ddim.every(Number.isFinite)).toBe(true);
    expect(await chunk({})).not.toEqual(ddim);
  });
});

describe('variants', () => {
  it('compute the same chunk: exact ones to rounding, others nearly', async () => {
    const dir = fixture('tiny_variants');
    const plain = await chunkOf(dir);
    const manifest = JSON.parse(readFileSync(`${dir}/policy.json`, 'utf8'));
    const names = Object.keys(manifest.variants);
    expect(names).toEqual(['split', 'folded', 'int8', 'fp16']);
    for (const name of names) {
      const own = await chunkOf(dir, name);
      // What an inexact one declares holds for the parity fixture only.
      const bound = name === 'split' || name === 'folded' ? 1e-5 : 0.5;
      for (const [i, value] of own.entries()) {
        expect(Math.abs(value - (plain[i] ?? Number.NaN)), name).toBeLessThanOrEqual(bound);
      }
      if (name === 'int8') expect(own).not.toEqual(plain);
    }
  });

  it('are all checked with their package', async () => {
    const report = await checkPackage(fixture('tiny_variants'));
    expect(report.faults).toEqual([]);
    expect(Object.keys(report.variants ?? {})).toEqual(['split', 'folded', 'int8', 'fp16']);
  });

  it('are refused at load when they exceed their bound', async () => {
    const spoiled = new SpoiledPackage('tiny_variants').edit('policy.json', (spec) => {
      spec.variants.int8.tolerance = 1e-7;
    });
    const refused = requireParity(loadPackage(spoiled.dir, 'int8'));
    await expect(refused).rejects.toThrow(/variant "int8".*leave out policy\.variant/);
    await expect(requireParity(loadPackage(spoiled.dir, 'folded'))).resolves.toBeDefined();
  });

  it('of another name are refused with the names that there are', () => {
    expect(() => loadPackage(fixture('tiny_variants'), 'int4')).toThrow(
      /no variant "int4"; expected one of split, folded, int8, fp16/,
    );
  });

  it('with all steps in one graph refuse another step count', async () => {
    const source = loadPackage(fixture('tiny_variants'), 'folded');
    await expect(PolicyProgram.open(source, { sampler: { steps: 3 } })).rejects.toThrow(
      /steps of sampler "direct" cannot be changed/,
    );
  });
});

describe('guidance', () => {
  it('of scale 1 gives the conditional chunk, and of another scale another one', async () => {
    const spoiled = new SpoiledPackage('tiny_guided');
    const guided = await chunkOf(spoiled.dir);
    spoiled.edit('policy.json', (spec) => (spec.program.guidance.scale = 1));
    const one = await chunkOf(spoiled.dir);
    spoiled.edit('policy.json', (spec) => delete spec.program.guidance);
    const none = await chunkOf(spoiled.dir);
    for (const [i, value] of one.entries()) expect(value).toBeCloseTo(none[i] ?? Number.NaN, 5);
    expect(guided).not.toEqual(one);
  });

  it('of scale 0 does not see what it drops', async () => {
    const spoiled = new SpoiledPackage('tiny_guided').edit('policy.json', (spec) => {
      spec.program.guidance.scale = 0;
      spec.program.scoring = null;
      spec.program.candidates = 1;
      delete spec.graphs.critic;
    });
    const before = await chunkOf(spoiled.dir);
    // Other statistics of the goal make other normalised numbers of it.
    spoiled.edit('stats.json', (stats) => (stats['observation.goal'].max = [3, 3, 3])).rehash();
    expect(await chunkOf(spoiled.dir)).toEqual(before);
    spoiled.edit('policy.json', (spec) => (spec.program.guidance.scale = 1));
    expect(await chunkOf(spoiled.dir)).not.toEqual(before);
  });
});

it('settings of ONNX Runtime that it does not have are refused by name', async () => {
  const source = loadPackage(fixture('tiny_direct'));
  await expect(PolicyProgram.open(source, { providers: ['dml', 'cpu'] })).rejects.toThrow(
    /no execution provider "dml"; expected cpu.*policy\.providers/,
  );
  for (const optimization of ['disabled', 'basic', 'extended'] as const) {
    const { error, tolerance } = await requireParity(source, { optimization });
    expect(error).toBeLessThanOrEqual(tolerance);
  }
});
