/** Several wait for the loop at once, each for as long as its own condition takes. */
import { expect, it } from 'vitest';
import { TickWaiters } from '../../src/app/tick_waiters.js';

it('whoever waits goes on waiting when another one is served', async () => {
  const waiters = new TickWaiters();
  const done: string[] = [];
  const reached = { rest: false, end: false };
  const first = waiters.until(() => reached.rest).then(() => done.push('rest'));
  const second = waiters.until(() => reached.end).then(() => done.push('end'));
  waiters.check();
  reached.rest = true;
  waiters.check();
  await first;
  expect(done).toEqual(['rest']);
  reached.end = true;
  waiters.check();
  await second;
  expect(done).toEqual(['rest', 'end']);
});

it('what never comes is an error that says so', async () => {
  const waiters = new TickWaiters();
  await expect(waiters.until(() => false, 1)).rejects.toThrow(/did not answer within 1 ms/);
});
