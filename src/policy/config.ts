/** The `policy` section of a set-up file: which package runs, how often, and what counts as fresh. */
import { z } from 'zod';
import { changeableTypes } from './sampler_schema.js';
import { OPTIMIZATIONS, PROVIDERS } from './session_options.js';

const samplerOverride = z
  .strictObject({
    type: changeableTypes
      .optional()
      .describe('another sampler of the same family as the package’s'),
    steps: z.int().min(1).max(1000).optional().describe('sampler steps a chunk'),
  })
  .describe('what to change in the package’s sampler');

export const policySection = z.strictObject({
  package: z.string().describe('folder of the policy package, relative to this file'),
  variant: z
    .string()
    .optional()
    .describe('variant of the package, such as folded or int8; held to its declared parity bound'),
  sampler: samplerOverride.optional(),
  seed: z.int().min(0).default(0).describe('seed of the sampler’s noise'),
  threads: z.int().min(1).max(64).default(1).describe('threads that one graph run may use'),
  providers: z
    .array(z.enum(PROVIDERS))
    .min(1)
    .default(['cpu'])
    .describe('execution providers of ONNX Runtime, the first that can run a node runs it'),
  optimization: z
    .enum(OPTIMIZATIONS)
    .default('all')
    .describe('how far ONNX Runtime may rewrite the graphs'),
  warmup_runs: z.int().min(1).max(100).default(3).describe('whole chunks run before "ready"'),
  age_budget_s: z
    .number()
    .positive()
    .default(0.2)
    .describe('oldest stream that the policy still acts on, s'),
  skew_budget_s: z
    .number()
    .min(0)
    .default(0.02)
    .describe('largest difference of the stamps within one observation, s'),
  future_tolerance_s: z
    .number()
    .min(0)
    .default(0.05)
    .describe('a stamp further than this ahead of the clock is refused, s'),
  history_tolerance_s: z
    .number()
    .positive()
    .optional()
    .describe('how far a past frame may be from its due time, s; half a policy step if absent'),
  freeze_budget_s: z
    .number()
    .positive()
    .optional()
    .describe('a camera whose picture stays the same to the bit for this long is frozen, s'),
  replan_frames: z
    .int()
    .min(1)
    .default(4)
    .describe('a new chunk every so many camera frames, or as soon as the last one is done'),
  uncertainty: z
    .enum(['none', 'chunk_spread', 'candidate_spread', 'state_distance', 'package_score'])
    .default('none')
    .describe('score that is published for the gate; see docs/teleoperation.md'),
  candidates: z
    .int()
    .min(1)
    .max(64)
    .optional()
    .describe('chunks drawn at once, in place of the package’s number; 2 or more have a spread'),
  known_states: z
    .string()
    .optional()
    .describe('file of `sinew calibrate gate`, relative to this file, for state_distance'),
  auto_activate: z
    .boolean()
    .default(false)
    .describe('activate at the start, as soon as observations are complete'),
  deadline_s: z
    .number()
    .positive()
    .default(2)
    .describe('an inference that takes longer counts as hung: the process ends to be restarted, s'),
});

/** The section with defaults filled in. */
export type PolicyConfig = z.output<typeof policySection>;

/** The part of it that changes the package's sampler. */
export type SamplerOverride = z.output<typeof samplerOverride>;
