/** How ONNX Runtime is asked to run graphs; without ONNX Runtime, so that a set-up can be read. */

/** Execution providers of ONNX Runtime that a build of onnxruntime-node may have. */
export const PROVIDERS = ['cpu', 'cuda', 'tensorrt', 'coreml', 'dml', 'qnn', 'webgpu'] as const;
export const OPTIMIZATIONS = ['disabled', 'basic', 'extended', 'all'] as const;

export interface SessionOptions {
  /** Threads that one run may use; default 1. */
  readonly threads?: number;
  /** Where nodes run, the first that can; default the CPU. */
  readonly providers?: readonly (typeof PROVIDERS)[number][];
  /** How far ONNX Runtime may rewrite a graph; default all. */
  readonly optimization?: (typeof OPTIMIZATIONS)[number];
}

/** True for settings under which numbers may differ from those that a package was made with. */
export function changesNumbers({
  providers = ['cpu'],
  optimization = 'all',
}: SessionOptions): boolean {
  return optimization !== 'all' || providers.some((name) => name !== 'cpu');
}
