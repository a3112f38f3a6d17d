/** No sampling: the network's one answer is the chunk (ACT, or a graph with all steps inside). */
import type { Sampler } from './sampler.js';

export class DirectSampler implements Sampler {
  readonly evaluations = 1;

  timeOf(): number {
    return 0;
  }

  usesNoise(): boolean {
    return false;
  }

  advance(_evaluation: number, x: Float32Array, output: Float32Array): void {
    x.set(output);
  }
}
