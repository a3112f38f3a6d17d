/** The `critic` section of a set-up file: a small graph that scores the risk of what the arm does. */
import { z } from 'zod';

export const criticSection = z.strictObject({
  graph: z.string().min(1).describe('ONNX file, relative to this file'),
  sha256: z
    .string()
    .regex(/^[0-9a-f]{64}$/, 'a SHA-256 of 64 hexadecimal digits')
    .optional()
    .describe('of the graph’s file; another file is refused'),
  input: z
    .string()
    .min(1)
    .default('state')
    .describe('graph input [1, 2n]: joint positions (rad), then velocities (rad/s)'),
  targets_input: z
    .string()
    .min(1)
    .optional()
    .describe('graph input [1, targets, n]: the next joint targets of the newest chunk, rad'),
  targets: z
    .int()
    .min(1)
    .max(64)
    .default(8)
    .describe('joint targets fed; the last one is repeated where the chunk has fewer'),
  output: z.string().min(1).default('score').describe('graph output [1] or [1, 1]: the score'),
  rate_hz: z
    .number()
    .positive()
    .max(1000)
    .default(20)
    .describe('scores a second, at most: a run that takes longer delays the next'),
  threads: z.int().min(1).max(16).default(1).describe('threads that one graph run may use'),
});

/** The section with its defaults filled in. */
export type CriticConfig = z.output<typeof criticSection>;
