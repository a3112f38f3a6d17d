/** What the policy has to know of the executor that its chunks are for. */
import { SinewError } from '../../core/error.js';
import type { PolicyPackageJson } from '../../policy/package_schema.js';
import { ChunkPlanner } from '../../policy/real_time_chunking/chunk_planner.js';
import type { Planner } from '../../policy/real_time_chunking/planner.js';
import { StreamPlanner } from '../../policy/real_time_chunking/stream_planner.js';
import type { ExecutorConfig } from './executor_config.js';

/** @throws SinewError when the package's chunks are not for that executor */
export function createPlanner(config: ExecutorConfig, spec: PolicyPackageJson): Planner {
  const { type, form, steps, delay_steps: delaySteps, delay_window: delayWindow } = config;
  requireExecutor(spec, type);
  const common = { steps: spec.horizon.prediction, stepTime: 1 / spec.rate_hz, delayWindow };
  if (type === 'streaming') return new StreamPlanner(common);
  const led = type === 'real_time_chunking' ? form : 'free';
  return new ChunkPlanner({
    ...common,
    joints: spec.action.joints.length,
    mode: type === 'synchronous' ? 'synchronous' : led,
    executed: steps,
    delaySteps,
  });
}

/** @throws SinewError when the package gives every action once and the executor would not keep them */
export function requireExecutor(
  { program }: Pick<PolicyPackageJson, 'program'>,
  type: ExecutorConfig['type'] | undefined,
): void {
  if (program.sampler.type !== 'streaming' || type === 'streaming') return;
  throw new SinewError('the package gives every action once (sampler "streaming")', {
    where: 'controller.executor.type',
    expected: `streaming, found ${type ?? 'none'}`,
  });
}
