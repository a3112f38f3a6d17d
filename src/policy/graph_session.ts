/**
 * One ONNX graph with its inputs and outputs bound to buffers made once, so that a run allocates
 * no tensor data and copies none.
 */
import { InferenceSession, Tensor } from 'onnxruntime-node';
import { errorLine, SinewError } from '../core/error.js';

export interface SessionOptions {
  /** Threads that one run may use. */
  readonly threads: number;
}

/** Opens a graph from its bytes, with all graph optimisations, on the CPU. */
export async function openGraph(
  bytes: Uint8Array,
  file: string,
  { threads }: SessionOptions,
): Promise<InferenceSession> {
  try {
    return await InferenceSession.create(bytes, {
      executionProviders: ['cpu'],
      graphOptimizationLevel: 'all',
      intraOpNumThreads: threads,
      interOpNumThreads: 1,
      executionMode: 'sequential',
      // Errors are thrown; only what cannot be thrown is printed.
      logSeverityLevel: 4,
    });
  } catch (error) {
    throw new SinewError(`not a graph that ONNX Runtime can load (${errorLine(error)})`, {
      where: file,
      expected: 'a whole ONNX file',
      cure: 'export it again',
      cause: error,
    });
  }
}

/** Float32 tensor of zeros. */
export function zeros(dims: readonly number[]): Tensor {
  const length = dims.reduce((product, size) => product * size, 1);
  return new Tensor('float32', new Float32Array(length), dims);
}

/** The numbers of a float32 tensor. */
export function floats(tensor: Tensor): Float32Array {
  if (tensor.data instanceof Float32Array) return tensor.data;
  throw new SinewError(`tensor of type ${tensor.type}`, { expected: 'float32' });
}

/** A graph whose tensors stay the same from run to run. */
export class BoundGraph {
  readonly #session: InferenceSession;
  readonly #feeds: Record<string, Tensor>;
  readonly #fetches: Record<string, Tensor>;
  /** Time spent in all runs so far, s. */
  seconds = 0;
  runs = 0;

  constructor(
    session: InferenceSession,
    feeds: Record<string, Tensor>,
    fetches: Record<string, Tensor>,
  ) {
    this.#session = session;
    this.#feeds = feeds;
    this.#fetches = fetches;
  }

  /** Reads the fed buffers and fills the fetched ones. */
  async run(): Promise<void> {
    const start = performance.now();
    await this.#session.run(this.#feeds, this.#fetches);
    this.seconds += (performance.now() - start) * 1e-3;
    this.runs++;
  }
}
