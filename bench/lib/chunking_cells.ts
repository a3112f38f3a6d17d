/** The cells of the chunking benchmark: which there are, and what the table and the aims say of them. */
import { wilsonInterval } from '../../src/app/statistics.js';
import type { ChunkingEpisode } from './chunking_episode.js';
import { median } from './rounds.js';

/** Executors by the names that the table has for them: the `executor` section of a set-up. */
export const EXECUTORS: Readonly<Record<string, Readonly<Record<string, unknown>>>> = {
  synchronous: { type: 'synchronous' },
  newest: {},
  weighted_average: { type: 'aggregate', aggregation: 'weighted_average' },
  latest_only: { type: 'aggregate', aggregation: 'latest_only' },
  average: { type: 'aggregate', aggregation: 'average' },
  conservative: { type: 'aggregate', aggregation: 'conservative' },
  temporal_ensemble: { type: 'temporal_ensemble' },
  guided: { type: 'real_time_chunking', form: 'guided' },
  guided_vjp: { type: 'real_time_chunking', form: 'guided_vjp' },
  trained_prefix: { type: 'real_time_chunking', form: 'trained_prefix' },
  velocity_freeze: { type: 'real_time_chunking', form: 'velocity_freeze' },
  streaming: { type: 'streaming' },
};
export const DELAYS_MS = [0, 50, 100, 200, 300, 500];

/** What the aims compare: stop and infer, and real-time chunking in its forms. */
const STOPPING = 'synchronous';
const LED = ['guided', 'guided_vjp', 'trained_prefix', 'velocity_freeze'];
/** The delay at which they are judged, ms. */
const AIM_MS = 200;
/** Of the successes without delay. */
const AIM_SHARE = 0.95;

export interface Cell {
  readonly executor: string;
  readonly delayMs: number;
  readonly episodes: readonly ChunkingEpisode[];
}

export const TABLE_HEAD = [
  'executor',
  'delay, ms',
  'successes',
  '95 %',
  'time, s',
  'jerk, rad/s³',
  'largest seam, rad',
  'mean seam, rad',
];

export const successes = ({ episodes }: Cell) => episodes.filter(({ success }) => success).length;

/** Mean over the episodes that succeeded, s; NaN when none did. */
function meanTime({ episodes }: Cell): number {
  const times = episodes.filter(({ success }) => success).map(({ seconds }) => seconds);
  return times.reduce((sum, value) => sum + value, 0) / times.length;
}

const largestSeam = ({ episodes }: Cell) =>
  Math.max(...episodes.map(({ largestSeam: seam }) => seam));

export function tableRow(cell: Cell): string[] {
  const { executor, delayMs, episodes } = cell;
  const wins = successes(cell);
  const [low, high] = wilsonInterval(wins, episodes.length);
  const percent = (share: number) => (100 * share).toFixed(0);
  return [
    executor,
    String(delayMs),
    `${wins} of ${episodes.length}`,
    `${percent(low)}–${percent(high)}`,
    meanTime(cell).toFixed(1),
    median(episodes.map(({ jerk }) => jerk)).toFixed(0),
    largestSeam(cell).toFixed(3),
    median(episodes.map(({ meanSeam }) => meanSeam)).toFixed(3),
  ];
}

export function cellJson(cell: Cell) {
  const { executor, delayMs, episodes } = cell;
  const round = (value: number, digits: number) => Number(value.toFixed(digits));
  return {
    executor,
    delay_ms: delayMs,
    episodes: episodes.length,
    successes: successes(cell),
    time_s: round(meanTime(cell), 3),
    jerk: round(median(episodes.map(({ jerk }) => jerk)), 2),
    largest_seam: round(largestSeam(cell), 4),
    mean_seam: round(median(episodes.map(({ meanSeam }) => meanSeam)), 4),
  };
}

const rate = (cell: Cell) => successes(cell) / cell.episodes.length;

/**
 * Each form of real-time chunking that ran: what it keeps of the success without delay (its own at 0,
 * and that of the best executor at 0), and its time against stopping to infer.
 */
export function chunkingAims(cells: readonly Cell[]) {
  const find = (executor: string, delayMs: number) =>
    cells.find(
      (one) => one.executor === executor && one.delayMs === delayMs && one.episodes.length > 0,
    );
  const free = cells.filter((one) => one.delayMs === 0 && one.episodes.length > 0).map(rate);
  const stopping = find(STOPPING, AIM_MS);
  return LED.flatMap((name) => {
    const led = find(name, AIM_MS);
    if (led === undefined || free.length === 0) return [];
    const lost = {
      what: `${name} at ${AIM_MS} ms: share of the best success without delay that is lost`,
      measured: 1 - rate(led) / Math.max(...free),
      limit: 1 - AIM_SHARE,
    };
    if (stopping === undefined) return [lost];
    const what = `${name} at ${AIM_MS} ms: time to finish against ${STOPPING}`;
    return [lost, { what, measured: meanTime(led) / meanTime(stopping), limit: 1 }];
  });
}
