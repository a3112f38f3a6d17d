/**
 * When to infer, and what becomes of the result: takes the next observation as soon as one is due,
 * asks for a chunk, and gives it on unless it is not finite or everything was reset meanwhile.
 */
import { errorLine } from '../core/error.js';
import type { Chunk, InferenceClient } from './inference_client.js';
import type { ObservationSync } from './observation_sync.js';
import type { Planner } from './real_time_chunking/planner.js';

export interface PolicyLoopOptions {
  readonly sync: ObservationSync;
  readonly inference: Pick<InferenceClient, 'observation' | 'busy' | 'infer' | 'prepare'>;
  readonly seed: number;
  /** Policy steps of an observation, and the time between them, s. */
  readonly history: { readonly steps: number; readonly spacing: number };
  /** A chunk every so many frames of the first camera. */
  readonly replanFrames: number;
  /** Lock-step: every frame in turn instead of the newest, and every one answered by `onFrame`. */
  readonly inTurn: boolean;
  /** What the controller executes, as far as is known here. */
  readonly planner: Planner;
  /** Lock-step: s from an observation until its chunk reaches the controller. */
  readonly delay: number;
  /** The time of the stamps now, s. */
  readonly now: () => number;
  /**
   * A chunk for the observation stamped `stamp`, whose first step is due at `begins`, s; `actions`
   * are valid during the call.
   */
  readonly onChunk: (stamp: number, chunk: Chunk, begins: number) => void;
  /** Why a chunk was not given on; `failures` counts those in a row that a graph itself failed. */
  readonly onRejected: (line: string, failures: number) => void;
  /** In lock-step: frame `stamp` is dealt with, and its chunk, if due, given on. */
  readonly onFrame?: (stamp: number, newestChunk: number, sequence: number) => void;
}

/** Counts since the start of the process. */
export interface PolicyLoopCounts {
  chunks: number;
  /** Chunks with a number that is not finite, and runs that failed. */
  rejected: number;
  /** Chunks computed from what was reset before they were done, or too late for their prefix. */
  dropped: number;
}

/** Two times closer than this are one: stamps come as whole nanoseconds. */
const SAME_TIME = 1e-6;

export class PolicyLoop {
  readonly counts: PolicyLoopCounts = { chunks: 0, rejected: 0, dropped: 0 };
  readonly #options: PolicyLoopOptions;
  #running = false;
  #episode = 0;
  #chunk = 0;
  /** Stamp of the last observation inferred from, and of the last frame looked at. */
  #inferred = Number.NEGATIVE_INFINITY;
  #seen = Number.NEGATIVE_INFINITY;
  #newestChunk = -1;
  #sequence = 0;
  /** Lock-step: frames since the last one inferred from. */
  #passed = Number.POSITIVE_INFINITY;
  #failures = 0;
  #epoch = -1;
  /** Epoch that the inference thread's kept features belong to. */
  #featureEpoch = -1;

  constructor(options: PolicyLoopOptions) {
    this.#options = options;
  }

  get running(): boolean {
    return this.#running;
  }

  /** Begins episode `episode` (part of the noise's seed) with the observations that come now. */
  start(episode: number): void {
    this.#running = true;
    this.#episode = episode;
    this.#begin();
  }

  /** Infers no more; a chunk under way is dropped. */
  stop(): void {
    this.#running = false;
  }

  /** To be called whenever an observation may have become complete. */
  poll(): void {
    if (!this.#running || this.#options.inference.busy) return;
    if (this.#options.sync.epoch !== this.#epoch) this.#begin();
    if (this.#options.inTurn) this.#pollInTurn();
    else this.#pollNewest();
  }

  #begin(): void {
    this.#epoch = this.#options.sync.epoch;
    this.#chunk = 0;
    this.#inferred = Number.NEGATIVE_INFINITY;
    this.#seen = Number.NEGATIVE_INFINITY;
    this.#newestChunk = -1;
    this.#sequence = 0;
    this.#passed = Number.POSITIVE_INFINITY;
    this.#options.planner.begin();
  }

  #pollNewest(): void {
    const { sync, inference, planner, replanFrames, now } = this.#options;
    const due = this.#chunk === 0 ? 1 : replanFrames;
    const frames = sync.framesSince(this.#inferred);
    if (frames < due) {
      if (this.#chunk > 0) this.#prepare(frames, due);
      return;
    }
    const taken = sync.take(this.#inferred, 'newest', now(), inference.observation);
    if (taken === null || (this.#chunk > 0 && this.#tooSoon(taken.stamp))) return;
    if (!planner.due(taken.stamp)) return;
    void this.#infer(taken.stamp);
  }

  /** True when the frame taken is not yet the one that is due (a newer one is incomplete). */
  #tooSoon(stamp: number): boolean {
    const { sync, replanFrames } = this.#options;
    return sync.framesSince(this.#inferred) - sync.framesSince(stamp) < replanFrames;
  }

  /** Encodes the newest frame now if it will be history of the chunk that is due next. */
  #prepare(frames: number, due: number): void {
    const { sync, inference, history, now } = this.#options;
    if (history.steps < 2 || frames === 0) return;
    const taken = sync.take(
      Math.max(this.#inferred, this.#seen),
      'newest',
      now(),
      inference.observation,
    );
    if (taken === null) return;
    this.#seen = taken.stamp;
    const passed = frames - sync.framesSince(taken.stamp);
    const period = (taken.stamp - this.#inferred) / passed;
    const steps = ((due - passed) * period) / history.spacing;
    const near = Math.round(steps);
    if (near < 1 || near >= history.steps || Math.abs(steps - near) > 0.25) return;
    inference.prepare(this.#forget()).then(
      () => this.poll(),
      // The chunk itself meets the same fault and reports it.
      () => this.poll(),
    );
  }

  /** True when the thread must not trust stamps from before; once for each epoch. */
  #forget(): boolean {
    const { epoch } = this.#options.sync;
    const changed = this.#featureEpoch !== epoch;
    this.#featureEpoch = epoch;
    return changed;
  }

  #pollInTurn(): void {
    const { sync, inference, replanFrames, now } = this.#options;
    for (;;) {
      const taken = sync.take(this.#seen, 'oldest', now(), inference.observation);
      if (taken === null) return;
      this.#seen = taken.stamp;
      this.#sequence++;
      this.#passed++;
      if (this.#passed >= replanFrames && taken.usable && this.#free(taken.stamp)) {
        this.#passed = 0;
        void this.#infer(taken.stamp);
        return;
      }
      this.#options.onFrame?.(taken.stamp, this.#newestChunk, this.#sequence - 1);
    }
  }

  /** Lock-step: whether the chunk before would be done by now, and another be of use. */
  #free(stamp: number): boolean {
    const { planner, delay } = this.#options;
    return stamp >= this.#inferred + delay - SAME_TIME && planner.due(stamp);
  }

  async #infer(stamp: number): Promise<void> {
    const { inference, planner, seed, sync } = this.#options;
    const epoch = sync.epoch;
    this.#inferred = stamp;
    const place = { episode: this.#episode, chunk: this.#chunk++ };
    let chunk: Chunk | string;
    try {
      const forget = this.#forget() || planner.anew;
      chunk = await inference.infer(seed, place, forget, planner.prefix(stamp));
    } catch (error) {
      chunk = errorLine(error);
    }
    // `#epoch` differs too when the loop was started again meanwhile.
    if (!this.#running || sync.epoch !== epoch || this.#epoch !== epoch) this.counts.dropped++;
    else {
      this.#give(stamp, chunk);
      if (this.#options.inTurn) {
        this.#options.onFrame?.(stamp, this.#newestChunk, this.#sequence - 1);
      }
    }
    this.poll();
  }

  #give(stamp: number, chunk: Chunk | string): void {
    if (typeof chunk === 'string') {
      this.counts.rejected++;
      this.#options.onRejected(chunk, ++this.#failures);
      return;
    }
    this.#failures = 0;
    if (chunk.nonFinite >= 0) {
      this.counts.rejected++;
      const value = chunk.actions[chunk.nonFinite];
      const line = `chunk rejected: number ${chunk.nonFinite} of it is ${value}`;
      this.#options.onRejected(line, 0);
      return;
    }
    const { planner, inTurn, delay, now } = this.#options;
    const takeover = inTurn ? stamp + delay : now();
    if (!planner.given(stamp, chunk.actions, takeover)) {
      this.counts.dropped++;
      return;
    }
    const { begins } = planner;
    // In lock-step the takeover is known; what is told of it would come at any time.
    if (inTurn) planner.consumed(stamp, takeover);
    this.counts.chunks++;
    this.#newestChunk = stamp;
    this.#options.onChunk(stamp, chunk, begins);
  }
}
