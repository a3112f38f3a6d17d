/**
 * What every sampler is: a rule that turns noise into actions by asking a model some number of
 * times. Pure: it sees numbers only, so the model may be an ONNX graph, a test or several models.
 */
import type { Steering } from './steering.js';

/** Fills `out` with unit normal numbers for one draw. */
export type NoiseSource = (draw: number, out: Float32Array) => void;

/** What the model is told beside the sample. */
export interface ModelTime {
  /** Time input of this call. */
  readonly time: number;
  /** Second time input: step size of a shortcut model, stop time of a trajectory model; else 0. */
  readonly span: number;
  /** A time for every step of the sample, where they differ; for one candidate or for all K. */
  readonly rows: Float32Array | null;
}

/**
 * Asks the model for its output at sample `x` and time `time`. The result is read before the next
 * call only, so the model may return the same buffer every time; a sampler may change it.
 */
export type ModelCall = (
  x: Float32Array,
  time: number,
  more: ModelTime,
) => Float32Array | Promise<Float32Array>;

/** How the numbers of a sample are arranged. */
export interface SampleLayout {
  /** Rows of one candidate. */
  readonly steps: number;
  /** The row that is due at the newest observation. */
  readonly start: number;
}

/**
 * A sampler for one size of sample. All arithmetic is float32, rounded after every operation as
 * PyTorch does, so that results equal the references to the bit. Elementwise: a batch of K is just
 * a longer sample. No memory is taken after the constructor.
 */
export interface Sampler {
  /** Model calls a sample; known for the present sample once it has begun. */
  readonly evaluations: number;
  /** Turns unit noise in `x` into what sampling starts from; without it, that is the noise. */
  begin?(x: Float32Array): void;
  /** What the model sees of `x` in model call `evaluation`; without it, `x` itself. */
  inputOf?(evaluation: number, x: Float32Array): Float32Array;
  /** Time input of model call `evaluation`, 0 … evaluations−1. */
  timeOf(evaluation: number): number;
  /** Second time input, for models that have one. */
  spanOf?(evaluation: number): number;
  /** Times of the steps of a sample, where they differ. */
  rowTimes?(evaluation: number): Float32Array;
  /** True when `disturb` adds fresh noise before that call. */
  churns?(evaluation: number): boolean;
  /**
   * Raises the noise of `x` before model call `evaluation`.
   *
   * @param noise unit normal numbers
   */
  disturb?(evaluation: number, x: Float32Array, noise: Float32Array): void;
  /** True when `advance` adds fresh noise after that call. */
  usesNoise(evaluation: number): boolean;
  /**
   * Replaces `x` by the sample that follows from the model's `output` at `x`. Calls must come in
   * order from 0.
   *
   * @param output as many numbers as `x`; twice as many where the network learned the variance of
   *   each as well, which then stand behind
   * @param noise unit normal numbers, read only when `usesNoise(evaluation)`
   */
  advance(evaluation: number, x: Float32Array, output: Float32Array, noise: Float32Array): void;
  /** Forgets what is kept from one sample to the next. */
  reset?(): void;
}

/**
 * Runs `sampler` to its end; `x` holds the initial noise and afterwards the actions.
 *
 * @param fresh memory for noise, as long as `x`
 * @param steering what changes the course of sampling, such as real-time chunking
 */
export async function runSampler(
  sampler: Sampler,
  model: ModelCall,
  noise: NoiseSource,
  x: Float32Array,
  fresh: Float32Array,
  steering?: Steering,
): Promise<void> {
  sampler.begin?.(x);
  steering?.begin(x);
  // One object for all calls: the loop takes no memory.
  const more: { -readonly [K in keyof ModelTime]: ModelTime[K] } = { time: 0, span: 0, rows: null };
  for (let e = 0; e < sampler.evaluations; e++) {
    if (sampler.churns?.(e)) {
      noise(e, fresh);
      sampler.disturb?.(e, x, fresh);
    }
    more.time = sampler.timeOf(e);
    more.span = sampler.spanOf?.(e) ?? 0;
    more.rows = steering?.timesAt?.(more.time) ?? sampler.rowTimes?.(e) ?? null;
    const answer = model(sampler.inputOf?.(e, x) ?? x, more.time, more);
    const output = answer instanceof Float32Array ? answer : await answer;
    const adjusting = steering?.adjust(x, more.time, output);
    if (adjusting !== undefined) await adjusting;
    if (sampler.usesNoise(e)) noise(e, fresh);
    sampler.advance(e, x, output, fresh);
  }
  steering?.end(x);
}
