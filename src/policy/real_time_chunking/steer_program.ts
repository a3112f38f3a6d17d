/** Real-time chunking for an open program, or the reason why its package cannot have it. */
import { SinewError } from '../../core/error.js';
import type { PolicyPackageJson } from '../package_schema.js';
import type { PolicyProgram } from '../program/policy_program.js';
import { type ChunkingOptions, RealTimeChunking } from './real_time_chunking.js';

/** @throws SinewError when the package's sampler is no flow, or lacks what the form needs */
export function steerProgram(
  program: PolicyProgram,
  { program: spec }: Pick<PolicyPackageJson, 'program'>,
  options: ChunkingOptions,
): RealTimeChunking {
  const { sampler } = spec;
  const flow = sampler.type === 'flow_euler' || sampler.type === 'flow_heun';
  if (!flow || sampler.prediction !== 'velocity') {
    throw new SinewError(`real-time chunking leads a flow’s velocity, not "${sampler.type}"`, {
      expected: 'a package with a flow sampler that predicts velocities',
      cure: 'choose another executor (controller.executor.type)',
    });
  }
  return new RealTimeChunking(options, {
    shape: program.shape,
    normalizer: program.normalizer,
    direction: sampler.time,
    timePerStep: spec.denoiser.time_per_step,
    evaluations: program.evaluations,
    ...(program.hasGradient
      ? { gradient: (x, time, cotangent) => program.gradient(x, time, cotangent) }
      : {}),
  });
}
