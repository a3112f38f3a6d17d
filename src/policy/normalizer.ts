/**
 * Normalisation of vectors as LeRobot computes it, in float32: mean_std (x−μ)/(σ+ε) and back
 * x·σ+μ; min_max 2(x−min)/(max−min)−1 and its inverse; quantiles the same with q01 and q99.
 */
import { SinewError } from '../core/error.js';
import type { Normalization } from './package_schema.js';
import { type Statistics, statisticsFaults } from './statistics.js';

/** Added to every standard deviation, and stands in for a range of zero: LeRobot's eps. */
export const EPSILON = 1e-8;

const { fround } = Math;

export class Normalizer {
  readonly size: number;
  readonly #kind: Normalization;
  /** mean, min or q01. */
  readonly #base: Float32Array;
  /** What the difference is divided by on the way in. */
  readonly #divisor: Float32Array;
  /** What it is multiplied with on the way out. */
  readonly #width: Float32Array;

  /** @throws SinewError when the statistics of `key` are missing or do not fit */
  constructor(statistics: Statistics, key: string, kind: Normalization, size: number) {
    const [fault] = statisticsFaults(statistics, key, kind, size);
    if (fault !== undefined) throw new SinewError(fault, { where: 'statistics' });
    this.size = size;
    this.#kind = kind;
    this.#base = new Float32Array(size);
    this.#divisor = new Float32Array(size).fill(1);
    this.#width = new Float32Array(size).fill(1);
    const entry = statistics[key];
    if (entry === undefined || kind === 'identity') return;
    if (kind === 'mean_std') {
      this.#base.set(entry.mean ?? []);
      this.#width.set(entry.std ?? []);
      this.#divisor.set(this.#width.map((std) => std + fround(EPSILON)));
      return;
    }
    const [low, high] =
      kind === 'min_max' ? [entry.min, entry.max] : ([entry.q01, entry.q99] as const);
    this.#base.set(low ?? []);
    this.#width.set(high ?? []);
    for (let i = 0; i < size; i++) {
      const range = fround((this.#width[i] ?? 0) - (this.#base[i] ?? 0));
      this.#width[i] = range === 0 ? EPSILON : range;
    }
    this.#divisor.set(this.#width);
  }

  /** Normalises one value of component `i`. */
  in(i: number, value: number): number {
    if (this.#kind === 'identity') return fround(value);
    const offset = fround(fround(value) - (this.#base[i] ?? 0));
    if (this.#kind === 'mean_std') return fround(offset / (this.#divisor[i] ?? 1));
    return fround(fround(fround(2 * offset) / (this.#divisor[i] ?? 1)) - 1);
  }

  /** The value in the training data's unit of the normalised value of component `i`. */
  out(i: number, value: number): number {
    if (this.#kind === 'identity') return fround(value);
    const [base, width] = [this.#base[i] ?? 0, this.#width[i] ?? 1];
    if (this.#kind === 'mean_std') return fround(fround(value * width) + base);
    return fround(fround(fround(fround(value + 1) * width) / 2) + base);
  }

  /** Normalises rows of `size` values from `values` into `out`, which may be the same array. */
  normalize(values: Float32Array | Float64Array, out: Float32Array): void {
    for (let i = 0; i < out.length; i++) out[i] = this.in(i % this.size, values[i] ?? Number.NaN);
  }

  /** Brings rows of `size` normalised values back, in place or into `out`. */
  denormalize(values: Float32Array, out: Float32Array = values): void {
    for (let i = 0; i < out.length; i++) out[i] = this.out(i % this.size, values[i] ?? Number.NaN);
  }
}
