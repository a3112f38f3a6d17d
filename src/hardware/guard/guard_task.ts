/** What the guard process is told when it is started, as JSON on its command line. */
import { z } from 'zod';

const busSchema = z.strictObject({
  path: z.string(),
  baud: z.int(),
  protocol: z.enum(['feetech', 'dynamixel']),
  ids: z.array(z.int()),
});

export const guardTaskSchema = z.strictObject({
  /** Process that is guarded. */
  driver: z.int(),
  buses: z.array(busSchema),
  /** s without a sign of life after which the driver is ended. */
  timeout: z.number(),
  lastWord: z.enum(['release', 'hold']),
});

export type GuardTask = z.output<typeof guardTaskSchema>;
export type GuardedBus = GuardTask['buses'][number];

/** What the driver writes to the guard's standard input: a sign of life, and an orderly end. */
export const ALIVE = '.';
export const DONE = 'q';
