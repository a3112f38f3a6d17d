/**
 * The graphs of a program and nothing else: the same `session.run` calls of the same sessions that a
 * chunk needs, on tensors that stay as they are. What a runtime adds is measured against it.
 */
import type { InferenceSession, Tensor } from 'onnxruntime-node';
import { floats, zeros } from '../../src/policy/graph_session.js';

interface Call {
  readonly session: InferenceSession;
  readonly feeds: Record<string, Tensor>;
  readonly fetches: Record<string, Tensor>;
}

/** Tensors of ordinary numbers for one side of a graph; sizes left open are 1. */
function tensors(side: readonly InferenceSession.ValueMetadata[]): Record<string, Tensor> {
  return Object.fromEntries(
    side.map((value) => {
      const shape = value.isTensor ? value.shape : [];
      const tensor = zeros(shape.map((size) => (typeof size === 'number' ? size : 1)));
      floats(tensor).forEach((_, i, all) => {
        all[i] = Math.sin(i);
      });
      return [value.name, tensor];
    }),
  );
}

export class BareGraphs {
  readonly #calls: ReadonlyMap<string, Call>;

  constructor(sessions: ReadonlyMap<string, InferenceSession>) {
    this.#calls = new Map(
      [...sessions].map(([name, session]) => {
        const { inputMetadata, outputMetadata } = session;
        return [name, { session, feeds: tensors(inputMetadata), fetches: tensors(outputMetadata) }];
      }),
    );
  }

  /**
   * `count` runs of a graph, one after the other; gives their time, s. One clock for all: reading
   * it between them would count as theirs.
   */
  async run(name: string, count: number): Promise<number> {
    const call = this.#calls.get(name);
    if (call === undefined) throw new Error(`no graph "${name}"`);
    const { session, feeds, fetches } = call;
    const start = performance.now();
    for (let i = 0; i < count; i++) await session.run(feeds, fetches);
    return (performance.now() - start) * 1e-3;
  }
}
