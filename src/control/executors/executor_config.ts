/** The `executor` key of the controller's section: how chunks follow one another. */
import { z } from 'zod';
import { AGGREGATIONS, type Aggregation } from './merge_rule.js';

const aggregations = Object.keys(AGGREGATIONS) as [Aggregation, ...Aggregation[]];

export const executorSection = z
  .strictObject({
    type: z
      .enum([
        'newest',
        'synchronous',
        'aggregate',
        'temporal_ensemble',
        'real_time_chunking',
        'streaming',
      ])
      .default('newest')
      .describe('how a new chunk follows the one being executed; docs/chunking.md compares them'),
    steps: z
      .int()
      .min(1)
      .max(512)
      .default(8)
      .describe('synchronous: steps of a chunk that are executed before the arm stops to infer'),
    aggregation: z
      .enum(aggregations)
      .default('weighted_average')
      .describe('aggregate: shares of old and new step (0.3/0.7, 0/1, 0.5/0.5, 0.7/0.3)'),
    coefficient: z
      .number()
      .min(-10)
      .max(10)
      .default(0.01)
      .describe('temporal_ensemble: m of the weights exp(−m·i), i = 0 for the oldest prediction'),
    form: z
      .enum(['guided', 'guided_vjp', 'trained_prefix', 'velocity_freeze'])
      .default('guided')
      .describe('real_time_chunking: how the sampler keeps to what is being executed'),
    schedule: z
      .enum(['zeros', 'ones', 'linear', 'exp'])
      .default('exp')
      .describe('real_time_chunking, guided: weights between the delay and the last kept step'),
    guidance: z
      .number()
      .positive()
      .max(1000)
      .optional()
      .describe(
        'real_time_chunking, guided: greatest weight β of the correction; as many as the sampler ' +
          'has steps if absent',
      ),
    keep: z
      .int()
      .min(1)
      .max(512)
      .optional()
      .describe(
        'real_time_chunking: steps from the observation on that keep to the old chunk at all; ' +
          'as many as are left of it if absent',
      ),
    delay_steps: z
      .int()
      .min(0)
      .max(512)
      .default(1)
      .describe('real_time_chunking: steps of delay to begin with, until one was measured'),
    delay_window: z
      .int()
      .min(1)
      .max(100)
      .default(10)
      .describe('real_time_chunking: of so many delays measured last the longest counts'),
  })
  .prefault({});

export type ExecutorConfig = z.output<typeof executorSection>;
