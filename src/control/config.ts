/** The `controller` section of a set-up file. */
import { z } from 'zod';
import { executorSection } from './executors/executor_config.js';
import { gateSection, operatorSection } from './operator_config.js';

export const controllerSection = z
  .strictObject({
    rate_hz: z
      .number()
      .min(10)
      .max(1000)
      .default(100)
      .describe('ticks of the control loop a second'),
    interpolation: z
      .enum(['linear', 'cubic'])
      .default('cubic')
      .describe('curve between the steps of a chunk; cubic never overshoots a step'),
    executor: executorSection,
    blend_s: z
      .number()
      .min(0)
      .max(2)
      .default(0.15)
      .describe('time over which a new chunk takes over from the old one'),
    output: z
      .strictObject({
        type: z
          .enum(['float64_multi_array', 'joint_trajectory'])
          .default('float64_multi_array')
          .describe('message for a forward_command_controller or a joint_trajectory_controller'),
        horizon_s: z
          .number()
          .positive()
          .max(1)
          .optional()
          .describe('time_from_start of the one point of a joint_trajectory; one period if absent'),
      })
      .prefault({}),
    joint_state_timeout_s: z
      .number()
      .min(0.02)
      .max(5)
      .default(0.2)
      .describe('joint states older than this stop the arm'),
    chunk_timeout_s: z
      .number()
      .min(0.05)
      .max(60)
      .default(2)
      .describe('a chunk whose observation is older than this is no longer executed'),
    chunk_future_s: z
      .number()
      .min(0)
      .max(1)
      .default(0.1)
      .describe('a chunk stamped further in the future than this is refused'),
    e_stop_timeout_s: z
      .number()
      .min(0)
      .max(60)
      .default(0)
      .describe('silence of the e-stop topic that stops the arm; 0 does not watch it'),
    following_error_rad: z
      .number()
      .positive()
      .optional()
      .describe('greatest distance of a joint from its command; not watched if absent'),
    start_excess_rad: z
      .number()
      .min(0)
      .max(1)
      .default(0.1)
      .describe('how far outside its range a joint may be when motion begins (inward only)'),
    jump_rad: z
      .number()
      .positive()
      .default(0.5)
      .describe('a measured joint that moves further than its speed allows, plus this, has jumped'),
    message_rate_hz: z
      .number()
      .min(10)
      .max(10_000)
      .default(2000)
      .describe('messages of one topic a second beyond which the rest is dropped unread'),
    operator: operatorSection,
    gate: gateSection.optional(),
    auto_activate: z
      .boolean()
      .default(false)
      .describe(
        'activate at the start, as soon as joint states are right, and again when they came back ' +
          'after the arm stopped for their silence alone; not where the process was started again ' +
          'after its end',
      ),
    fifo_priority: z
      .int()
      .min(0)
      .max(98)
      .refine((priority) => priority !== 1, 'expected 0, or 2 to 98')
      .default(50)
      .describe(
        'SCHED_FIFO priority of the tick, the rest of the process one below it; 0 does not ask',
      ),
  })
  .prefault({});

/** The section with its defaults filled in. */
export type ControllerConfig = z.output<typeof controllerSection>;
