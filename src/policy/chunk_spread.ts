/**
 * How much a policy contradicts itself: the difference of a new chunk to the one before, over the
 * times that both predict. A policy that knows what it does goes on with its plan; one that is lost
 * makes another plan each time. It needs nothing but the chunks, so it serves for every policy.
 */

export class ChunkSpread {
  readonly #joints: number;
  readonly #step: number;
  #stamp = Number.NaN;
  #chunk = new Float64Array(0);

  /** @param joints of a chunk @param step s from one of its steps to the next */
  constructor(joints: number, step: number) {
    this.#joints = joints;
    this.#step = step;
  }

  /** Forgets the chunk before, as at the start of an episode or a hand-back. */
  begin(): void {
    this.#stamp = Number.NaN;
  }

  /**
   * Root mean square of the differences, rad, over joints and common times.
   *
   * @param stamp time of the first step, s @param actions rad, step by step
   * @returns undefined for the first chunk, and for one that has no time in common with the last
   */
  score(stamp: number, actions: ArrayLike<number>): number | undefined {
    const before = this.#chunk;
    const shift = (stamp - this.#stamp) / this.#step;
    this.#stamp = stamp;
    this.#chunk = Float64Array.from(actions);
    if (!(shift > 0)) return undefined;
    const n = this.#joints;
    const steps = before.length / n;
    let sum = 0;
    let count = 0;
    for (let i = 0; i < steps && i + shift <= steps - 1; i++) {
      const low = Math.floor(i + shift);
      const share = i + shift - low;
      const high = Math.min(low + 1, steps - 1);
      for (let j = 0; j < n; j++) {
        const planned =
          (1 - share) * (before[low * n + j] ?? 0) + share * (before[high * n + j] ?? 0);
        sum += ((actions[i * n + j] ?? 0) - planned) ** 2;
        count++;
      }
    }
    return count === 0 ? undefined : Math.sqrt(sum / count);
  }
}
