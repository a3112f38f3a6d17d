/**
 * One ONNX graph with its inputs and outputs bound to buffers made once, so that a run allocates
 * no tensor data and copies none.
 */
import { InferenceSession, listSupportedBackends, Tensor } from 'onnxruntime-node';
import { errorLine, SinewError } from '../core/error.js';
import type { SessionOptions } from './session_options.js';

/** ONNX Runtime passes over providers that it does not have: that must not go unnoticed. */
function requireProviders(providers: readonly string[]): void {
  const known = listSupportedBackends().map(({ name }) => name);
  const missing = providers.find((name) => !known.includes(name));
  if (missing === undefined) return;
  throw new SinewError(`this build of ONNX Runtime has no execution provider "${missing}"`, {
    expected: known.join(' or '),
    cure: 'change policy.providers',
  });
}

/** Opens a graph from its bytes. */
export async function openGraph(
  bytes: Uint8Array,
  file: string,
  { threads = 1, providers = ['cpu'], optimization = 'all' }: SessionOptions,
): Promise<InferenceSession> {
  requireProviders(providers);
  try {
    return await InferenceSession.create(bytes, {
      executionProviders: [...providers],
      graphOptimizationLevel: optimization,
      intraOpNumThreads: threads,
      interOpNumThreads: 1,
      executionMode: 'sequential',
      // Errors are thrown; only what cannot be thrown is printed.
      logSeverityLevel: 4,
    });
  } catch (error) {
    const elsewhere = providers.some((name) => name !== 'cpu');
    throw new SinewError(`not a graph that ONNX Runtime can load (${errorLine(error)})`, {
      where: file,
      expected: 'a whole ONNX file',
      cure: elsewhere
        ? 'set policy.providers to [cpu] to see whether that runs'
        : 'export it again',
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
