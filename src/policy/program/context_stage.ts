/**
 * A graph that is run once a chunk and gives the denoiser what does not change from step to step:
 * projections of the condition, or keys and values of a prefix.
 */
import { type InferenceSession, Tensor } from 'onnxruntime-node';
import { BoundGraph, floats, zeros } from '../graph_session.js';
import type { ProgramSpec } from '../package_schema.js';

type ContextSpec = ProgramSpec['context'][number];

/** Rows of the denoiser: `groups` different conditions, each `repeat` times. */
export interface RowGroups {
  readonly groups: number;
  readonly repeat: number;
}

/** Copies row g of `source` to rows g·repeat … of `target`. */
function spread(source: Float32Array, target: Float32Array, { groups, repeat }: RowGroups): void {
  const length = source.length / groups;
  for (let row = 0; row < groups * repeat; row++) {
    const at = Math.floor(row / repeat) * length;
    target.set(source.subarray(at, at + length), row * length);
  }
}

export class ContextStage {
  readonly graph: BoundGraph;
  /** Tensors for the denoiser, by the name of the context. */
  readonly tensors: ReadonlyMap<string, Tensor>;
  readonly #condition: Float32Array;
  readonly #input: Float32Array;
  readonly #outputs: readonly (readonly [Float32Array, Float32Array])[];
  readonly #rows: RowGroups;

  /**
   * @param condition of all rows of the denoiser
   * @param shapes shape of each context for one row, [1, …]
   */
  constructor(
    session: InferenceSession,
    { input, outputs }: ContextSpec,
    condition: Float32Array,
    rows: RowGroups,
    shapes: ReadonlyMap<string, readonly number[]>,
  ) {
    const { groups, repeat } = rows;
    this.#rows = rows;
    this.#condition = condition;
    this.#input = repeat === 1 ? condition : new Float32Array(condition.length / repeat);
    const fetches: Record<string, Tensor> = {};
    const tensors = new Map<string, Tensor>();
    this.#outputs = Object.entries(outputs).map(([output, name]) => {
      const [, ...rest] = shapes.get(name) ?? [1];
      const fetched = zeros([groups, ...rest]);
      const fed = repeat === 1 ? fetched : zeros([groups * repeat, ...rest]);
      fetches[output] = fetched;
      tensors.set(name, fed);
      return [floats(fetched), floats(fed)] as const;
    });
    this.tensors = tensors;
    const dims = [groups, this.#input.length / groups];
    this.graph = new BoundGraph(
      session,
      { [input]: new Tensor('float32', this.#input, dims) },
      fetches,
    );
  }

  /** Computes the contexts of the present condition. */
  async run(): Promise<void> {
    const { groups, repeat } = this.#rows;
    if (repeat > 1) {
      const width = this.#input.length / groups;
      for (let group = 0; group < groups; group++) {
        const at = group * repeat * width;
        this.#input.set(this.#condition.subarray(at, at + width), group * width);
      }
    }
    await this.graph.run();
    if (repeat > 1)
      for (const [source, target] of this.#outputs) spread(source, target, this.#rows);
  }
}
