/**
 * What every sampler is: a rule that turns noise into actions by asking a model some number of
 * times. Pure: it sees numbers only, so the model may be an ONNX graph, a test or several models.
 */

/** Fills `out` with unit normal numbers for one draw. */
export type NoiseSource = (draw: number, out: Float32Array) => void;

/**
 * Asks the model for its output at sample `x` and time `time`. The result is read before the next
 * call only, so the model may return the same buffer every time.
 */
export type ModelCall = (x: Float32Array, time: number) => Float32Array | Promise<Float32Array>;

/**
 * A sampler for one size of sample. All arithmetic is float32, rounded after every operation as
 * PyTorch does, so that results equal the references to the bit. Elementwise: a batch of K is just
 * a longer sample.
 */
export interface Sampler {
  /** Model calls a sample. */
  readonly evaluations: number;
  /** Time input of model call `evaluation`, 0 … evaluations−1. */
  timeOf(evaluation: number): number;
  /** True when `advance` adds fresh noise after that call. */
  usesNoise(evaluation: number): boolean;
  /**
   * Replaces `x` by the sample that follows from the model's `output` at `x`. Calls must come in
   * order from 0.
   *
   * @param noise unit normal numbers, read only when `usesNoise(evaluation)`
   */
  advance(evaluation: number, x: Float32Array, output: Float32Array, noise: Float32Array): void;
}

/** Runs `sampler` to its end; `x` holds the initial noise and afterwards the actions. */
export async function runSampler(
  sampler: Sampler,
  model: ModelCall,
  noise: NoiseSource,
  x: Float32Array,
  fresh: Float32Array,
): Promise<void> {
  for (let e = 0; e < sampler.evaluations; e++) {
    const answer = model(x, sampler.timeOf(e));
    const output = answer instanceof Float32Array ? answer : await answer;
    if (sampler.usesNoise(e)) noise(e, fresh);
    sampler.advance(e, x, output, fresh);
  }
}
