/** The clean sample and the noise that a model's output stands for, in its three predictions. */
import type { DiffusionSpec } from '../package_schema.js';

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

/** x̂0 before clipping, for one element. */
export function cleanOf(
  prediction: DiffusionSpec['prediction'],
  { signal, noise }: Level,
  x: number,
  output: number,
): number {
  switch (prediction) {
    case 'epsilon':
      return fround(fround(x - fround(noise * output)) / signal);
    case 'sample':
      return output;
    case 'v_prediction':
      return fround(fround(signal * x) - fround(noise * output));
  }
}

/** ε̂ for one element. */
export function noiseOf(
  prediction: DiffusionSpec['prediction'],
  level: Level,
  x: number,
  output: number,
): number {
  switch (prediction) {
    case 'epsilon':
      return output;
    case 'sample':
      return noiseFromClean(level, x, output);
    case 'v_prediction':
      return fround(fround(level.signal * output) + fround(level.noise * x));
  }
}

/** The noise that leads from the clean value `clean` to `x`. */
export function noiseFromClean({ signal, noise }: Level, x: number, clean: number): number {
  return fround(fround(x - fround(signal * clean)) / noise);
}

/** `value` inside ±bound; no bound leaves it. NaN stays NaN, so that it is found out later. */
export function clipTo(value: number, bound: number | null): number {
  if (bound === null) return value;
  return Math.min(Math.max(value, -bound), bound);
}
