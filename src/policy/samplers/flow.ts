/**
 * Integration of a flow's velocity from noise to action by Euler's and Heun's rules, in both time
 * conventions: one_to_zero (openpi, LeRobot: v = ε − a, t falls from 1) and zero_to_one
 * (v = a − ε, t rises from 0).
 */
import type { FlowSpec } from '../package_schema.js';
import type { Sampler } from './sampler.js';

const { fround } = Math;

/** Signed step and start of the convention, in float32. */
function axisOf({ time, steps }: FlowSpec): { start: number; delta: number } {
  return time === 'one_to_zero'
    ? { start: 1, delta: fround(-1 / steps) }
    : { start: 0, delta: fround(1 / steps) };
}

/** x ← x + dt·v. */
export class FlowEulerSampler implements Sampler {
  readonly evaluations: number;
  readonly #start: number;
  readonly #delta: number;

  constructor(spec: FlowSpec) {
    this.evaluations = spec.steps;
    ({ start: this.#start, delta: this.#delta } = axisOf(spec));
  }

  timeOf(evaluation: number): number {
    return fround(this.#start + evaluation * this.#delta);
  }

  usesNoise(): boolean {
    return false;
  }

  advance(_evaluation: number, x: Float32Array, output: Float32Array): void {
    const delta = this.#delta;
    for (let i = 0; i < x.length; i++) x[i] = (x[i] ?? 0) + fround(delta * (output[i] ?? 0));
  }
}

/** x ← x + dt/2·(v(x, t) + v(x + dt·v, t + dt)): second order, two model calls a step. */
export class FlowHeunSampler implements Sampler {
  readonly evaluations: number;
  readonly #start: number;
  readonly #delta: number;
  readonly #origin: Float32Array;
  readonly #slope: Float32Array;

  constructor(spec: FlowSpec, size: number) {
    this.evaluations = 2 * spec.steps;
    ({ start: this.#start, delta: this.#delta } = axisOf(spec));
    this.#origin = new Float32Array(size);
    this.#slope = new Float32Array(size);
  }

  timeOf(evaluation: number): number {
    return fround(this.#start + Math.ceil(evaluation / 2) * this.#delta);
  }

  usesNoise(): boolean {
    return false;
  }

  advance(evaluation: number, x: Float32Array, output: Float32Array): void {
    const delta = this.#delta;
    if (evaluation % 2 === 0) {
      this.#origin.set(x);
      this.#slope.set(output);
      for (let i = 0; i < x.length; i++) x[i] = (x[i] ?? 0) + fround(delta * (output[i] ?? 0));
      return;
    }
    const half = fround(delta * 0.5);
    for (let i = 0; i < x.length; i++) {
      const sum = fround((this.#slope[i] ?? 0) + (output[i] ?? 0));
      x[i] = (this.#origin[i] ?? 0) + fround(half * sum);
    }
  }
}
