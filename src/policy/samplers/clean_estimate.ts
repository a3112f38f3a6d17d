/**
 * The clean sample and the noise that a model's output stands for, in its four predictions. Whole
 * vectors at a time, so that the choice of the prediction stays out of the loops.
 */
import type { DiffusionSpec } from '../sampler_schema.js';

const { fround } = Math;

/** √ᾱ and √(1−ᾱ) of one timestep, in float32. */
export interface Level {
  readonly signal: number;
  readonly noise: number;
}

/** √ᾱ and √(1−ᾱ) for ᾱ in 0 … 1. */
export function levelOf(alphaBar: number): Level {
  return { signal: fround(Math.sqrt(alphaBar)), noise: fround(Math.sqrt(fround(1 - alphaBar))) };
}

/** Holds every number to ±`bound`. NaN stays NaN, so that it is found out later. */
export function clamp(values: Float32Array, bound: number): void {
  for (let i = 0; i < values.length; i++) {
    values[i] = Math.min(Math.max(values[i] as number, -bound), bound);
  }
}

/**
 * x̂0, held to ±`clip` unless that is null.
 *
 * @param clean written; the estimate covers its length
 */
export function estimateClean(
  prediction: DiffusionSpec['prediction'],
  { signal, noise }: Level,
  x: Float32Array,
  output: Float32Array,
  clip: number | null,
  clean: Float32Array,
): void {
  const n = clean.length;
  if (prediction === 'epsilon') {
    for (let i = 0; i < n; i++) {
      clean[i] = fround((x[i] as number) - fround(noise * (output[i] as number))) / signal;
    }
  } else if (prediction === 'sample') {
    clean.set(output);
  } else if (prediction === 'score') {
    for (let i = 0; i < n; i++) {
      const epsilon = fround(-noise * (output[i] as number));
      clean[i] = fround((x[i] as number) - fround(noise * epsilon)) / signal;
    }
  } else {
    for (let i = 0; i < n; i++) {
      clean[i] = fround(signal * (x[i] as number)) - fround(noise * (output[i] as number));
    }
  }
  if (clip !== null) clamp(clean, clip);
}

/** ε̂ from the model's output. */
export function estimateNoise(
  prediction: DiffusionSpec['prediction'],
  level: Level,
  x: Float32Array,
  output: Float32Array,
  estimate: Float32Array,
): void {
  const { signal, noise } = level;
  if (prediction === 'epsilon') {
    estimate.set(output);
  } else if (prediction === 'sample') {
    noiseFromClean(level, x, output, estimate);
  } else if (prediction === 'score') {
    for (let i = 0; i < x.length; i++) estimate[i] = -noise * (output[i] as number);
  } else {
    for (let i = 0; i < x.length; i++) {
      estimate[i] = fround(signal * (output[i] as number)) + fround(noise * (x[i] as number));
    }
  }
}

/** The noise that leads from the clean sample `clean` to `x`. */
export function noiseFromClean(
  { signal, noise }: Level,
  x: Float32Array,
  clean: Float32Array,
  estimate: Float32Array,
): void {
  for (let i = 0; i < x.length; i++) {
    estimate[i] = fround((x[i] as number) - fround(signal * (clean[i] as number))) / noise;
  }
}
