/**
 * Consistency models (Song et al.) and consistency trajectory models (Kim et al., as Consistency
 * Policy uses them): from noise to actions in one network call, or in a few with noise between.
 */
import type { ConsistencySpec } from '../sampler_schema.js';
import { clamp } from './clean_estimate.js';
import type { Sampler } from './sampler.js';
import { type Scaling, scalingOf, sigmaInput, sigmaOfBin } from './sigmas.js';

const { fround } = Math;

interface Call {
  /** Time input of the network. */
  readonly time: number;
  readonly scaling: Scaling;
  /** Share of x itself in the answer, s/t; 0 without a stop time. */
  readonly ratio: number;
  /** Noise added after the call, for the next one. */
  readonly fresh: number;
}

export class ConsistencySampler implements Sampler {
  readonly evaluations: number;
  readonly #spec: ConsistencySpec;
  readonly #calls: readonly Call[];
  readonly #input: Float32Array;
  readonly #span: number;

  /** @param size elements of a sample */
  constructor(spec: ConsistencySpec, size: number) {
    this.#spec = spec;
    this.#input = new Float32Array(size);
    const least = fround(spec.sigma_min);
    const { unit, levels } = spec.chain;
    // Levels in float64, of which the network's time is computed before they are rounded.
    const exact = [
      spec.sigma_max,
      ...levels.map((level) => (unit === 'bin' ? sigmaOfBin(level, spec) : level)),
    ];
    const sigmas = exact.map(fround);
    const trajectory = spec.type === 'consistency_trajectory';
    this.#calls = sigmas.map((sigma, i) => ({
      time: sigmaInput(exact[i] ?? sigma, spec),
      scaling: scalingOf(sigma, spec.sigma_data, spec.boundary ? least : 0),
      ratio: trajectory ? fround(least / sigma) : 0,
      fresh: i + 1 === sigmas.length ? 0 : this.#freshOf(sigmas[i + 1] ?? 0),
    }));
    this.evaluations = sigmas.length;
    this.#span = trajectory ? sigmaInput(spec.sigma_min, spec) : 0;
  }

  begin(x: Float32Array): void {
    if (!this.#spec.rescale_noise) return;
    const first = fround(this.#spec.sigma_max);
    for (let i = 0; i < x.length; i++) x[i] = first * (x[i] as number);
  }

  inputOf(evaluation: number, x: Float32Array): Float32Array {
    const scale = this.#calls[evaluation]?.scaling.input ?? 1;
    for (let i = 0; i < x.length; i++) this.#input[i] = scale * (x[i] as number);
    return this.#input;
  }

  timeOf(evaluation: number): number {
    return this.#calls[evaluation]?.time ?? 0;
  }

  spanOf(): number {
    return this.#span;
  }

  usesNoise(evaluation: number): boolean {
    return (this.#calls[evaluation]?.fresh ?? 0) > 0;
  }

  advance(evaluation: number, x: Float32Array, output: Float32Array, noise: Float32Array): void {
    const call = this.#calls[evaluation];
    if (call === undefined) throw new RangeError(`no step ${evaluation}`);
    const { scaling, ratio, fresh } = call;
    const rest = fround(1 - ratio);
    for (let i = 0; i < x.length; i++) {
      const from = x[i] as number;
      const clean = fround(
        fround((output[i] as number) * scaling.output) + fround(from * scaling.skip),
      );
      x[i] = ratio === 0 ? clean : fround(from * ratio) + fround(clean * rest);
    }
    if (this.#spec.clip !== null) clamp(x, this.#spec.clip);
    if (fresh === 0) return;
    for (let i = 0; i < x.length; i++) {
      x[i] = (x[i] as number) + fround((noise[i] as number) * fresh);
    }
  }

  #freshOf(sigma: number): number {
    if (this.#spec.renoise === 'variance_exploding') return sigma;
    const least = fround(this.#spec.sigma_min);
    return fround(Math.sqrt(fround(fround(sigma * sigma) - fround(least * least))));
  }
}
