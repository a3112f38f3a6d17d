/**
 * Streaming diffusion (Høeg et al.): a buffer of actions whose noise grows with their distance,
 * kept from chunk to chunk. Each chunk denoises the whole buffer until its first `action_steps`
 * rows are clean; the next one drops those and takes in fresh noise at the end.
 */
import type { StreamingSpec } from '../sampler_schema.js';
import { alphasCumprod } from './beta_schedule.js';
import { estimateClean, levelOf } from './clean_estimate.js';
import { type DdpmStep, ddpmStep } from './ddpm.js';
import type { SampleLayout, Sampler } from './sampler.js';
import { timesteps } from './timesteps.js';

const { fround } = Math;

/** Noise level of a clean row, and its time. */
const CLEAN = -1;

export class StreamingSampler implements Sampler {
  readonly #spec: StreamingSpec;
  readonly #rows: number;
  readonly #start: number;
  readonly #width: number;
  /** Training timestep and step of each noise level, 0 the last before clean. */
  readonly #times: readonly number[];
  readonly #steps: readonly DdpmStep[];
  /** Standard deviation of pure noise over an action of 0, by level. */
  readonly #spread: readonly number[];
  /** Noise level of each row. */
  readonly #levels: Int32Array;
  readonly #rowTimes: Float32Array;
  readonly #buffer: Float32Array;
  readonly #clean: Float32Array;
  #begun = false;
  #evaluations: number;

  /** @param size elements of a sample, of one candidate */
  constructor(spec: StreamingSpec, size: number, { steps: rows, start }: SampleLayout) {
    this.#spec = spec;
    this.#rows = rows;
    this.#start = start;
    this.#width = size / rows;
    const visited = timesteps({ ...spec, spacing: 'leading', offset: 0 });
    const alphas = alphasCumprod(spec);
    this.#times = [...visited].reverse();
    this.#steps = this.#times.map((t, level) => {
      const next = level === 0 ? 1 : (alphas[this.#times[level - 1] ?? 0] ?? 1);
      return ddpmStep(alphas[t] ?? 1, next, level === 0);
    });
    this.#spread = this.#times.map((t) => levelOf(alphas[t] ?? 1).noise);
    this.#levels = new Int32Array(rows);
    this.#rowTimes = new Float32Array(rows);
    this.#buffer = new Float32Array(size);
    this.#clean = new Float32Array(this.#width);
    this.#evaluations = Math.floor(spec.steps / this.#chunks);
  }

  get evaluations(): number {
    return this.#evaluations;
  }

  begin(x: Float32Array): void {
    if (this.#begun) this.#moveOn(x);
    else this.#fill(x);
    this.#begun = true;
    const last = this.#start + this.#spec.action_steps - 1;
    this.#evaluations = (this.#levels[last] ?? CLEAN) + 1;
  }

  timeOf(): number {
    return this.#rowTimes[this.#start] ?? 0;
  }

  rowTimes(): Float32Array {
    for (const [row, level] of this.#levels.entries()) {
      this.#rowTimes[row] = level < 0 ? CLEAN : (this.#times[level] ?? 0);
    }
    return this.#rowTimes;
  }

  usesNoise(): boolean {
    return this.#levels.some((level) => level > 0);
  }

  advance(evaluation: number, x: Float32Array, output: Float32Array, noise: Float32Array): void {
    const { prediction, clip } = this.#spec;
    const [width, clean] = [this.#width, this.#clean];
    for (let row = 0; row < this.#rows; row++) {
      const step = this.#steps[this.#levels[row] ?? CLEAN];
      if (step === undefined) continue;
      const at = row * width;
      const end = at + width;
      const sample = x.subarray(at, end);
      estimateClean(prediction, step.level, sample, output.subarray(at, end), clip, clean);
      const { clean: weight, keep, fresh } = step;
      for (let i = 0; i < width; i++) {
        const mean = fround(
          fround(weight * (clean[i] as number)) + fround(keep * (sample[i] as number)),
        );
        sample[i] = mean + (fresh === 0 ? 0 : fround(fresh * (noise[at + i] as number)));
      }
      this.#levels[row] = (this.#levels[row] ?? 0) - 1;
    }
    if (evaluation === this.#evaluations - 1) this.#buffer.set(x);
  }

  reset(): void {
    this.#begun = false;
  }

  /** Whole chunks that the rows from `start` hold. */
  get #chunks(): number {
    return Math.floor((this.#rows - this.#start) / this.#spec.action_steps);
  }

  /** First chunk: actions of 0 under noise that grows from chunk to chunk, floor(N(c+1)/C) − 1. */
  #fill(x: Float32Array): void {
    const chunks = this.#chunks;
    const { action_steps: span, steps } = this.#spec;
    for (let row = 0; row < this.#rows; row++) {
      const chunk = Math.min(Math.max(Math.floor((row - this.#start) / span), 0), chunks - 1);
      const level = Math.floor((steps * (chunk + 1)) / chunks) - 1;
      this.#levels[row] = level;
      const spread = this.#spread[level] ?? 1;
      for (let i = row * this.#width; i < (row + 1) * this.#width; i++) {
        x[i] = spread * (x[i] as number);
      }
    }
  }

  /** Later chunks: the buffer without its clean actions, then the noise in `x` at its end. */
  #moveOn(x: Float32Array): void {
    const { action_steps: span, steps, given } = this.#spec;
    const rows = this.#rows;
    // Rows after the last whole chunk are as noisy as it, and are drawn anew.
    const kept = this.#start + (this.#chunks - 1) * span;
    for (let row = 0; row < rows; row++) {
      this.#levels[row] = row < kept ? (this.#levels[row + span] ?? 0) : steps - 1;
    }
    const before = given === 'clean' ? CLEAN : (this.#levels[this.#start] ?? 0);
    this.#levels.fill(before, 0, this.#start);
    x.set(this.#buffer.subarray(span * this.#width, (span + kept) * this.#width));
  }
}
