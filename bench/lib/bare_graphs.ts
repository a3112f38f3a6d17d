/**
 * The graphs of a package and nothing else: the same `session.run` calls that a chunk needs, on
 * tensors that stay as they are. What a runtime adds is measured against it.
 */
import type { InferenceSession, Tensor } from 'onnxruntime-node';
import { openGraph, zeros } from '../../src/policy/graph_session.js';
import type { PolicyPackage } from '../../src/policy/package_file.js';

interface Call {
  readonly session: InferenceSession;
  readonly feeds: Record<string, Tensor>;
  readonly fetches: Record<string, Tensor>;
  readonly count: number;
}

/** Zero tensors for one side of a graph; sizes left open are 1. */
function tensors(side: readonly InferenceSession.ValueMetadata[]): Record<string, Tensor> {
  return Object.fromEntries(
    side.map((value) => {
      const shape = value.isTensor ? value.shape : [];
      return [value.name, zeros(shape.map((size) => (typeof size === 'number' ? size : 1)))];
    }),
  );
}

export class BareGraphs {
  readonly #calls: readonly Call[];

  private constructor(calls: readonly Call[]) {
    this.#calls = calls;
  }

  /** @param runs how often each graph runs for a chunk */
  static async open(
    source: PolicyPackage,
    threads: number,
    runs: ReadonlyMap<string, number>,
  ): Promise<BareGraphs> {
    const calls: Call[] = [];
    for (const [name, { file, bytes }] of source.graphs) {
      const session = await openGraph(bytes, file, { threads });
      const { inputMetadata, outputMetadata } = session;
      const [feeds, fetches] = [tensors(inputMetadata), tensors(outputMetadata)];
      calls.push({ session, feeds, fetches, count: runs.get(name) ?? 0 });
    }
    return new BareGraphs(calls);
  }

  /** All runs of one chunk, one after the other; gives their sum, s. */
  async chunk(): Promise<number> {
    let sum = 0;
    for (const { session, feeds, fetches, count } of this.#calls) {
      for (let i = 0; i < count; i++) {
        const start = performance.now();
        await session.run(feeds, fetches);
        sum += performance.now() - start;
      }
    }
    return sum * 1e-3;
  }
}
