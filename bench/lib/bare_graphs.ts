/**
 * The graphs of a package and nothing else: the same `session.run` calls that a chunk needs, on
 * tensors that stay as they are. What a runtime adds is measured against it.
 */
import type { InferenceSession, Tensor } from 'onnxruntime-node';
import { floats, openGraph, zeros } from '../../src/policy/graph_session.js';
import type { PolicyPackage } from '../../src/policy/package_file.js';

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

  private constructor(calls: ReadonlyMap<string, Call>) {
    this.#calls = calls;
  }

  static async open(source: Pick<PolicyPackage, 'graphs'>, threads: number): Promise<BareGraphs> {
    const calls = new Map<string, Call>();
    for (const [name, { file, bytes }] of source.graphs) {
      const session = await openGraph(bytes, file, { threads });
      const { inputMetadata, outputMetadata } = session;
      const [feeds, fetches] = [tensors(inputMetadata), tensors(outputMetadata)];
      calls.set(name, { session, feeds, fetches });
    }
    return new BareGraphs(calls);
  }

  /**
   * All runs of one chunk, one after the other; gives their sum, s.
   *
   * @param runs how often each graph runs, by its name
   */
  async chunk(runs: ReadonlyMap<string, number>): Promise<number> {
    let sum = 0;
    for (const [name, count] of runs) {
      const call = this.#calls.get(name);
      if (call === undefined) throw new Error(`no graph "${name}"`);
      const { session, feeds, fetches } = call;
      for (let i = 0; i < count; i++) {
        const start = performance.now();
        await session.run(feeds, fetches);
        sum += performance.now() - start;
      }
    }
    return sum * 1e-3;
  }
}
