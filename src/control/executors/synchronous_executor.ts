/**
 * Stop and infer: a chunk is executed from its first step when it arrives, so many steps of it and
 * in full; the arm then stands until the next chunk has come, which must have been computed from an
 * observation of the arm standing there. Chunks that come meanwhile are refused.
 */
import { at } from '../../core/vector.js';
import { ChunkExecutor, type ChunkExecutorOptions } from '../chunk_executor.js';
import type { Chunk } from './chunk.js';
import { Verdict } from './executor.js';

/** Two times closer than this are one: stamps come as whole nanoseconds. */
const SAME_TIME = 1e-6;
/** The only step of a chunk lasts this long, s. */
const LONE_STEP = 0.1;

export class SynchronousExecutor extends ChunkExecutor {
  readonly #steps: number;
  /** Stamp of the last chunk, and when its steps were done or will be; NaN before the first. */
  #stamp = Number.NaN;
  #end = Number.NaN;
  #standing = false;

  /** @param steps of a chunk that are executed; the rest is not used */
  constructor(
    joints: number,
    maxPoints: number,
    steps: number,
    options: Pick<ChunkExecutorOptions, 'limits'> = {},
  ) {
    super(joints, maxPoints, options);
    this.#steps = Math.min(steps, maxPoints - 1);
  }

  override get stamp(): number {
    return this.#stamp;
  }

  override get end(): number {
    return this.#end;
  }

  override offer(
    now: number,
    position: Float64Array,
    velocity: Float64Array,
    acceleration?: Float64Array,
  ): number {
    const chunk = this.incoming;
    if (chunk.stamp >= this.epoch && chunk.stamp <= this.#stamp) return Verdict.outOfOrder;
    if (chunk.stamp >= this.epoch && chunk.stamp < this.#end - SAME_TIME) return Verdict.early;
    this.#arrange(chunk, now);
    const verdict = super.offer(now, position, velocity, acceleration);
    if (verdict !== Verdict.taken) return verdict;
    this.#stamp = chunk.stamp;
    this.#end = chunk.end;
    this.#standing = true;
    return verdict;
  }

  /** Moves the steps to begin at `now`, and lets the last one last as long as the others. */
  #arrange(chunk: Chunk, now: number): void {
    const { times, positions, joints } = chunk;
    const count = Math.min(chunk.count, this.#steps);
    if (count === 0) return;
    const shift = now - chunk.start;
    for (let i = 0; i < count; i++) times[i] = at(times, i) + shift;
    const last = at(times, count - 1);
    times[count] = last + (count > 1 ? last - at(times, count - 2) : LONE_STEP);
    positions.copyWithin(count * joints, (count - 1) * joints, count * joints);
    chunk.count = count + 1;
  }

  override clear(): void {
    super.clear();
    this.#stamp = Number.NaN;
    this.#end = Number.NaN;
    this.#standing = false;
  }

  override sample(now: number): boolean {
    if (super.sample(now)) return true;
    if (!this.#standing) return false;
    this.velocity.fill(0);
    this.acceleration.fill(0);
    return true;
  }
}
