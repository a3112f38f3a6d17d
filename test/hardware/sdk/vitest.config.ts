/** The checks against the vendors' SDKs, which the normal tests leave out; see scripts/servo_sdk.mjs. */
import { defineConfig } from 'vitest/config';

export default defineConfig({
  test: {
    include: ['test/hardware/sdk/*.check.ts'],
    pool: 'forks',
    maxWorkers: 1,
    testTimeout: 120_000,
  },
});
