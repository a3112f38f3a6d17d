/** Picks over emulated servos, which the normal tests leave out; see scripts/servo_picks.mjs. */
import { defineConfig } from 'vitest/config';

export default defineConfig({
  test: {
    include: ['test/hardware/picks/*.check.ts'],
    pool: 'forks',
    maxWorkers: 1,
    // Only ends what hangs.
    testTimeout: 3_600_000,
    hookTimeout: 400_000,
  },
});
