/**
 * Finished episodes of the chunking benchmark in a file, one JSON line each, so that several runs add
 * up to the full table and none is lost when a run is broken off.
 */
import { createHash } from 'node:crypto';
import { appendFileSync, existsSync, mkdirSync, readFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { z } from 'zod';
import type { ExecutorConfig } from '../../src/control/executors/executor_config.js';
import type { PolicyPackage } from '../../src/policy/package_file.js';
import type { ChunkingEpisode } from './chunking_episode.js';

/** What is read of a line; it also has `executor` and `delay_ms`, for whoever draws them. */
const line = z.object({
  cell: z.string(),
  seed: z.int(),
  success: z.boolean(),
  seconds: z.number(),
  jerk: z.number(),
  largestSeam: z.number(),
  meanSeam: z.number(),
  fault: z.string().optional(),
});

/** What decides over the outcome of an episode, beside its seed. */
export interface CellSetting {
  readonly source: PolicyPackage;
  readonly executor: ExecutorConfig;
  /** ms from an observation to the takeover by its chunk. */
  readonly delayMs: number;
  /** s */
  readonly limit: number;
}

/** A cell of the table as the store knows it. */
export interface StoredCell {
  /** From `cellName`. */
  readonly key: string;
  /** What the table and the plot call it. */
  readonly executor: string;
  /** ms */
  readonly delayMs: number;
}

/** One name for equal settings: another package, executor, delay or limit is another cell. */
export function cellName({ source, executor, delayMs, limit }: CellSetting): string {
  const graphs = Object.values(source.spec.graphs).map(({ sha256 }) => sha256);
  const settings = JSON.stringify([source.spec.program, graphs, executor, delayMs, limit]);
  return createHash('sha256').update(settings).digest('hex').slice(0, 16);
}

export class ChunkingStore {
  readonly #file: string | undefined;
  readonly #episodes = new Map<string, ChunkingEpisode>();

  /** @param file made when it is not there; without one, nothing is kept */
  constructor(file: string | undefined) {
    this.#file = file;
    if (file === undefined) return;
    mkdirSync(dirname(file), { recursive: true });
    if (!existsSync(file)) return;
    for (const [i, text] of readFileSync(file, 'utf8').split('\n').entries()) {
      if (text === '') continue;
      try {
        const { cell, ...episode } = line.parse(JSON.parse(text));
        this.#episodes.set(`${cell} ${episode.seed}`, episode);
      } catch (error) {
        throw new Error(`${file}:${i + 1} is no episode of this benchmark; delete the file`, {
          cause: error,
        });
      }
    }
  }

  find({ key }: StoredCell, seed: number): ChunkingEpisode | undefined {
    return this.#episodes.get(`${key} ${seed}`);
  }

  add({ key, executor, delayMs }: StoredCell, episode: ChunkingEpisode): void {
    this.#episodes.set(`${key} ${episode.seed}`, episode);
    if (this.#file === undefined) return;
    const stored = { cell: key, executor, delay_ms: delayMs, ...episode };
    appendFileSync(this.#file, `${JSON.stringify(stored)}\n`);
  }
}
