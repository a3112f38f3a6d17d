/** Shape of what is sampled, and where the chunk lies in it. */
import type { PolicyPackageJson } from '../package_schema.js';

export interface SampleShape {
  /** Candidates. */
  readonly batch: number;
  /** Rows of one candidate. */
  readonly steps: number;
  /** Columns; the first ones are the joints. */
  readonly width: number;
  /** Row of the chunk's first step. */
  readonly start: number;
}

/** The package's `sample`, which is the chunk itself where it says nothing. */
export function sampleShape({ program, horizon, action }: PolicyPackageJson): SampleShape {
  const { steps, start, width } = program.sample ?? {
    steps: horizon.prediction,
    start: 0,
    width: action.joints.length,
  };
  return { batch: program.candidates, steps, start, width };
}

/** Copies the chunk [prediction, joints] of candidate `index` out of `samples`. */
export function takeChunk(
  samples: Float32Array,
  { steps, width, start }: SampleShape,
  index: number,
  joints: number,
  chunk: Float32Array,
): void {
  let at = (index * steps + start) * width;
  for (let out = 0; out < chunk.length; out += joints, at += width) {
    for (let j = 0; j < joints; j++) chunk[out + j] = samples[at + j] as number;
  }
}
