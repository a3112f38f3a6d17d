/** DDIM (Song et al.) with noise of share η, step by step as diffusers computes it. */
import type { DiffusionSpec } from '../sampler_schema.js';
import { alphasCumprod } from './beta_schedule.js';
import {
  estimateClean,
  estimateNoise,
  type Level,
  levelOf,
  noiseFromClean,
} from './clean_estimate.js';
import type { Sampler } from './sampler.js';
import { timesteps } from './timesteps.js';

const { fround } = Math;
const sqrt32 = (value: number): number => fround(Math.sqrt(value));

interface Step {
  readonly from: Level;
  /** Weights of x̂0, of ε̂ and of fresh noise in the next sample. */
  readonly clean: number;
  readonly direction: number;
  readonly fresh: number;
}

/** Formulas 12 and 16 of the paper for the step from ᾱ to ᾱ'. */
function stepOf(alphaBar: number, nextAlphaBar: number, eta: number): Step {
  const rest = fround(1 - alphaBar);
  const nextRest = fround(1 - nextAlphaBar);
  const variance = fround(fround(nextRest / rest) * fround(1 - fround(alphaBar / nextAlphaBar)));
  const fresh = fround(fround(eta) * sqrt32(variance));
  return {
    from: levelOf(alphaBar),
    clean: sqrt32(nextAlphaBar),
    direction: sqrt32(fround(nextRest - fround(fresh * fresh))),
    fresh,
  };
}

export class DdimSampler implements Sampler {
  readonly evaluations: number;
  readonly #spec: DiffusionSpec;
  readonly #times: Int32Array;
  readonly #steps: Step[] = [];
  /** Estimates of the present step. */
  readonly #clean: Float32Array;
  readonly #noise: Float32Array;

  /** @param size elements of a sample */
  constructor(spec: DiffusionSpec, size: number) {
    this.#clean = new Float32Array(size);
    this.#noise = new Float32Array(size);
    this.#spec = spec;
    this.#times = timesteps(spec);
    this.evaluations = this.#times.length;
    const alphas = alphasCumprod(spec);
    const stride = Math.floor(spec.train_timesteps / spec.steps);
    for (const t of this.#times) {
      const next = t >= stride ? (alphas[t - stride] ?? 1) : 1;
      this.#steps.push(stepOf(alphas[t] ?? 1, next, spec.eta));
    }
  }

  timeOf(evaluation: number): number {
    return this.#times[evaluation] ?? 0;
  }

  usesNoise(evaluation: number): boolean {
    return (this.#steps[evaluation]?.fresh ?? 0) > 0;
  }

  advance(evaluation: number, x: Float32Array, output: Float32Array, noise: Float32Array): void {
    const step = this.#steps[evaluation];
    if (step === undefined) throw new RangeError(`no step ${evaluation}`);
    const { prediction, clip, reclip_epsilon: reclip } = this.#spec;
    const [clean, epsilon] = [this.#clean, this.#noise];
    estimateClean(prediction, step.from, x, output, clip, clean);
    if (reclip) noiseFromClean(step.from, x, clean, epsilon);
    else estimateNoise(prediction, step.from, x, output, epsilon);
    const { clean: signal, direction, fresh } = step;
    for (let i = 0; i < x.length; i++) {
      x[i] = fround(signal * (clean[i] as number)) + fround(direction * (epsilon[i] as number));
    }
    if (fresh === 0) return;
    for (let i = 0; i < x.length; i++) {
      x[i] = (x[i] as number) + fround(fresh * (noise[i] as number));
    }
  }
}
