/**
 * The form of policy.json: the one source for validation, for the TypeScript types and for
 * models/policy.schema.json. Strict everywhere: an unknown key is a fault, not a remark.
 */
import { z } from 'zod';
import { contextSchema, denoiserSchema, programSchema } from './program_schema.js';
import { samplerSchema } from './sampler_schema.js';

const size = z.int().min(1).max(16384);
const sha256 = z
  .string()
  .regex(/^[0-9a-f]{64}$/, 'a SHA-256 in lower-case hexadecimal')
  .describe('SHA-256 of the file');
const fileName = z
  .string()
  .regex(/^[\w][\w.-]*$/, 'a file name inside the package folder')
  .describe('file inside the package folder');
const jointNames = z
  .array(z.string().min(1))
  .min(1)
  .refine((names) => new Set(names).size === names.length, 'each joint once')
  .describe('joints in the order of the vector');

export const normalization = z
  .enum(['identity', 'mean_std', 'min_max', 'quantiles'])
  .describe('how the values are normalised, by the statistics of the same name');

const stateInput = z
  .strictObject({
    type: z.literal('state'),
    joints: jointNames,
    unit: z.literal('rad'),
    normalization,
  })
  .describe('measured joint positions');

const imageInput = z
  .strictObject({
    type: z.literal('image'),
    camera: z.string().min(1).describe('name of the camera'),
    encoding: z.enum(['rgb8', 'bgr8']).describe('encoding the camera must send'),
    source: z.strictObject({ height: size, width: size }).describe('size the camera must send'),
    crop: z
      .strictObject({ top: z.int().min(0), left: z.int().min(0), height: size, width: size })
      .nullable()
      .describe('part of the source that is used, in pixels'),
    resize: z
      .strictObject({
        height: size,
        width: size,
        antialias: z
          .boolean()
          .default(true)
          .describe('widen the filter when shrinking, as the training did or did not'),
      })
      .nullable()
      .describe('bilinear, after the crop'),
    layout: z.literal('chw'),
    scale: z.number().positive().describe('factor on the 8-bit value before normalising'),
    normalization,
  })
  .describe('a colour image');

const graphFiles = z.record(z.string(), z.strictObject({ file: fileName, sha256 }));
const tolerance = z.number().positive().max(1).describe('largest parity error allowed, rad');

const variant = z
  .strictObject({
    description: z.string().optional(),
    graphs: graphFiles.describe('graphs that are added, or replaced where the name is the same'),
    context: contextSchema.optional().describe('in place of program.context'),
    sampler: samplerSchema.optional().describe('in place of program.sampler'),
    denoiser: denoiserSchema.optional().describe('in place of program.denoiser'),
    tolerance,
  })
  .describe('the same policy by other graphs, chosen by the set-up’s policy.variant');

/** policy.json */
export const packageSchema = z
  .strictObject({
    format: z.literal('sinew.policy'),
    version: z.literal(1),
    name: z.string().min(1),
    description: z.string(),
    robot: z.string().min(1),
    rate_hz: z.number().positive().max(1000).describe('policy steps a second'),
    horizon: z.strictObject({
      observation: z.int().min(1).max(64).describe('observations, newest included'),
      prediction: z.int().min(1).max(1024).describe('steps of a chunk'),
      execution: z.int().min(1).max(1024).describe('steps meant to be carried out'),
    }),
    observation: z
      .record(z.string(), z.discriminatedUnion('type', [stateInput, imageInput]))
      .describe('inputs under LeRobot’s names: observation.state, observation.images.<camera>'),
    action: z.strictObject({
      joints: jointNames,
      unit: z.literal('rad'),
      normalization,
      clip: z.number().positive().nullable().describe('bound of the normalised action'),
    }),
    statistics: z.strictObject({ file: fileName, sha256 }),
    graphs: graphFiles,
    program: programSchema,
    parity: z.strictObject({ file: fileName, tolerance }),
    variants: z.record(z.string().regex(/^[\w-]+$/), variant).default({}),
  })
  .describe('A sinew policy package');

export type PolicyPackageJson = z.output<typeof packageSchema>;
export type Normalization = z.output<typeof normalization>;
export type StateInput = z.output<typeof stateInput>;
export type ImageInput = z.output<typeof imageInput>;
export type { ProgramSpec } from './program_schema.js';
export type { DiffusionSpec, FlowSpec, SamplerSpec } from './sampler_schema.js';
