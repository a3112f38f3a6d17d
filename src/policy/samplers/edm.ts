/**
 * Samplers over noise levels σ (Karras et al.): Euler, Heun, ancestral Euler and DPM-Solver++(2M),
 * step by step as k-diffusion and BESO compute them. x = a + σ·ε.
 */
import type { EdmSpec } from '../sampler_schema.js';
import { clamp } from './clean_estimate.js';
import type { Sampler } from './sampler.js';
import { type Scaling, scalingOf, sigmaInput, sigmasOf } from './sigmas.js';

const { fround } = Math;
const sqrt32 = (value: number): number => fround(Math.sqrt(value));

/** What all of them share: levels, the scaled input, the start, and the clean estimate. */
abstract class SigmaSampler implements Sampler {
  /** Noise level that each model call is made at. */
  readonly calls: Float32Array;
  protected readonly sigmas: Float32Array;
  protected readonly clean: Float32Array;
  readonly #spec: EdmSpec;
  readonly #scalings: readonly Scaling[];
  readonly #input: Float32Array;

  /**
   * @param size elements of a sample
   * @param order model calls a step; the last step, to 0, has one
   */
  constructor(spec: EdmSpec, size: number, order: 1 | 2 = 1) {
    this.#spec = spec;
    this.sigmas = sigmasOf(spec);
    this.calls = Float32Array.from(
      { length: order * (spec.steps - 1) + 1 },
      (_, e) => this.sigmas[Math.ceil(e / order)] ?? 0,
    );
    if (spec.type === 'edm_euler' || spec.type === 'edm_heun') {
      for (let e = 0; e < this.calls.length; e += order) {
        this.calls[e] = churned(this.calls[e] ?? 0, spec);
      }
    }
    this.#scalings = [...this.calls].map((sigma) => scalingOf(sigma, spec.sigma_data));
    this.#input = new Float32Array(size);
    this.clean = new Float32Array(size);
  }

  get evaluations(): number {
    return this.calls.length;
  }

  abstract advance(
    evaluation: number,
    x: Float32Array,
    output: Float32Array,
    noise: Float32Array,
  ): void;

  begin(x: Float32Array): void {
    const first = this.sigmas[0] ?? 0;
    for (let i = 0; i < x.length; i++) x[i] = first * (x[i] as number);
  }

  inputOf(evaluation: number, x: Float32Array): Float32Array {
    if (this.#spec.prediction !== 'preconditioned') return x;
    const scale = this.#scalings[evaluation]?.input ?? 1;
    const input = this.#input;
    for (let i = 0; i < x.length; i++) input[i] = scale * (x[i] as number);
    return input;
  }

  timeOf(evaluation: number): number {
    return sigmaInput(this.calls[evaluation] ?? 0, this.#spec);
  }

  usesNoise(_evaluation: number): boolean {
    return false;
  }

  /** Fills `clean` with D(x; σ) at the level of model call `evaluation`. */
  protected estimate(evaluation: number, x: Float32Array, output: Float32Array): void {
    const { prediction, clip } = this.#spec;
    const clean = this.clean;
    const sigma = this.calls[evaluation] ?? 0;
    if (prediction === 'preconditioned') {
      const { output: gain, skip } = this.#scalings[evaluation] ?? { output: 0, skip: 1 };
      for (let i = 0; i < x.length; i++) {
        clean[i] = fround((output[i] as number) * gain) + fround((x[i] as number) * skip);
      }
    } else if (prediction === 'sample') {
      clean.set(output);
    } else {
      // epsilon: x − σ·ε; score: x + σ²·s, as ε = −σ·s.
      const gain = prediction === 'epsilon' ? -sigma : fround(sigma * sigma);
      for (let i = 0; i < x.length; i++) {
        clean[i] = (x[i] as number) + fround((output[i] as number) * gain);
      }
    }
    if (clip !== null) clamp(clean, clip);
  }

  /** (x − D)/σ, the slope towards the clean sample, into `slope`. */
  protected slopeAt(evaluation: number, x: Float32Array, slope: Float32Array): void {
    const sigma = this.calls[evaluation] ?? 1;
    for (let i = 0; i < x.length; i++) {
      slope[i] = fround((x[i] as number) - (this.clean[i] as number)) / sigma;
    }
  }
}

/** The level that a step begins from once noise was added: σ·(γ + 1) of algorithm 2. */
function churned(sigma: number, spec: EdmSpec): number {
  const { s_churn: churn, s_tmin: least, s_tmax: most = Number.POSITIVE_INFINITY, steps } = spec;
  if (churn === 0 || sigma < least || sigma > most) return sigma;
  return fround(sigma * fround(Math.min(churn / steps, Math.SQRT2 - 1) + 1));
}

/**
 * Those whose steps may begin with fresh noise, from σ to σ̂ > σ (Karras et al., algorithm 2): the
 * noise takes errors of earlier steps with it.
 */
abstract class ChurningSampler extends SigmaSampler {
  readonly #order: 1 | 2;
  readonly #gain: number;

  constructor(spec: EdmSpec, size: number, order: 1 | 2) {
    super(spec, size, order);
    this.#order = order;
    this.#gain = fround(spec.s_noise);
  }

  churns(evaluation: number): boolean {
    return evaluation % this.#order === 0 && this.#before(evaluation) !== this.calls[evaluation];
  }

  disturb(evaluation: number, x: Float32Array, noise: Float32Array): void {
    const [from, to] = [this.#before(evaluation), this.calls[evaluation] ?? 0];
    const added = sqrt32(fround(fround(to * to) - fround(from * from)));
    for (let i = 0; i < x.length; i++) {
      x[i] = (x[i] as number) + fround(fround((noise[i] as number) * this.#gain) * added);
    }
  }

  #before(evaluation: number): number {
    return this.sigmas[evaluation / this.#order] ?? 0;
  }
}

/** x ← x + (σ' − σ̂)·(x − D)/σ̂. */
export class EdmEulerSampler extends ChurningSampler {
  /** What each step goes down by, and the noise it adds: none but by the ancestral rule. */
  readonly #deltas: number[] = [];
  readonly #fresh: number[] = [];
  readonly #slope: Float32Array;

  constructor(spec: EdmSpec, size: number) {
    super(spec, size, 1);
    this.#slope = new Float32Array(size);
    const eta = spec.type === 'edm_euler_ancestral' ? spec.eta : 0;
    for (let i = 0; i < spec.steps; i++) {
      const from = this.calls[i] ?? 1;
      const to = this.sigmas[i + 1] ?? 0;
      const [fromSquare, toSquare] = [fround(from * from), fround(to * to)];
      const share = fround(fround(toSquare * fround(fromSquare - toSquare)) / fromSquare);
      const up = eta === 0 ? 0 : Math.min(to, fround(fround(eta) * sqrt32(share)));
      const down = eta === 0 ? to : sqrt32(fround(toSquare - fround(up * up)));
      this.#deltas.push(fround(down - from));
      this.#fresh.push(up);
    }
  }

  override usesNoise(evaluation: number): boolean {
    return (this.#fresh[evaluation] ?? 0) > 0;
  }

  advance(evaluation: number, x: Float32Array, output: Float32Array, noise: Float32Array): void {
    this.estimate(evaluation, x, output);
    this.slopeAt(evaluation, x, this.#slope);
    const delta = this.#deltas[evaluation] ?? 0;
    const fresh = this.#fresh[evaluation] ?? 0;
    for (let i = 0; i < x.length; i++) {
      x[i] = (x[i] as number) + fround((this.#slope[i] as number) * delta);
    }
    if (fresh === 0) return;
    for (let i = 0; i < x.length; i++) {
      x[i] = (x[i] as number) + fround((noise[i] as number) * fresh);
    }
  }
}

/** Second order: two model calls a step, one for the last, which ends at σ = 0 (algorithm 1). */
export class EdmHeunSampler extends ChurningSampler {
  readonly #slope: Float32Array;
  readonly #second: Float32Array;
  readonly #origin: Float32Array;

  constructor(spec: EdmSpec, size: number) {
    super(spec, size, 2);
    this.#slope = new Float32Array(size);
    this.#second = new Float32Array(size);
    this.#origin = new Float32Array(size);
  }

  advance(evaluation: number, x: Float32Array, output: Float32Array): void {
    this.estimate(evaluation, x, output);
    const [slope, second, origin] = [this.#slope, this.#second, this.#origin];
    if (evaluation % 2 === 0) {
      this.slopeAt(evaluation, x, slope);
      origin.set(x);
      const delta = this.#delta(evaluation);
      for (let i = 0; i < x.length; i++)
        x[i] = (x[i] as number) + fround((slope[i] as number) * delta);
      return;
    }
    this.slopeAt(evaluation, x, second);
    const delta = this.#delta(evaluation - 1);
    for (let i = 0; i < x.length; i++) {
      const mean = fround(fround((slope[i] as number) + (second[i] as number)) / 2);
      x[i] = (origin[i] as number) + fround(mean * delta);
    }
  }

  /** From the level of the step that begins with call `first` to the next one. */
  #delta(first: number): number {
    return fround((this.sigmas[first / 2 + 1] ?? 0) - (this.calls[first] ?? 0));
  }
}

/** DPM-Solver++(2M) of Lu et al.: second order from the estimate of the step before. */
export class EdmDpmSolverSampler extends SigmaSampler {
  /** Weights of x, and of the estimates of this step and of the one before. */
  readonly #keep: number[] = [];
  readonly #gain: number[] = [];
  readonly #now: number[] = [];
  readonly #before: number[] = [];
  readonly #last: Float32Array;

  constructor(spec: EdmSpec, size: number) {
    super(spec, size);
    this.#last = new Float32Array(size);
    const times = [...this.sigmas].map((sigma) => -fround(Math.log(sigma)));
    const level = (time: number): number => fround(Math.exp(-time));
    for (let i = 0; i < spec.steps; i++) {
      const [time, next] = [times[i] ?? 0, times[i + 1] ?? Number.POSITIVE_INFINITY];
      const span = fround(next - time);
      this.#keep.push(fround(level(next) / level(time)));
      this.#gain.push(fround(Math.expm1(-span)));
      const previous = i === 0 || i === spec.steps - 1 ? 0 : fround(time - (times[i - 1] ?? 0));
      const half = previous === 0 ? 0 : fround(1 / fround(2 * fround(previous / span)));
      this.#now.push(fround(1 + half));
      this.#before.push(half);
    }
  }

  advance(evaluation: number, x: Float32Array, output: Float32Array): void {
    this.estimate(evaluation, x, output);
    const [clean, last] = [this.clean, this.#last];
    const keep = this.#keep[evaluation] ?? 0;
    const gain = this.#gain[evaluation] ?? 0;
    const now = this.#now[evaluation] ?? 1;
    const before = this.#before[evaluation] ?? 0;
    for (let i = 0; i < x.length; i++) {
      const estimate =
        before === 0
          ? (clean[i] as number)
          : fround(fround(now * (clean[i] as number)) - fround(before * (last[i] as number)));
      x[i] = fround(keep * (x[i] as number)) - fround(gain * estimate);
    }
    last.set(clean);
  }
}
