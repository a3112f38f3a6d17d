/** The `latency` section of a set-up file: what `sinew calibrate latency` found. */
import { z } from 'zod';

const delay = z.number().min(0).max(1);

export const latencySection = z
  .strictObject({
    actuator_s: delay
      .default(0)
      .describe(
        'from a command to the motion that it asks for; steps of a chunk are commanded this much ' +
          'earlier',
      ),
    cameras: z
      .record(z.string(), delay)
      .default({})
      .describe('by camera: from what it saw to the stamp of the picture, which is taken off'),
  })
  .prefault({})
  .describe('delays, found by `sinew calibrate latency`; lock-step has none');
