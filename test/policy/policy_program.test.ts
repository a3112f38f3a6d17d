// The inference program on real graphs: determinism, features kept by stamp, overrides, faults.
import { afterEach, describe, expect, it } from 'vitest';
import { normalNoise } from '../../src/policy/noise.js';
import { ObservationBlock } from '../../src/policy/observation_block.js';
import { loadPackage } from '../../src/policy/package_file.js';
import {
  firstNonFinite,
  PolicyProgram,
  type ProgramOptions,
} from '../../src/policy/program/policy_program.js';
import type { NoiseSource } from '../../src/policy/samplers/sampler.js';
import { fixture } from './packages.js';

const FRONT = 'observation.images.front';
const opened: PolicyProgram[] = [];
afterEach(async () => {
  await Promise.all(opened.splice(0).map((program) => program.close()));
});

async function open(name: string, options: ProgramOptions = {}) {
  const source = loadPackage(fixture(name));
  const program = await PolicyProgram.open(source, options);
  opened.push(program);
  return { program, observation: new ObservationBlock(source.spec), spec: source.spec };
}

const noise =
  (seed: number): NoiseSource =>
  (draw, out) =>
    normalNoise(seed, { episode: 0, chunk: 0, draw }, out);

/**
 * Stamps each time step and gives its front picture one brightness. The wrist's stays black: its
 * statistics have a standard deviation of 0, so that any light would saturate the network.
 */
function fill(observation: ObservationBlock, stamps: readonly number[], brightness: number): void {
  for (const [step, stamp] of stamps.entries()) {
    for (const key of observation.keys) {
      observation.setStamp(key, step, stamp);
      if (key === FRONT) observation.image(key, step).fill(brightness);
    }
  }
}

describe('a program', () => {
  it('gives the same chunk for the same observation and seed, another for another seed', async () => {
    const { program, observation } = await open('tiny_flow');
    fill(observation, [1, 2], 100);
    const first = Float32Array.from(await program.infer(observation, noise(1)));
    expect(firstNonFinite(first)).toBe(-1);
    expect(await program.infer(observation, noise(1))).toEqual(first);
    expect(await program.infer(observation, noise(2))).not.toEqual(first);
  });

  it('uses kept features while the stamp is the same, and new ones after a reset', async () => {
    const { program, observation } = await open('tiny_flow');
    fill(observation, [1, 2], 100);
    const first = Float32Array.from(await program.infer(observation, noise(1)));
    observation.image(FRONT, 1).fill(0);
    expect(await program.infer(observation, noise(1))).toEqual(first);
    program.reset();
    expect(await program.infer(observation, noise(1))).not.toEqual(first);
  });

  it('computes the same with kept features as without', async () => {
    const kept = await open('tiny_flow');
    const fresh = await open('tiny_flow');
    for (let k = 0; k < 6; k++) {
      for (const { observation } of [kept, fresh]) {
        fill(observation, [k, k + 1], 0);
        for (const step of [0, 1]) observation.image(FRONT, step).fill(30 * (k + step));
      }
      fresh.program.reset();
      const expected = await fresh.program.infer(fresh.observation, noise(k));
      expect(await kept.program.infer(kept.observation, noise(k))).toEqual(expected);
    }
  });

  it('never keeps features of frames without a stamp', async () => {
    const { program, observation } = await open('tiny_flow');
    fill(observation, [Number.NaN, Number.NaN], 100);
    const first = Float32Array.from(await program.infer(observation, noise(1)));
    observation.image(FRONT, 1).fill(0);
    expect(await program.infer(observation, noise(1))).not.toEqual(first);
  });

  it('takes another step count or sampler of the same family', async () => {
    const { program } = await open('tiny_diffusion', { sampler: { type: 'ddpm', steps: 20 } });
    expect(program.evaluations).toBe(20);
    const heun = await open('tiny_flow', { sampler: { type: 'flow_heun', steps: 4 } });
    expect(heun.program.evaluations).toBe(8);
  });

  it('refuses a sampler of the other family', async () => {
    await expect(open('tiny_flow', { sampler: { type: 'ddim' } })).rejects.toThrow(
      /"ddim" does not fit.*flow_euler or flow_heun/,
    );
  });

  it('keeps the residual inside its bound and the best candidate by its score', async () => {
    // The parity fixture proves the values; here that noise in any candidate can win.
    const { program, observation } = await open('tiny_candidates');
    const chunks = new Set<string>();
    for (let seed = 0; seed < 5; seed++) {
      chunks.add((await program.infer(observation, noise(seed))).join());
    }
    expect(chunks.size).toBe(5);
  });

  it('passes on what is not finite, for the caller to reject', async () => {
    const { program, observation } = await open('tiny_faulty');
    observation.state('observation.state', 0)[1] = 7;
    const actions = await program.infer(observation, noise(1));
    expect(firstNonFinite(actions)).toBe(0);
  });

  it('rejects when a graph fails, and works again after', async () => {
    const { program, observation } = await open('tiny_faulty');
    const state = observation.state('observation.state', 0);
    state[2] = 7;
    await expect(program.infer(observation, noise(1))).rejects.toThrow(/Gather/);
    state[2] = 0;
    expect(firstNonFinite(await program.infer(observation, noise(1)))).toBe(-1);
  });

  it('computes one chunk at a time', async () => {
    const { program, observation } = await open('tiny_flow');
    const first = program.infer(observation, noise(1));
    await expect(program.infer(observation, noise(1))).rejects.toThrow(/already/);
    await first;
  });

  it('says where its time went', async () => {
    const { program, observation } = await open('tiny_flow');
    await program.infer(observation, noise(1));
    const { total, encode, graphs } = program.timing;
    expect(encode).toBeGreaterThan(0);
    expect(graphs).toBeGreaterThan(0);
    expect(total).toBeGreaterThan(encode);
    expect(total).toBeGreaterThan(graphs);
  });
});
