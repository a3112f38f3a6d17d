/** What the policy has to know of the executor that its chunks are for. */
import type { PlannerOptions } from '../../policy/real_time_chunking/chunk_planner.js';
import type { ExecutorConfig } from './executor_config.js';

export function plannerMode(
  config: ExecutorConfig,
): Pick<PlannerOptions, 'mode' | 'executed' | 'delaySteps' | 'delayWindow'> {
  const { type, form, steps, delay_steps, delay_window } = config;
  const led = type === 'real_time_chunking' ? form : 'free';
  return {
    mode: type === 'synchronous' ? 'synchronous' : led,
    executed: steps,
    delaySteps: delay_steps,
    delayWindow: delay_window,
  };
}
