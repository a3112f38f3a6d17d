/** Makes the sampler that a package or an override asks for. */
import { SinewError } from '../../core/error.js';
import type { SamplerOverride } from '../config.js';
import type { DiffusionSpec, SamplerSpec } from '../sampler_schema.js';
import { ConsistencySampler } from './consistency.js';
import { DdimSampler } from './ddim.js';
import { DdpmSampler } from './ddpm.js';
import { DirectSampler } from './direct.js';
import { EdmDpmSolverSampler, EdmEulerSampler, EdmHeunSampler } from './edm.js';
import { FlowEulerSampler, FlowHeunSampler, ShortcutSampler } from './flow.js';
import type { SampleLayout, Sampler } from './sampler.js';
import { StreamingSampler } from './streaming.js';

/** True for samplers that visit training timesteps in a row: DDIM and DDPM. */
export function isDiffusion(spec: SamplerSpec): spec is DiffusionSpec {
  return spec.type === 'ddim' || spec.type === 'ddpm';
}

/**
 * @param size elements of a sample, the batch included
 * @param layout rows of a sample; only streaming asks for it
 */
export function createSampler(spec: SamplerSpec, size: number, layout?: SampleLayout): Sampler {
  switch (spec.type) {
    case 'ddim':
      return new DdimSampler(spec, size);
    case 'ddpm':
      return new DdpmSampler(spec, size);
    case 'flow_euler':
      return new FlowEulerSampler(spec);
    case 'flow_heun':
      return new FlowHeunSampler(spec, size);
    case 'shortcut':
      return new ShortcutSampler(spec);
    case 'edm_euler':
    case 'edm_euler_ancestral':
      return new EdmEulerSampler(spec, size);
    case 'edm_heun':
      return new EdmHeunSampler(spec, size);
    case 'edm_dpmpp_2m':
      return new EdmDpmSolverSampler(spec, size);
    case 'consistency':
    case 'consistency_trajectory':
      return new ConsistencySampler(spec, size);
    case 'streaming':
      return new StreamingSampler(spec, size, layout ?? { steps: size, start: 0 });
    case 'direct':
      return new DirectSampler();
  }
}

/** Types that a network trained for one of them can be sampled by. */
const FAMILIES: readonly (readonly SamplerSpec['type'][])[] = [
  ['flow_euler', 'flow_heun'],
  ['ddim', 'ddpm'],
  ['edm_euler', 'edm_heun', 'edm_euler_ancestral', 'edm_dpmpp_2m'],
];

/**
 * The package's sampler with another type or step count.
 *
 * @throws SinewError when the type is of another family: the network was not trained for it
 */
export function overrideSampler(spec: SamplerSpec, change: SamplerOverride = {}): SamplerSpec {
  const { type = spec.type, steps } = change;
  const family = FAMILIES.find((types) => types.includes(spec.type)) ?? [spec.type];
  if (!family.includes(type)) {
    throw new SinewError(`sampler "${type}" does not fit a package trained for "${spec.type}"`, {
      expected: family.join(' or '),
    });
  }
  if (steps !== undefined && !('steps' in spec && spec.type !== 'streaming')) {
    throw new SinewError(`the steps of sampler "${spec.type}" cannot be changed`, {
      cure: 'leave out policy.sampler.steps',
    });
  }
  // Types of a family share one form, so that a change of the type keeps it whole.
  return { ...spec, type, ...(steps === undefined ? {} : { steps }) } as SamplerSpec;
}
