/**
 * Temporal ensembling (Zhao et al. 2023, "Learning fine-grained bimanual manipulation with low-cost
 * hardware", algorithm 2): each step is the weighted mean of all predictions made for its time, with
 * w_i = exp(−m·i), i = 0 for the oldest. Kept online: E ← (E·C[k−1] + a·w[k]) / C[k], C the running
 * sum of w and k the number of predictions in E so far.
 */
import { at } from '../../core/vector.js';
import type { Interpolation } from '../interpolation.js';
import type { Chunk } from './chunk.js';
import type { MergeRule } from './merge_rule.js';

/** Two times closer than this are one: stamps come as whole nanoseconds. */
const SAME_TIME = 1e-6;

export class EnsembleRule implements MergeRule {
  readonly #weights: Float64Array;
  readonly #sums: Float64Array;

  /**
   * @param coefficient m: 0 weighs all alike, above 0 the older more; 0.01 in the paper
   * @param most predictions of one time that are told apart; further ones weigh as this one
   */
  constructor(coefficient: number, most: number) {
    this.#weights = new Float64Array(most);
    this.#sums = new Float64Array(most);
    let sum = 0;
    for (let i = 0; i < most; i++) {
      const weight = Math.exp(-coefficient * i);
      sum += weight;
      this.#weights[i] = weight;
      this.#sums[i] = sum;
    }
  }

  merge(_now: number, old: Chunk, incoming: Chunk, interpolation: Interpolation): void {
    const { joints, times, positions, predictions } = incoming;
    const most = this.#weights.length;
    let span = 0;
    for (let i = 0; i < incoming.count; i++) {
      const time = at(times, i);
      if (time < old.start - SAME_TIME) continue;
      if (time > old.end + SAME_TIME) return;
      span = old.spanAt(time, span);
      const counted = Math.min(old.predictions[nearest(old, time, span)] ?? 1, most - 1);
      const before = at(this.#sums, counted - 1);
      const weight = at(this.#weights, counted);
      const sum = at(this.#sums, counted);
      for (let j = 0; j < joints; j++) {
        const mean = old.positionAt(Math.min(time, old.end), span, j, interpolation);
        const k = i * joints + j;
        positions[k] = (mean * before + at(positions, k) * weight) / sum;
      }
      predictions[i] = counted + 1;
    }
  }
}

/** Index of the point of `chunk` nearest to `time`, which lies in span `i`. */
function nearest(chunk: Chunk, time: number, i: number): number {
  if (i + 1 >= chunk.count) return i;
  return time - at(chunk.times, i) < at(chunk.times, i + 1) - time ? i : i + 1;
}
