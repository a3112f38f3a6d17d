/** DDPM ancestral sampling (Ho et al., variance "fixed_small"), step by step as in diffusers. */
import type { DiffusionSpec } from '../sampler_schema.js';
import { alphasCumprod } from './beta_schedule.js';
import { estimateClean, type Level, levelOf } from './clean_estimate.js';
import type { Sampler } from './sampler.js';
import { timesteps } from './timesteps.js';

const { fround } = Math;
const sqrt32 = (value: number): number => fround(Math.sqrt(value));
/** Variance is never below this, as in diffusers. */
const LEAST_VARIANCE = fround(1e-20);

/** One step between two noise levels. */
export interface DdpmStep {
  readonly level: Level;
  /** Weights of x̂0, of the present sample and of fresh noise. */
  readonly clean: number;
  readonly keep: number;
  readonly fresh: number;
}

/** Formulas 6 and 7 of the paper for the step from ᾱ to ᾱ'. */
export function ddpmStep(alphaBar: number, nextAlphaBar: number, last: boolean): DdpmStep {
  const beta = fround(1 - alphaBar);
  const nextBeta = fround(1 - nextAlphaBar);
  const alphaStep = fround(alphaBar / nextAlphaBar);
  const betaStep = fround(1 - alphaStep);
  const variance = Math.max(fround(fround(nextBeta / beta) * betaStep), LEAST_VARIANCE);
  return {
    level: levelOf(alphaBar),
    clean: fround(fround(sqrt32(nextAlphaBar) * betaStep) / beta),
    keep: fround(fround(sqrt32(alphaStep) * nextBeta) / beta),
    fresh: last ? 0 : sqrt32(variance),
  };
}

export class DdpmSampler implements Sampler {
  readonly evaluations: number;
  readonly #spec: DiffusionSpec;
  readonly #times: Int32Array;
  readonly #steps: DdpmStep[] = [];
  /** x̂0 of the present step. */
  readonly #clean: Float32Array;

  /** @param size elements of a sample */
  constructor(spec: DiffusionSpec, size: number) {
    this.#clean = new Float32Array(size);
    this.#spec = spec;
    this.#times = timesteps(spec);
    this.evaluations = this.#times.length;
    const alphas = alphasCumprod(spec);
    for (const [i, t] of this.#times.entries()) {
      const next = this.#times[i + 1];
      const nextAlpha = next === undefined ? 1 : (alphas[next] ?? 1);
      this.#steps.push(ddpmStep(alphas[t] ?? 1, nextAlpha, t === 0));
    }
  }

  timeOf(evaluation: number): number {
    return this.#times[evaluation] ?? 0;
  }

  usesNoise(evaluation: number): boolean {
    return this.timeOf(evaluation) > 0;
  }

  advance(evaluation: number, x: Float32Array, output: Float32Array, noise: Float32Array): void {
    const step = this.#steps[evaluation];
    if (step === undefined) throw new RangeError(`no step ${evaluation}`);
    const { prediction, clip } = this.#spec;
    const clean = this.#clean;
    estimateClean(prediction, step.level, x, output, clip, clean);
    const { clean: weight, keep, fresh } = step;
    for (let i = 0; i < x.length; i++) {
      x[i] = fround(weight * (clean[i] as number)) + fround(keep * (x[i] as number));
    }
    if (fresh === 0) return;
    for (let i = 0; i < x.length; i++) {
      x[i] = (x[i] as number) + fround(fresh * (noise[i] as number));
    }
  }
}
