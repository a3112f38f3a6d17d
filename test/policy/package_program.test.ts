// Programs beyond the plain denoiser: contexts, guidance, samples larger than the chunk, direct
// networks and variants; what their packages may declare.
import { describe, expect, it } from 'vitest';
import { checkPackage } from '../../src/policy/package_check.js';
import { SpoiledPackage } from './packages.js';

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
