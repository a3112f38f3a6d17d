/** What the `controller` section says about operators and about the gate that calls them. */
import { z } from 'zod';

export const operatorSection = z
  .strictObject({
    timeout_s: z
      .number()
      .min(0.05)
      .max(5)
      .default(0.3)
      .describe('silence of an operator with the deadman held that holds the arm, for good'),
    command_timeout_s: z
      .number()
      .min(0.02)
      .max(5)
      .default(0.2)
      .describe('silence of the operator’s command that brings his joints to rest'),
    align_rad_s: z
      .number()
      .positive()
      .max(2)
      .default(0.3)
      .describe(
        'speed at which a difference between the operator’s command and the arm is let go, after a ' +
          'takeover or a step',
      ),
    correction_rad: z
      .number()
      .min(0)
      .max(1)
      .default(0.15)
      .describe('greatest difference that a correction adds to the policy, for each joint'),
    priorities: z
      .record(z.string(), z.int())
      .default({})
      .describe(
        'by an operator’s id or its beginning; 0 for others; one above another takes over from him',
      ),
  })
  .prefault({});

export const gateSection = z
  .strictObject({
    calibration: z
      .string()
      .optional()
      .describe('file of `sinew calibrate gate`, relative to this one: its threshold counts'),
    threshold: z
      .number()
      .optional()
      .describe('score above which the arm holds and calls an operator, where no file is named'),
    consecutive: z.int().min(1).max(100).default(1).describe('so many scores in a row above it'),
    timeout_s: z
      .number()
      .min(0)
      .max(60)
      .default(5)
      .describe('longest time without a score while the policy commands; 0 does not watch it'),
  })
  .refine(
    ({ calibration, threshold }) => (calibration === undefined) !== (threshold === undefined),
    'either a calibration or a threshold',
  )
  .describe('when the policy asks for an operator; never if absent');

export type OperatorConfig = z.output<typeof operatorSection>;
export type GateConfig = z.output<typeof gateSection>;
