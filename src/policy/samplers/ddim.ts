/** DDIM without added noise (Song et al., η = 0), step by step as diffusers computes it. */
import type { DiffusionSpec } from '../package_schema.js';
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

export class DdimSampler implements Sampler {
  readonly evaluations: number;
  readonly #spec: DiffusionSpec;
  readonly #times: Int32Array;
  readonly #from: Level[] = [];
  readonly #to: Level[] = [];
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
      this.#from.push(levelOf(alphas[t] ?? 1));
      this.#to.push(levelOf(t >= stride ? (alphas[t - stride] ?? 1) : 1));
    }
  }

  timeOf(evaluation: number): number {
    return this.#times[evaluation] ?? 0;
  }

  usesNoise(): boolean {
    return false;
  }

  advance(evaluation: number, x: Float32Array, output: Float32Array): void {
    const from = this.#from[evaluation];
    const to = this.#to[evaluation];
    if (from === undefined || to === undefined) throw new RangeError(`no step ${evaluation}`);
    const { prediction, clip, reclip_epsilon: reclip } = this.#spec;
    const clean = this.#clean;
    const noise = this.#noise;
    estimateClean(prediction, from, x, output, clip, clean);
    if (reclip) noiseFromClean(from, x, clean, noise);
    else estimateNoise(prediction, from, x, output, noise);
    const { signal, noise: spread } = to;
    for (let i = 0; i < x.length; i++) {
      x[i] = fround(signal * (clean[i] as number)) + fround(spread * (noise[i] as number));
    }
  }
}
