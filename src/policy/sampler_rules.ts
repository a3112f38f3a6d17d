/** What a sampler asks of the rest of its package: inputs and prediction of the denoiser, ranges. */
import { errorLine } from '../core/error.js';
import type { PolicyPackageJson } from './package_schema.js';
import type { SamplerSpec } from './sampler_schema.js';
import { isDiffusion } from './samplers/create_sampler.js';
import { timesteps } from './samplers/timesteps.js';

/** What the denoiser of a sampler gives. */
function predictionOf(sampler: SamplerSpec): string {
  switch (sampler.type) {
    case 'direct':
      return 'sample';
    case 'shortcut':
      return 'velocity';
    case 'consistency':
    case 'consistency_trajectory':
      return 'preconditioned';
    default:
      return sampler.prediction;
  }
}

/** Inputs that a sampler feeds, and those that it does not. */
function inputFaults({ program }: PolicyPackageJson): string[] {
  const { sampler, denoiser } = program;
  const { type } = sampler;
  const direct = type === 'direct';
  const spanned = type === 'shortcut' || type === 'consistency_trajectory';
  const { sample, time, span } = denoiser.inputs;
  const faults: string[] = [];
  const expect = (name: string, found: unknown, wanted: boolean): void => {
    if ((found !== undefined) === wanted) return;
    faults.push(
      wanted
        ? `program.denoiser.inputs lacks "${name}", which sampler "${type}" feeds`
        : `program.denoiser.inputs has "${name}", which sampler "${type}" does not feed`,
    );
  };
  if (!direct) expect('sample', sample, true);
  expect('time', time, !direct);
  expect('span', span, spanned);
  if (type === 'streaming' && !denoiser.time_per_step) {
    faults.push('program.denoiser.time_per_step is false; sampler "streaming" expects true');
  }
  return faults;
}

/** Limits of single samplers. */
function rangeFaults({ program, horizon, action }: PolicyPackageJson): string[] {
  const { sampler, candidates } = program;
  const faults: string[] = [];
  if ('clip' in sampler && sampler.clip !== null) {
    const { normalization } = action;
    if (normalization !== 'min_max' && normalization !== 'quantiles') {
      faults.push(
        'program.sampler.clip needs actions normalised to a range; ' +
          `expected min_max or quantiles, found ${normalization}`,
      );
    }
  }
  if (sampler.type === 'flow_heun' && sampler.prediction === 'sample') {
    faults.push('program.sampler.prediction "sample" needs flow_euler; found flow_heun');
  }
  if (
    sampler.type === 'shortcut' &&
    sampler.span === 'log2' &&
    Math.log2(sampler.steps) % 1 !== 0
  ) {
    faults.push(`program.sampler.steps is ${sampler.steps}; span "log2" expects a power of two`);
  }
  if ('sigma_min' in sampler && sampler.sigma_min >= sampler.sigma_max) {
    faults.push(
      `program.sampler.sigma_min ${sampler.sigma_min} must be below sigma_max ${sampler.sigma_max}`,
    );
  }
  if (sampler.type === 'ddim' && sampler.variance !== 'fixed_small') {
    faults.push(`program.sampler.variance "${sampler.variance}" needs ddpm; found ddim`);
  }
  if ('s_churn' in sampler && sampler.s_churn > 0) {
    if (sampler.type !== 'edm_euler' && sampler.type !== 'edm_heun') {
      faults.push(`program.sampler.s_churn needs edm_euler or edm_heun; found ${sampler.type}`);
    }
    if (sampler.s_tmin > (sampler.s_tmax ?? Number.POSITIVE_INFINITY)) {
      faults.push(`program.sampler.s_tmin ${sampler.s_tmin} is above s_tmax ${sampler.s_tmax}`);
    }
  }
  if ('chain' in sampler) {
    const { unit, levels } = sampler.chain;
    const [low, high] =
      unit === 'bin' ? [0, sampler.bins - 1] : [sampler.sigma_min, sampler.sigma_max];
    for (const level of levels.filter((value) => value < low || value > high)) {
      faults.push(`program.sampler.chain: ${unit} ${level} is outside ${low} … ${high}`);
    }
  }
  if (sampler.type === 'streaming') {
    const steps = program.sample?.steps ?? horizon.prediction;
    const start = program.sample?.start ?? 0;
    if (candidates > 1) faults.push('program: sampler "streaming" keeps one candidate only');
    if (horizon.prediction !== sampler.action_steps) {
      faults.push(
        `horizon.prediction is ${horizon.prediction}; sampler "streaming" gives ` +
          `action_steps = ${sampler.action_steps} clean actions`,
      );
    }
    if (start + sampler.action_steps > steps) {
      faults.push(`program.sampler.action_steps ${sampler.action_steps} exceed the sample`);
    }
  }
  return faults;
}

/** All contradictions between the sampler and the rest of the package. */
export function samplerFaults(spec: PolicyPackageJson): string[] {
  const { sampler, denoiser, gradient } = spec.program;
  const expected = predictionOf(sampler);
  const faults = [...inputFaults(spec), ...rangeFaults(spec)];
  if (denoiser.prediction !== expected) {
    faults.push(
      `program.denoiser.prediction is "${denoiser.prediction}"; the sampler expects "${expected}"`,
    );
  }
  if (gradient !== undefined && sampler.type !== 'flow_euler') {
    faults.push(`program.gradient is for sampler "flow_euler"; found "${sampler.type}"`);
  }
  if (!isDiffusion(sampler) && sampler.type !== 'streaming') return faults;
  try {
    timesteps(isDiffusion(sampler) ? sampler : { ...sampler, spacing: 'leading', offset: 0 });
  } catch (error) {
    faults.push(`program.sampler: ${errorLine(error)}`);
  }
  return faults;
}
