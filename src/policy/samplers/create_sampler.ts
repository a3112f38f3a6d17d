/** Makes the sampler that a package or an override asks for. */
import { SinewError } from '../../core/error.js';
import type { SamplerOverride } from '../config.js';
import type { DiffusionSpec, FlowSpec, SamplerSpec } from '../package_schema.js';
import { DdimSampler } from './ddim.js';
import { DdpmSampler } from './ddpm.js';
import { FlowEulerSampler, FlowHeunSampler } from './flow.js';
import type { Sampler } from './sampler.js';

/** True for samplers that visit training timesteps; false for flows. */
export function isDiffusion(spec: SamplerSpec): spec is DiffusionSpec {
  return spec.type === 'ddim' || spec.type === 'ddpm';
}

/** @param size elements of a sample, the batch included */
export function createSampler(spec: SamplerSpec, size: number): Sampler {
  if (isDiffusion(spec)) {
    return spec.type === 'ddim' ? new DdimSampler(spec, size) : new DdpmSampler(spec, size);
  }
  return spec.type === 'flow_euler' ? new FlowEulerSampler(spec) : new FlowHeunSampler(spec, size);
}

/**
 * The package's sampler with another type or step count.
 *
 * @throws SinewError when the type is of the other family: the network was not trained for it
 */
export function overrideSampler(spec: SamplerSpec, change: SamplerOverride = {}): SamplerSpec {
  const steps = change.steps ?? spec.steps;
  const type = change.type ?? spec.type;
  if (isDiffusion(spec)) {
    if (type === 'ddim' || type === 'ddpm') return { ...spec, type, steps } satisfies DiffusionSpec;
  } else if (type === 'flow_euler' || type === 'flow_heun') {
    return { ...spec, type, steps } satisfies FlowSpec;
  }
  throw new SinewError(`sampler "${type}" does not fit a package trained for "${spec.type}"`, {
    expected: isDiffusion(spec) ? 'ddim or ddpm' : 'flow_euler or flow_heun',
  });
}
