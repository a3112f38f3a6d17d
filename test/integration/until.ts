/** Waiting for conditions: a machine may be as slow as it likes, and what never comes has a name. */
import { setTimeout as sleep } from 'node:timers/promises';
import { steadyNow } from '../../src/core/clock.js';

/** Far longer than anything takes on a slow, busy machine; ends only what has failed, s. */
export const PATIENCE_S = 100;
/** For one of several requests, of which the answer to one may be lost, s. */
export const ATTEMPT_S = 3;
const POLL_MS = 10;

/**
 * Resolves when `condition` holds.
 *
 * @param what for the error, such as "motion"
 * @param log told with the error: what processes said last
 */
export async function until(
  condition: () => boolean | Promise<boolean>,
  what: string,
  log: () => string = () => '',
): Promise<void> {
  const deadline = steadyNow() + PATIENCE_S;
  while (!(await condition())) {
    if (steadyNow() > deadline) throw new Error(`waited in vain for ${what}\n${log()}`);
    await sleep(POLL_MS);
  }
}
