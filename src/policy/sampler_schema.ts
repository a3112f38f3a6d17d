/** The form of `program.sampler` in policy.json: every rule that turns noise into actions. */
import { z } from 'zod';

const steps = z.int().min(1).max(10000);
const sigma = z.number().positive();
const clip = z.number().positive().nullable().describe('bound of the predicted clean sample');

const flow = z.strictObject({
  type: z.enum(['flow_euler', 'flow_heun']),
  steps: z.int().min(1).max(1000),
  time: z
    .enum(['one_to_zero', 'zero_to_one'])
    .describe('one_to_zero: noise at t = 1, action at t = 0; zero_to_one: the reverse'),
  prediction: z
    .enum(['velocity', 'sample'])
    .default('velocity')
    .describe('what the network gives; sample (flow_euler only): the clean chunk'),
});

const shortcut = z
  .strictObject({
    type: z.literal('shortcut'),
    steps: z.int().min(1).max(1000),
    time: flow.shape.time,
    span: z
      .enum(['delta', 'log2'])
      .describe('what the network is told of the step: its size 1/steps, or log2(steps)'),
  })
  .describe('a flow whose network takes the step size as an input');

const noiseSchedule = {
  train_timesteps: z.int().min(1).max(10000),
  beta_schedule: z.enum(['squaredcos_cap_v2', 'linear', 'scaled_linear']),
  beta_start: z.number().positive().default(0.0001).describe('linear schedules only'),
  beta_end: z.number().positive().default(0.02).describe('linear schedules only'),
  prediction: z
    .enum(['epsilon', 'sample', 'v_prediction', 'score'])
    .describe('what the network gives; score: the gradient of the log density, −ε/√(1−ᾱ)'),
  clip,
};

const diffusion = z.strictObject({
  type: z.enum(['ddim', 'ddpm']),
  ...noiseSchedule,
  steps,
  spacing: z.enum(['leading', 'linspace', 'trailing']),
  offset: z.int().min(0).default(0).describe('added to every timestep of leading spacing'),
  reclip_epsilon: z
    .boolean()
    .default(false)
    .describe('DDIM: derive the noise again from the clipped sample'),
  eta: z
    .number()
    .min(0)
    .max(1)
    .default(0)
    .describe('DDIM: share of the noise of DDPM that each step adds, 0 … 1'),
  variance: z
    .enum([
      'fixed_small',
      'fixed_small_log',
      'fixed_large',
      'fixed_large_log',
      'learned',
      'learned_range',
    ])
    .default('fixed_small')
    .describe(
      'DDPM: variance of the noise that each step adds; learned: given by the network, whose ' +
        'output then has twice the columns of a sample',
    ),
});

const streaming = z
  .strictObject({
    type: z.literal('streaming'),
    ...noiseSchedule,
    steps: steps.describe('noise levels from pure noise to clean, at most train_timesteps'),
    action_steps: z.int().min(1).describe('actions that become clean in one chunk'),
    given: z
      .enum(['noisy', 'clean'])
      .default('noisy')
      .describe(
        'rows before the chunk, after the first: as noisy as its first action (the published ' +
          'code), or the actions given last, clean, so that the network sees what it goes on from',
      ),
  })
  .describe('a buffer of actions, ever noisier towards its end, that is kept from chunk to chunk');

const sigmaInput = {
  sigma_data: sigma.default(0.5).describe('standard deviation of the normalised actions'),
  time: z
    .enum(['sigma', 'log'])
    .describe('the network’s time input: σ, or time_factor · ln σ')
    .default('log'),
  time_factor: z.number().positive().default(0.25).describe('for time "log"; EDM takes 0.25'),
};

const edm = z
  .strictObject({
    type: z.enum(['edm_euler', 'edm_heun', 'edm_euler_ancestral', 'edm_dpmpp_2m']),
    steps: z.int().min(1).max(1000),
    schedule: z.enum(['karras', 'exponential', 'linear']).default('karras'),
    sigma_min: sigma,
    sigma_max: sigma,
    rho: sigma.default(7).describe('karras schedule only'),
    ...sigmaInput,
    prediction: z
      .enum(['preconditioned', 'sample', 'epsilon', 'score'])
      .describe('preconditioned: the bare network of EDM, scaled by c_in, c_out and c_skip'),
    clip,
    eta: z.number().min(0).max(1).default(1).describe('edm_euler_ancestral: share of new noise'),
    s_churn: z
      .number()
      .min(0)
      .default(0)
      .describe('edm_euler, edm_heun: noise added over all steps before model calls'),
    s_tmin: z.number().min(0).default(0).describe('s_churn: from this σ on'),
    s_tmax: sigma.optional().describe('s_churn: up to this σ; no end if absent'),
    s_noise: sigma.default(1).describe('s_churn: standard deviation of that noise'),
  })
  .describe('noise levels σ of Karras et al., as BESO and k-diffusion use them');

const consistency = z
  .strictObject({
    type: z.enum(['consistency', 'consistency_trajectory']),
    sigma_min: sigma.default(0.02),
    sigma_max: sigma.default(80),
    rho: sigma.default(7).describe('for chain in bins'),
    bins: z.int().min(2).max(10000).default(80).describe('for chain in bins'),
    chain: z
      .strictObject({
        unit: z.enum(['sigma', 'bin']),
        levels: z.array(z.number().min(0)).max(1000),
      })
      .default({ unit: 'bin', levels: [] })
      .describe('noise levels that further model calls start from, after the first at sigma_max'),
    rescale_noise: z
      .boolean()
      .default(true)
      .describe('start at sigma_max · noise; false: at the noise itself, as Consistency Policy'),
    boundary: z
      .boolean()
      .default(false)
      .describe('scalings that give the sample itself at sigma_min'),
    renoise: z
      .enum(['variance_exploding', 'remaining'])
      .default('variance_exploding')
      .describe('noise added before a further call: σ, or √(σ² − sigma_min²)'),
    ...sigmaInput,
    clip,
  })
  .describe('one network call from noise to actions, or a few; trajectory: with a stop time input');

const direct = z
  .strictObject({ type: z.literal('direct') })
  .describe('one call whose output is the chunk: ACT, or a graph that holds all sampler steps');

export const samplerSchema = z.discriminatedUnion('type', [
  flow,
  shortcut,
  diffusion,
  streaming,
  edm,
  consistency,
  direct,
]);

/** Types that a set-up or a parity fixture may change to, within the package's family. */
export const changeableTypes = z.enum([
  ...flow.shape.type.options,
  ...diffusion.shape.type.options,
  ...edm.shape.type.options,
]);

export type FlowSpec = z.output<typeof flow>;
export type ShortcutSpec = z.output<typeof shortcut>;
export type DiffusionSpec = z.output<typeof diffusion>;
export type StreamingSpec = z.output<typeof streaming>;
export type EdmSpec = z.output<typeof edm>;
export type ConsistencySpec = z.output<typeof consistency>;
export type SamplerSpec = z.output<typeof samplerSchema>;
/** What all samplers on the training timesteps of DDPM share. */
export type NoiseScheduleSpec = Pick<DiffusionSpec, keyof typeof noiseSchedule>;
