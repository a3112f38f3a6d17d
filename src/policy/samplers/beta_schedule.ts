/** Noise schedules of diffusion training in float32, equal to diffusers' to the bit. */
import type { NoiseScheduleSpec } from '../sampler_schema.js';
import { linspace32 } from './linspace.js';

const { fround } = Math;

type Betas = Omit<NoiseScheduleSpec, 'prediction' | 'clip'>;

/** How much signal is left at time u in 0 … 1 (Nichol and Dhariwal's cosine). */
function cosineAlphaBar(u: number): number {
  return Math.cos((((u + 0.008) / 1.008) * Math.PI) / 2) ** 2;
}

/** Variance added in each training step, [train_timesteps]. */
export function betas(spec: Betas): Float32Array {
  const { train_timesteps: count, beta_start: start, beta_end: end } = spec;
  switch (spec.beta_schedule) {
    case 'linear':
      return linspace32(start, end, count);
    case 'scaled_linear':
      return linspace32(Math.sqrt(start), Math.sqrt(end), count).map((root) => root * root);
    case 'squaredcos_cap_v2':
      return Float32Array.from({ length: count }, (_, i) =>
        Math.min(1 - cosineAlphaBar((i + 1) / count) / cosineAlphaBar(i / count), 0.999),
      );
  }
}

/** ᾱ: share of the signal's variance left after each training step, [train_timesteps]. */
export function alphasCumprod(spec: Betas): Float32Array {
  // PyTorch accumulates a float32 product in float64 and rounds each entry.
  let product = 1;
  return betas(spec).map((beta) => {
    product *= fround(1 - beta);
    return product;
  });
}
