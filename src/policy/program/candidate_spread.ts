/**
 * How far the candidates of one chunk lie apart: a policy that knows what it does draws nearly the same
 * chunk from every noise.
 */
import type { Normalizer } from '../normalizer.js';
import type { PolicyPackage } from '../package_file.js';
import { clip } from './action_graph.js';
import { type SampleShape, takeChunk } from './sample_shape.js';

export class CandidateSpread {
  readonly #shape: SampleShape;
  readonly #normalizer: Normalizer;
  readonly #bound: number | null;
  readonly #chunks: readonly Float32Array[];

  /** @param prediction steps of a chunk @param bound that it is clipped to; null for none */
  constructor(
    shape: SampleShape,
    normalizer: Normalizer,
    prediction: number,
    bound: number | null,
  ) {
    this.#bound = bound;
    this.#shape = shape;
    this.#normalizer = normalizer;
    this.#chunks = Array.from(
      { length: shape.batch },
      () => new Float32Array(prediction * normalizer.size),
    );
  }

  /**
   * Standard deviation over the candidates, root mean square over steps and joints, rad; NaN for one.
   *
   * @param samples normalised, [K, steps, width]
   */
  of(samples: Float32Array): number {
    const chunks = this.#chunks;
    const count = chunks.length;
    if (count < 2) return Number.NaN;
    for (const [k, chunk] of chunks.entries()) {
      takeChunk(samples, this.#shape, k, this.#normalizer.size, chunk);
      if (this.#bound !== null) clip(chunk, this.#bound);
      this.#normalizer.denormalize(chunk);
    }
    const length = chunks[0]?.length ?? 0;
    let sum = 0;
    for (let i = 0; i < length; i++) {
      const mean = chunks.reduce((total, chunk) => total + (chunk[i] as number), 0) / count;
      for (const chunk of chunks) sum += ((chunk[i] as number) - mean) ** 2;
    }
    return Math.sqrt(sum / length / (count - 1));
  }
}

/** The package with another number of candidates; as it is for undefined. */
export function withCandidates(
  source: PolicyPackage,
  candidates: number | undefined,
): PolicyPackage {
  if (candidates === undefined) return source;
  const { spec } = source;
  return { ...source, spec: { ...spec, program: { ...spec.program, candidates } } };
}
