/** Rate and lateness of the controller's ticks over the last seconds, for the page's histogram. */
import { Histogram } from '../core/histogram.js';
import type { HealthMessage } from './protocol.js';

/** Fields of a row of `/controller/telemetry`; docs/topics.md. */
const ROW = 5;
/** Seconds that the figures cover, in slices of this length. */
const SLICES = 10;
/** Upper edges of the bars, ms; what is later falls into one more. */
export const EDGES = [0.02, 0.05, 0.1, 0.2, 0.5, 1, 2, 5, 10, 20] as const;

interface Slice {
  readonly began: number;
  readonly counts: number[];
  readonly lateness: number[];
  readonly delays: number[];
  readonly chunks: number[];
  limited: number;
  violations: number;
}

export class TickStatistics {
  #slices: Slice[] = [];

  /** Adds the rows of a telemetry message that came at `now`, s on the steady clock. */
  addTicks(data: ArrayLike<number>, now: number): void {
    const slice = this.#slice(now);
    for (let row = 0; row + ROW <= data.length; row += ROW) {
      const lateness = (data[row + 1] ?? Number.NaN) * 1e3;
      const bar = EDGES.findIndex((edge) => lateness <= edge);
      const index = bar < 0 ? EDGES.length : bar;
      slice.counts[index] = (slice.counts[index] ?? 0) + 1;
      slice.lateness.push(lateness);
      const delay = data[row + 2] ?? Number.NaN;
      if (!Number.isNaN(delay)) slice.delays.push(delay);
      if ((data[row + 3] ?? 0) > 0) slice.limited++;
      slice.violations += data[row + 4] ?? 0;
    }
  }

  /** Adds the time that a chunk took, s. */
  addChunk(seconds: number, now: number): void {
    this.#slice(now).chunks.push(seconds);
  }

  figures(now: number): HealthMessage['ticks'] {
    this.#slice(now);
    const lateness = new Histogram();
    const delay = new Histogram();
    const chunk = new Histogram();
    const counts = new Array<number>(EDGES.length + 1).fill(0);
    let limited = 0;
    let violations = 0;
    for (const slice of this.#slices) {
      for (const value of slice.lateness) lateness.add(value / 1e3);
      for (const value of slice.delays) delay.add(value);
      for (const value of slice.chunks) chunk.add(value);
      slice.counts.forEach((count, i) => {
        counts[i] = (counts[i] ?? 0) + count;
      });
      limited += slice.limited;
      violations += slice.violations;
    }
    const recent = this.#slices.filter(({ began }) => now - began <= 3);
    const span = now - (recent[0]?.began ?? now);
    const ticks = recent.reduce((sum, slice) => sum + slice.lateness.length, 0);
    return {
      rateHz: span > 0.5 && ticks > 0 ? ticks / span : null,
      latenessP50: quantile(lateness, 0.5),
      latenessP99: quantile(lateness, 0.99),
      latenessMax: lateness.count === 0 ? null : lateness.max * 1e3,
      edges: EDGES,
      counts,
      limited,
      violations,
      delayP50: quantile(delay, 0.5),
      chunkP50: quantile(chunk, 0.5),
    };
  }

  #slice(now: number): Slice {
    this.#slices = this.#slices.filter(({ began }) => now - began < SLICES);
    const last = this.#slices.at(-1);
    if (last !== undefined && now - last.began < 1) return last;
    const slice: Slice = {
      began: now,
      counts: new Array<number>(EDGES.length + 1).fill(0),
      lateness: [],
      delays: [],
      chunks: [],
      limited: 0,
      violations: 0,
    };
    this.#slices.push(slice);
    return slice;
  }
}

/** ms; null while there is none. */
function quantile(histogram: Histogram, q: number): number | null {
  return histogram.count === 0 ? null : histogram.quantile(q) * 1e3;
}
