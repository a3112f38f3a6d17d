/**
 * The graph that pulls a cotangent back through sample → clean estimate: what guided real-time
 * chunking needs, exported beside the denoiser because ONNX Runtime differentiates nothing.
 */
import type { InferenceSession } from 'onnxruntime-node';
import { BoundGraph, floats, zeros } from '../graph_session.js';
import type { ProgramSpec } from '../package_schema.js';
import { conditionFeeds, fillTimes, type ModelFeeds } from './denoiser.js';
import type { SampleShape } from './sample_shape.js';

export class GradientStage {
  readonly graph: BoundGraph;
  readonly #sample: Float32Array;
  readonly #times: Float32Array;
  readonly #cotangent: Float32Array;
  readonly #output: Float32Array;

  /** @param given condition and contexts of the K candidates */
  constructor(
    session: InferenceSession,
    { inputs, output }: NonNullable<ProgramSpec['gradient']>,
    perStep: boolean,
    { batch, steps, width }: SampleShape,
    given: ModelFeeds,
  ) {
    const dims = [batch, steps, width];
    const [sample, cotangent, result] = [zeros(dims), zeros(dims), zeros(dims)];
    const time = zeros(perStep ? [batch, steps] : [batch]);
    const feeds = conditionFeeds(inputs, given, batch);
    if (inputs.sample !== undefined) feeds[inputs.sample] = sample;
    if (inputs.time !== undefined) feeds[inputs.time] = time;
    feeds[inputs.cotangent] = cotangent;
    this.graph = new BoundGraph(session, feeds, { [output]: result });
    this.#sample = floats(sample);
    this.#times = floats(time);
    this.#cotangent = floats(cotangent);
    this.#output = floats(result);
  }

  /**
   * @param x [K, steps, width] @param cotangent as `x`
   * @returns as `x`; rewritten by the next run
   */
  async run(x: Float32Array, time: number, cotangent: Float32Array): Promise<Float32Array> {
    this.#sample.set(x);
    fillTimes(this.#times, { time, rows: null });
    this.#cotangent.set(cotangent);
    await this.graph.run();
    return this.#output;
  }
}
