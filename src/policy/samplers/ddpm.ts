/** DDPM ancestral sampling (Ho et al.), step by step as in diffusers, with all its variances. */
import type { DiffusionSpec } from '../sampler_schema.js';
import { alphasCumprod } from './beta_schedule.js';
import { estimateClean, type Level, levelOf } from './clean_estimate.js';
import type { Sampler } from './sampler.js';
import { timesteps } from './timesteps.js';

const { fround } = Math;
const sqrt32 = (value: number): number => fround(Math.sqrt(value));
const log32 = (value: number): number => fround(Math.log(value));
/** Variance is never below this, as in diffusers. */
const LEAST_VARIANCE = fround(1e-20);

/** One step between two noise levels. */
export interface DdpmStep {
  readonly level: Level;
  /** Weights of x̂0, of the present sample and of fresh noise. */
  readonly clean: number;
  readonly keep: number;
  readonly fresh: number;
  /** Logarithms of the least and the greatest variance, between which a network may choose. */
  readonly range: readonly [number, number];
}

type Variance = DiffusionSpec['variance'];

/** True where the network gives the variance too: twice as many numbers as a sample has. */
export function learnsVariance(spec: { type: string; variance?: Variance }): boolean {
  const { type, variance } = spec;
  return type === 'ddpm' && (variance === 'learned' || variance === 'learned_range');
}

/** Standard deviation of the noise of a step, from the least variance and the greatest one. */
function deviation(least: number, most: number, variance: Variance): number {
  if (variance === 'fixed_small_log') return fround(Math.exp(fround(0.5 * log32(least))));
  // diffusers takes the root of a logarithm here, which is no number; what it stands for is meant.
  if (variance === 'fixed_large_log') return fround(Math.exp(fround(0.5 * log32(most))));
  return sqrt32(variance === 'fixed_large' ? most : least);
}

/** Formulas 6 and 7 of the paper for the step from ᾱ to ᾱ'. */
export function ddpmStep(
  alphaBar: number,
  nextAlphaBar: number,
  last: boolean,
  choice: Variance = 'fixed_small',
): DdpmStep {
  const beta = fround(1 - alphaBar);
  const nextBeta = fround(1 - nextAlphaBar);
  const alphaStep = fround(alphaBar / nextAlphaBar);
  const betaStep = fround(1 - alphaStep);
  const variance = Math.max(fround(fround(nextBeta / beta) * betaStep), LEAST_VARIANCE);
  return {
    level: levelOf(alphaBar),
    clean: fround(fround(sqrt32(nextAlphaBar) * betaStep) / beta),
    keep: fround(fround(sqrt32(alphaStep) * nextBeta) / beta),
    fresh: last ? 0 : deviation(variance, betaStep, choice),
    range: [log32(variance), log32(betaStep)],
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
      this.#steps.push(ddpmStep(alphas[t] ?? 1, nextAlpha, t === 0, spec.variance));
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
    const answer = output.length > x.length ? output.subarray(0, x.length) : output;
    estimateClean(prediction, step.level, x, answer, clip, clean);
    const { clean: weight, keep, fresh } = step;
    for (let i = 0; i < x.length; i++) {
      x[i] = fround(weight * (clean[i] as number)) + fround(keep * (x[i] as number));
    }
    if (fresh === 0) return;
    if (learnsVariance(this.#spec)) this.#addLearned(step, x, output, noise);
    else {
      for (let i = 0; i < x.length; i++) {
        x[i] = (x[i] as number) + fround(fresh * (noise[i] as number));
      }
    }
  }

  /** Noise of the variance that the network gave, or of where it put it in the step's range. */
  #addLearned(
    { range: [least, most] }: DdpmStep,
    x: Float32Array,
    output: Float32Array,
    noise: Float32Array,
  ): void {
    const inRange = this.#spec.variance === 'learned_range';
    for (let i = 0; i < x.length; i++) {
      const given = output[x.length + i] as number;
      let spread = sqrt32(given);
      if (inRange) {
        const share = fround(fround(given + 1) / 2);
        const log = fround(fround(share * most) + fround(fround(1 - share) * least));
        spread = fround(Math.exp(fround(0.5 * log)));
      }
      x[i] = (x[i] as number) + fround(spread * (noise[i] as number));
    }
  }
}
