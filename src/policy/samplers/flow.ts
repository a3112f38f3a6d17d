/**
 * Integration of a flow's velocity from noise to action by Euler's and Heun's rules, in both time
 * conventions: one_to_zero (openpi, LeRobot: v = ε − a, t falls from 1) and zero_to_one
 * (v = a − ε, t rises from 0).
 */
import type { FlowSpec, ShortcutSpec } from '../sampler_schema.js';
import type { Sampler } from './sampler.js';

const { fround } = Math;

/** Start and signed step of the convention, in float64: times are rounded once, as LeRobot does. */
function axisOf({ time, steps }: Pick<FlowSpec, 'time' | 'steps'>): {
  start: number;
  delta: number;
} {
  return time === 'one_to_zero' ? { start: 1, delta: -1 / steps } : { start: 0, delta: 1 / steps };
}

/** x ← x + dt·v. */
function step(x: Float32Array, delta: number, velocity: Float32Array): void {
  const dt = fround(delta);
  for (let i = 0; i < x.length; i++) {
    x[i] = (x[i] as number) + fround(dt * (velocity[i] as number));
  }
}

/**
 * x ← x + dt·v, one model call a step. Where the network gives the clean chunk a, the velocity is
 * (x − a)/t for one_to_zero and (a − x)/(1 − t) for zero_to_one.
 */
export class FlowEulerSampler implements Sampler {
  readonly evaluations: number;
  readonly #start: number;
  readonly #delta: number;
  readonly #prediction: FlowSpec['prediction'];

  constructor(spec: FlowSpec) {
    this.evaluations = spec.steps;
    this.#prediction = spec.prediction;
    ({ start: this.#start, delta: this.#delta } = axisOf(spec));
  }

  timeOf(evaluation: number): number {
    return fround(this.#start + evaluation * this.#delta);
  }

  usesNoise(): boolean {
    return false;
  }

  advance(evaluation: number, x: Float32Array, output: Float32Array): void {
    if (this.#prediction === 'sample') {
      // Noise left at this time, negative where time rises: v = (x − a)/t or (x − a)/(t − 1).
      const left = fround(this.timeOf(evaluation) - (1 - this.#start));
      for (let i = 0; i < x.length; i++) {
        output[i] = fround((x[i] as number) - (output[i] as number)) / left;
      }
    }
    step(x, this.#delta, output);
  }
}

/** A flow whose network is told how far the step goes (Frans et al., shortcut models). */
export class ShortcutSampler extends FlowEulerSampler {
  readonly #span: number;

  constructor(spec: ShortcutSpec) {
    super({ ...spec, type: 'flow_euler', prediction: 'velocity' });
    this.#span = fround(spec.span === 'log2' ? Math.log2(spec.steps) : 1 / spec.steps);
  }

  spanOf(): number {
    return this.#span;
  }
}

/** x ← x + dt/2·(v(x, t) + v(x + dt·v, t + dt)): second order, two model calls a step. */
export class FlowHeunSampler implements Sampler {
  readonly evaluations: number;
  readonly #start: number;
  readonly #delta: number;
  readonly #origin: Float32Array;
  readonly #slope: Float32Array;

  /** @param size elements of a sample */
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
    const [origin, slope] = [this.#origin, this.#slope];
    if (evaluation % 2 === 0) {
      origin.set(x);
      slope.set(output);
      step(x, this.#delta, output);
      return;
    }
    const half = fround(this.#delta * 0.5);
    for (let i = 0; i < x.length; i++) {
      const sum = fround((slope[i] as number) + (output[i] as number));
      x[i] = (origin[i] as number) + fround(half * sum);
    }
  }
}
