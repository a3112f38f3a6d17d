/** Makes the executor that a set-up names. */
import { ChunkExecutor, type ChunkExecutorOptions } from '../chunk_executor.js';
import type { FadeLimits } from '../fade.js';
import { AppendRule } from './append_rule.js';
import { EnsembleRule } from './ensemble_rule.js';
import type { Executor } from './executor.js';
import type { ExecutorConfig } from './executor_config.js';
import { AggregateRule, type Aggregation, type MergeRule, NEWEST } from './merge_rule.js';
import { SynchronousExecutor } from './synchronous_executor.js';

/** The part of the configuration that concerns the control loop; it travels to its thread. */
export interface ExecutorOptions {
  readonly type: ExecutorConfig['type'];
  readonly steps: number;
  readonly aggregation: Aggregation;
  readonly coefficient: number;
}

/** Predictions of one time that temporal ensembling tells apart. */
const MOST_PREDICTIONS = 512;

/**
 * @param maxPoints of a chunk
 * @param limits one entry a joint: what a takeover should keep within; none if absent
 */
export function createExecutor(
  joints: number,
  maxPoints: number,
  options?: ExecutorOptions,
  limits?: readonly FadeLimits[],
): Executor {
  const common = limits === undefined ? {} : { limits };
  if (options === undefined) return new ChunkExecutor(joints, maxPoints, common);
  if (options.type === 'synchronous') {
    return new SynchronousExecutor(joints, maxPoints, options.steps, common);
  }
  return new ChunkExecutor(joints, maxPoints, {
    ...common,
    rule: ruleOf(options),
    ...beginOf(options),
  });
}

function beginOf({ type }: ExecutorOptions): Pick<ChunkExecutorOptions, 'fromStanding'> {
  if (type === 'streaming') return { fromStanding: 'always' };
  return type === 'real_time_chunking' ? { fromStanding: 'observed' } : {};
}

function ruleOf({ type, aggregation, coefficient }: ExecutorOptions): MergeRule {
  if (type === 'aggregate') return new AggregateRule(aggregation);
  if (type === 'temporal_ensemble') return new EnsembleRule(coefficient, MOST_PREDICTIONS);
  // In real-time chunking the sampler has made the new chunk continue the old one.
  return type === 'streaming' ? new AppendRule() : NEWEST;
}
