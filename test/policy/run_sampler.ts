// Whole runs of a sampler, and numbers to run it with.
import fc from 'fast-check';
import { expect } from 'vitest';
import type { z } from 'zod';
import { type SamplerSpec, samplerSchema } from '../../src/policy/sampler_schema.js';
import { createSampler } from '../../src/policy/samplers/create_sampler.js';
import { type ModelCall, type NoiseSource, runSampler } from '../../src/policy/samplers/sampler.js';

/** A sampler as policy.json says it, with defaults filled in. */
export const parse = (spec: z.input<typeof samplerSchema>): SamplerSpec =>
  samplerSchema.parse(spec);

export const value = fc.float({ min: -1, max: 1, noNaN: true });
export const vector = fc
  .array(value, { minLength: 1, maxLength: 8 })
  .map((v) => Float32Array.from(v));

export const quiet: NoiseSource = (_, out) => out.fill(0);

export async function run(
  spec: SamplerSpec,
  model: ModelCall,
  initial: Float32Array,
  noise: NoiseSource = quiet,
): Promise<Float32Array> {
  const x = Float32Array.from(initial);
  await runSampler(createSampler(spec, x.length), model, noise, x, new Float32Array(x.length));
  return x;
}

export function expectClose(actual: Float32Array, expected: Float32Array, error: number): void {
  for (const [i, v] of actual.entries()) {
    expect(Math.abs(v - (expected[i] ?? Number.NaN))).toBeLessThanOrEqual(error);
  }
}
