/** The form of `program` in policy.json: what runs, from observations to a chunk. */
import { z } from 'zod';
import { samplerSchema } from './sampler_schema.js';

const graphName = z.string().min(1);
const graphInput = z.string().min(1);

const encoder = z.strictObject({
  graph: graphName,
  per_frame: z.literal(true).describe('run once for each new frame set, kept by stamp'),
  inputs: z
    .record(z.string(), z.string())
    .describe('graph input → observation; each [1,3,H,W] or [1,joints]'),
  outputs: z
    .record(z.string(), z.string())
    .describe('graph output → name of the feature; each [1,F]'),
});

const contextGraph = z
  .strictObject({
    graph: graphName,
    input: graphInput.describe('fed with the condition, [1,C]'),
    outputs: z
      .record(z.string(), z.string())
      .describe('graph output → name of the context; any shape with a leading axis of 1'),
  })
  .describe('what the denoiser needs of the condition, computed once a chunk');

const modelInputs = {
  sample: graphInput.optional().describe('[K, steps, width]; the noise for a "direct" sampler'),
  time: graphInput.optional().describe('[K], or [K, steps] with time_per_step'),
  condition: graphInput.optional().describe('[K, C]'),
  context: z
    .record(z.string(), z.string())
    .default({})
    .describe('graph input → name of a context; its leading axis becomes K'),
};

export const denoiserSchema = z.strictObject({
  graph: graphName,
  inputs: z.strictObject({
    ...modelInputs,
    span: graphInput
      .optional()
      .describe('[K]: step size of "shortcut", stop time of "consistency_trajectory"'),
  }),
  time_per_step: z
    .boolean()
    .default(false)
    .describe('every step of the sample has a time of its own'),
  output: z.string().describe('[K, steps, width]'),
  prediction: z.enum(['velocity', 'epsilon', 'sample', 'v_prediction', 'score', 'preconditioned']),
});

export const contextSchema = z.array(contextGraph);

export const programSchema = z.strictObject({
  encoders: z.array(encoder).default([]),
  condition: z
    .array(z.string())
    .min(1)
    .describe('features and states concatenated for each time step, oldest step first'),
  context: contextSchema.default([]),
  sample: z
    .strictObject({
      steps: z.int().min(1).max(4096).describe('rows of a sample'),
      start: z.int().min(0).default(0).describe('row that is due at the newest observation'),
      width: z.int().min(1).max(4096).describe('columns; the first ones are the joints'),
    })
    .optional()
    .describe('what is sampled, where it is larger than the chunk [prediction, joints]'),
  sampler: samplerSchema,
  denoiser: denoiserSchema,
  guidance: z
    .strictObject({
      scale: z
        .number()
        .min(0)
        .max(100)
        .describe('output = unconditional + scale · (conditional − unconditional)'),
      drop: z
        .array(z.string())
        .min(1)
        .describe('parts of the condition that are zero in the unconditional call'),
    })
    .optional()
    .describe('classifier-free guidance: both calls in one run of 2K rows'),
  gradient: z
    .strictObject({
      graph: graphName,
      inputs: z.strictObject({ ...modelInputs, cotangent: graphInput.describe('as sample') }),
      output: z.string().describe('as sample'),
    })
    .optional()
    .describe(
      'for guided real-time chunking: the cotangent pulled back through sample → clean estimate',
    ),
  candidates: z.int().min(1).max(1024).describe('chunks sampled at once (K)'),
  scoring: z
    .strictObject({
      graph: graphName,
      inputs: z.strictObject({ actions: graphInput, condition: graphInput }),
      output: z.string().describe('[K]; the highest wins'),
    })
    .nullable(),
  residual: z
    .strictObject({
      graph: graphName,
      inputs: z.strictObject({ actions: graphInput, condition: graphInput }),
      output: z.string().describe('[1, prediction, joints], added to the normalised chunk'),
      bound: z.number().positive().describe('largest correction, in normalised units'),
    })
    .nullable(),
});

export type ProgramSpec = z.output<typeof programSchema>;
export type DenoiserSpec = ProgramSpec['denoiser'];
