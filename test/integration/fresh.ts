/** A rig that the tests of a file share; after one that failed, the next begins with a new rig. */
import { afterAll, afterEach, beforeEach } from 'vitest';

/** @param close also takes down what an `open` that failed has left */
export function shareUntilFailure(open: () => Promise<void>, close: () => Promise<void>): void {
  let shared = false;
  const end = async () => {
    if (!shared) return;
    shared = false;
    await close();
  };
  beforeEach(async () => {
    if (shared) return;
    shared = true;
    try {
      await open();
    } catch (error) {
      // Here, since the hooks of the file may fail on what was never opened.
      await end();
      throw error;
    }
  });
  afterEach(async ({ task }) => {
    if (task.result?.state === 'fail') await end();
  });
  afterAll(end);
}
