/** Graphs that judge or correct whole chunks: scoring of K candidates and the bounded residual. */
import { type InferenceSession, Tensor } from 'onnxruntime-node';
import { BoundGraph, floats, zeros } from '../graph_session.js';
import type { ProgramSpec } from '../package_schema.js';

type ActionGraphSpec = Pick<NonNullable<ProgramSpec['scoring']>, 'inputs' | 'output'>;

/** A graph of (actions, condition) with its buffers. */
export class ActionGraph {
  readonly graph: BoundGraph;
  readonly output: Float32Array;

  /**
   * @param actions buffer that it reads, of shape `dims` = [K, prediction, joints]
   * @param condition buffer that it reads, K rows
   */
  constructor(
    session: InferenceSession,
    { inputs, output }: ActionGraphSpec,
    actions: Float32Array,
    dims: readonly [number, number, number],
    condition: Float32Array,
    outputDims: readonly number[],
  ) {
    const result = zeros(outputDims);
    this.output = floats(result);
    const rows = [dims[0], condition.length / dims[0]];
    this.graph = new BoundGraph(
      session,
      {
        [inputs.actions]: new Tensor('float32', actions, dims),
        [inputs.condition]: new Tensor('float32', condition, rows),
      },
      { [output]: result },
    );
  }
}

/** Index of the highest finite score, the first of equals; 0 when none is finite. */
export function bestOf(scores: Float32Array): number {
  let best = 0;
  let highest = Number.NEGATIVE_INFINITY;
  for (const [i, score] of scores.entries()) {
    if (score > highest && Number.isFinite(score)) [best, highest] = [i, score];
  }
  return best;
}

/** Holds normalised actions to ±bound; NaN passes, as below. */
export function clip(actions: Float32Array, bound: number): void {
  for (let i = 0; i < actions.length; i++) {
    actions[i] = Math.min(Math.max(actions[i] ?? Number.NaN, -bound), bound);
  }
}

/** Adds `correction`, held to ±bound, to `actions`. */
export function addBounded(actions: Float32Array, correction: Float32Array, bound: number): void {
  for (let i = 0; i < actions.length; i++) {
    // NaN passes on purpose: the check of the whole chunk then rejects it.
    const limited = Math.min(Math.max(correction[i] ?? 0, -bound), bound);
    actions[i] = (actions[i] ?? 0) + limited;
  }
}
