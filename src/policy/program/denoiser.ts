/**
 * The network that a sampler asks, bound to buffers made once: K candidates, and as many again
 * without the dropped parts of the condition where the package has classifier-free guidance.
 */
import { type InferenceSession, Tensor } from 'onnxruntime-node';
import { BoundGraph, floats, zeros } from '../graph_session.js';
import type { ProgramSpec } from '../package_schema.js';
import type { ModelTime } from '../samplers/sampler.js';
import type { SampleShape } from './sample_shape.js';

const { fround } = Math;

/** What a graph may be fed with beside the sample. */
export interface ModelFeeds {
  /** [rows, C] */
  readonly condition: Float32Array;
  readonly context: ReadonlyMap<string, Tensor>;
}

type Inputs = ProgramSpec['denoiser']['inputs'];

/** Feeds of condition and contexts, by the graph's names. */
export function conditionFeeds(
  inputs: Pick<Inputs, 'condition' | 'context'>,
  { condition, context }: ModelFeeds,
  rows: number,
): Record<string, Tensor> {
  const feeds: Record<string, Tensor> = {};
  if (inputs.condition !== undefined) {
    feeds[inputs.condition] = new Tensor('float32', condition, [rows, condition.length / rows]);
  }
  for (const [input, name] of Object.entries(inputs.context)) {
    const tensor = context.get(name);
    if (tensor !== undefined) feeds[input] = tensor;
  }
  return feeds;
}

/** Fills the times of all rows: one for all, or those of one candidate or all of them in turn. */
export function fillTimes(
  times: Float32Array,
  { time, rows }: Pick<ModelTime, 'time' | 'rows'>,
): void {
  if (rows === null) times.fill(time);
  else for (let at = 0; at < times.length; at += rows.length) times.set(rows, at);
}

/** What a network gives beside its prediction. */
export interface LearnedVariance {
  /** Whether its answers hold variances too, in columns behind those of the sample. */
  readonly given: boolean;
  /** Whether the sampler asks for them. */
  readonly used: boolean;
}

export class Denoiser {
  readonly graph: BoundGraph;
  readonly #sample: Float32Array;
  readonly #times: Float32Array;
  readonly #spans: Float32Array;
  readonly #predicted: Float32Array;
  readonly #output: Float32Array;
  readonly #scale: number | null;
  /** Where the network gives variances: predictions, then, if they are used, all variances. */
  readonly #parted: Float32Array | null;
  readonly #width: number;

  constructor(
    session: InferenceSession,
    { denoiser, guidance }: Pick<ProgramSpec, 'denoiser' | 'guidance'>,
    { batch, steps, width }: SampleShape,
    given: ModelFeeds,
    variance: LearnedVariance = { given: false, used: false },
  ) {
    const rows = guidance === undefined ? batch : 2 * batch;
    const { inputs, time_per_step: perStep } = denoiser;
    const sample = zeros([rows, steps, width]);
    const time = zeros(perStep ? [rows, steps] : [rows]);
    const span = zeros([rows]);
    const columns = variance.given ? 2 * width : width;
    const predicted = zeros([rows, steps, columns]);
    const feeds = conditionFeeds(inputs, given, rows);
    for (const [name, tensor] of [
      [inputs.sample, sample],
      [inputs.time, time],
      [inputs.span, span],
    ] as const) {
      if (name !== undefined) feeds[name] = tensor;
    }
    this.graph = new BoundGraph(session, feeds, { [denoiser.output]: predicted });
    this.#sample = floats(sample);
    this.#times = floats(time);
    this.#spans = floats(span);
    this.#predicted = floats(predicted);
    this.#output = this.#predicted.subarray(0, batch * steps * columns);
    this.#width = width;
    this.#parted = variance.given
      ? new Float32Array((variance.used ? 2 : 1) * batch * steps * width)
      : null;
    this.#scale = guidance === undefined ? null : fround(guidance.scale);
  }

  /** The network's output for K samples `x`, variances behind; rewritten by the next run. */
  async run(x: Float32Array, more: ModelTime): Promise<Float32Array> {
    for (let at = 0; at < this.#sample.length; at += x.length) this.#sample.set(x, at);
    fillTimes(this.#times, more);
    this.#spans.fill(more.span);
    await this.graph.run();
    if (this.#scale !== null) this.#combine(this.#scale);
    return this.#parted === null ? this.#output : this.#part(this.#parted, x.length);
  }

  #part(parted: Float32Array, size: number): Float32Array {
    const width = this.#width;
    for (let at = 0; at < size; at += width) {
      parted.set(this.#output.subarray(2 * at, 2 * at + width), at);
      if (parted.length === size) continue;
      parted.set(this.#output.subarray(2 * at + width, 2 * at + 2 * width), size + at);
    }
    return parted;
  }

  /** unconditional + scale · (conditional − unconditional), in float32. */
  #combine(scale: number): void {
    const output = this.#output;
    const all = this.#predicted;
    for (let i = 0; i < output.length; i++) {
      const unconditional = all[i + output.length] as number;
      const difference = fround((output[i] as number) - unconditional);
      output[i] = unconditional + fround(scale * difference);
    }
  }
}
