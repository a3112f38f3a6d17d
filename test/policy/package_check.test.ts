// `sinew check`: good packages pass with their parity fixture, and every fault is named.
import { readFileSync, rmSync, truncateSync, writeFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { checkPackage } from '../../src/policy/package_check.js';
import { loadPackage } from '../../src/policy/package_file.js';
import { PolicyProgram } from '../../src/policy/program/policy_program.js';
import { fixture, SpoiledPackage } from './packages.js';

describe('checking a good package', () => {
  it.each([
    'tiny_flow',
    'tiny_diffusion',
    'tiny_candidates',
    'tiny_faulty',
    'tiny_guided',
    'tiny_direct',
    'tiny_learned',
    'tiny_streaming',
  ])('finds that %s computes the chunk of its parity fixture', async (name) => {
    const report = await checkPackage(fixture(name));
    expect(report.faults).toEqual([]);
    expect(report.parity?.error).toBeLessThan(1e-6);
  });
});

/** One fault each: how it is made, and what its line must say. */
const faults: [what: string, spoil: (spoiled: SpoiledPackage) => unknown, line: RegExp][] = [
  ['no policy.json', (p) => rmSync(p.path('policy.json')), /policy\.json: not found/],
  ['broken JSON', (p) => writeFileSync(p.path('policy.json'), '{'), /policy\.json: not JSON/],
  ['an unknown key', (p) => p.edit('policy.json', (s) => (s.speed = 1)), /speed/],
  [
    'an unknown key deep inside',
    (p) => p.edit('policy.json', (s) => (s.program.denoiser.inputs.goal = 'x')),
    /program\.denoiser\.inputs: .*goal/,
  ],
  ['another version', (p) => p.edit('policy.json', (s) => (s.version = 2)), /version/],
  ['a wrong type', (p) => p.edit('policy.json', (s) => (s.rate_hz = '15')), /rate_hz/],
  ['a wrong unit', (p) => p.edit('policy.json', (s) => (s.action.unit = 'deg')), /action\.unit/],
  [
    'a joint listed twice',
    (p) => p.edit('policy.json', (s) => s.action.joints.push('pan')),
    /action\.joints: each joint once/,
  ],
  [
    'a truncated graph',
    (p) => truncateSync(p.path('encoder.onnx'), 1000),
    /encoder\.onnx: SHA-256 is [0-9a-f]{64} \(1000 bytes\)/,
  ],
  [
    'a truncated graph that was hashed after the damage',
    (p) => {
      truncateSync(p.path('encoder.onnx'), 1000);
      p.rehash();
    },
    /encoder\.onnx: not a graph that ONNX Runtime can load/,
  ],
  ['a missing graph', (p) => rmSync(p.path('denoiser.onnx')), /denoiser\.onnx: cannot be read/],
  ['changed statistics', (p) => p.edit('stats.json', (s) => (s.action.min[0] = 0)), /SHA-256/],
  [
    'missing statistics',
    (p) => {
      p.edit('stats.json', (s) => delete s['observation.state']).rehash();
    },
    /no statistics for "observation\.state"; expected min and max/,
  ],
  [
    'statistics of another length',
    (p) => {
      p.edit('stats.json', (s) => s.action.min.pop()).rehash();
    },
    /min of "action" has 2 numbers; expected 3/,
  ],
  [
    'inverted statistics',
    (p) => {
      p.edit('stats.json', (s) => (s.action.min[1] = 9)).rehash();
    },
    /min of "action" exceeds max at index 1/,
  ],
  [
    'another prediction horizon than the graph has',
    (p) => p.edit('policy.json', (s) => (s.horizon.prediction = 5)),
    /denoiser\.onnx: input "sample" is float32\[batch,4,3\].*expects float32\[1,5,3\]/,
  ],
  [
    'another number of joints than the graph has',
    (p) => {
      p.edit('policy.json', (s) => s.action.joints.pop());
      p.edit('stats.json', (s) => {
        for (const row of Object.values<number[]>(s.action)) row.pop();
      }).rehash();
    },
    /input "sample" is float32\[batch,4,3\]; the package expects float32\[1,4,2\]/,
  ],
  [
    'another picture size than the encoder has',
    (p) => p.edit('policy.json', (s) => (s.observation['observation.images.wrist'].resize = null)),
    /encoder\.onnx: input "wrist" is float32\[1,3,4,4\].*expects float32\[1,3,8,8\]/,
  ],
  [
    'a history of another length',
    (p) => p.edit('policy.json', (s) => (s.horizon.observation = 3)),
    /input "condition" is float32\[batch,16\].*expects float32\[1,24\]/,
  ],
  [
    'an input of another name',
    (p) => p.edit('policy.json', (s) => (s.program.denoiser.inputs.time = 'timestep')),
    /graph has no input "timestep"; it has sample, time, condition/,
  ],
  [
    'an output of another name',
    (p) => p.edit('policy.json', (s) => (s.program.denoiser.output = 'epsilon')),
    /graph has no output "epsilon"; it has velocity/,
  ],
  [
    'a graph that is not declared',
    (p) => p.edit('policy.json', (s) => (s.program.denoiser.graph = 'net')),
    /program: "net" is not declared/,
  ],
  [
    'an observation that nothing uses',
    (p) => p.edit('policy.json', (s) => s.program.condition.pop()),
    /"observation\.state" is given but not used/,
  ],
  [
    'a crop outside the picture',
    (p) => p.edit('policy.json', (s) => (s.observation['observation.images.front'].crop.left = 5)),
    /crop leaves the 8x6 picture/,
  ],
  [
    'a prediction that the sampler does not take',
    (p) => p.edit('policy.json', (s) => (s.program.denoiser.prediction = 'epsilon')),
    /prediction is "epsilon"; the sampler expects "velocity"/,
  ],
  [
    'more execution than prediction',
    (p) => p.edit('policy.json', (s) => (s.horizon.execution = 9)),
    /horizon\.execution 9 exceeds horizon\.prediction 4/,
  ],
  [
    'a parity chunk that differs',
    (p) => {
      const file = p.path('parity.bin');
      const bytes = readFileSync(file);
      bytes.writeFloatLE(bytes.readFloatLE(bytes.length - 4) + 0.01, bytes.length - 4);
      writeFileSync(file, bytes);
    },
    /parity: the chunk differs.*by 0\.0(1|099)/,
  ],
  ['a missing parity file', (p) => rmSync(p.path('parity.json')), /parity\.json: cannot be read/],
  ['parity data that end early', (p) => truncateSync(p.path('parity.bin'), 700), /ends after/],
];

describe('checking a package', () => {
  it.each(faults)('with %s names it', async (_, spoil, line) => {
    const spoiled = new SpoiledPackage('tiny_flow');
    spoil(spoiled);
    const report = await checkPackage(spoiled.dir);
    expect(report.faults).toContainEqual(expect.stringMatching(line));
    for (const fault of report.faults) expect(fault).not.toContain('\n');
  });

  it('with several faults names them all', async () => {
    const spoiled = new SpoiledPackage('tiny_flow').edit('policy.json', (spec) => {
      spec.horizon.execution = 9;
      spec.program.denoiser.prediction = 'epsilon';
      spec.program.condition.push('nothing');
    });
    rmSync(spoiled.path('encoder.onnx'));
    const { faults: found } = await checkPackage(spoiled.dir);
    expect(found).toHaveLength(4);
  });

  it('refuses clipping of clean samples whose actions have no bounded range', async () => {
    const spoiled = new SpoiledPackage('tiny_diffusion').edit('policy.json', (spec) => {
      spec.action.normalization = 'mean_std';
    });
    const { faults: found } = await checkPackage(spoiled.dir);
    expect(found).toContainEqual(expect.stringMatching(/clip needs actions normalised to a range/));
  });

  it('refuses candidates without something to choose among them', async () => {
    const spoiled = new SpoiledPackage('tiny_flow').edit('policy.json', (spec) => {
      spec.program.candidates = 2;
    });
    const { faults: found } = await checkPackage(spoiled.dir);
    expect(found).toContainEqual(expect.stringMatching(/2 candidates without scoring/));
  });
});

describe('a package that does not pass', () => {
  it('is not loaded, in one line that says how to learn more', () => {
    const spoiled = new SpoiledPackage('tiny_flow').edit('policy.json', (spec) => {
      spec.horizon.execution = 9;
      spec.program.denoiser.prediction = 'epsilon';
    });
    expect(() => loadPackage(spoiled.dir)).toThrow(/execution 9.*and 1 more.*sinew check/);
  });

  it('is not opened when a graph does not fit', async () => {
    const spoiled = new SpoiledPackage('tiny_flow').edit('policy.json', (spec) => {
      spec.horizon.prediction = 5;
    });
    const source = loadPackage(spoiled.dir);
    await expect(PolicyProgram.open(source)).rejects.toThrow(/\[batch,4,3\].*\[1,5,3\]/);
  });
});
