/** Executors fed with chunks as arrays, for tests. */
import {
  createExecutor,
  type ExecutorOptions,
} from '../../../src/control/executors/create_executor.js';
import type { Executor } from '../../../src/control/executors/executor.js';

export const STEP = 0.1;

const DEFAULTS: ExecutorOptions = {
  type: 'newest',
  steps: 4,
  aggregation: 'weighted_average',
  coefficient: 0.01,
};

/** Every executor that a set-up can name; aggregations are told apart. */
export const EXECUTORS: readonly (readonly [string, ExecutorOptions])[] = [
  ['newest', DEFAULTS],
  ['synchronous', { ...DEFAULTS, type: 'synchronous' }],
  ...(['weighted_average', 'latest_only', 'average', 'conservative'] as const).map(
    (aggregation) => [aggregation, { ...DEFAULTS, type: 'aggregate', aggregation }] as const,
  ),
  ['temporal_ensemble', { ...DEFAULTS, type: 'temporal_ensemble' }],
  ['real_time_chunking', { ...DEFAULTS, type: 'real_time_chunking' }],
  ['streaming', { ...DEFAULTS, type: 'streaming' }],
];

/** An executor without a blend and with straight lines between steps, unless told otherwise. */
export function make(options: Partial<ExecutorOptions>, joints = 1, blend = 0): Executor {
  const executor = createExecutor(joints, 64, { ...DEFAULTS, ...options });
  executor.blend = blend;
  executor.interpolation = 'linear';
  return executor;
}

export interface Offer {
  readonly now: number;
  readonly stamp: number;
  /** When the first step is due; the stamp if absent. */
  readonly start?: number;
  readonly rows: readonly (readonly number[])[];
  /** Where the robot is commanded to be; 0 if absent. */
  readonly from?: readonly number[];
}

/** Offers rows that are `STEP` apart; returns the verdict. */
export function offer(
  executor: Executor,
  { now, stamp, start = stamp, rows, from }: Offer,
): number {
  const { incoming } = executor;
  incoming.stamp = stamp;
  incoming.count = rows.length;
  for (const [i, row] of rows.entries()) {
    incoming.times[i] = start + i * STEP;
    incoming.positions.set(row, i * row.length);
  }
  const position = Float64Array.from(from ?? rows[0]?.map(() => 0) ?? []);
  return executor.offer(now, position, new Float64Array(position.length));
}
