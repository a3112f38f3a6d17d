// Programs beyond the plain denoiser compute what they should: learned variances, variants, guidance.
import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { ObservationBlock } from '../../src/policy/observation_block.js';
import { checkPackage } from '../../src/policy/package_check.js';
import { loadPackage } from '../../src/policy/package_file.js';
import { requireParity } from '../../src/policy/parity.js';
import { PolicyProgram, type ProgramOptions } from '../../src/policy/program/policy_program.js';
import { fixture, SpoiledPackage } from './packages.js';

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
