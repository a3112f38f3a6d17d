/** Tests against doubles of ros2_control, which need its messages; see scripts/ros2_control_test.mjs. */
import { defineConfig } from 'vitest/config';

export default defineConfig({
  test: {
    include: ['test/ros2_control/*.check.ts'],
    pool: 'forks',
    maxWorkers: 1,
    // Only ends what hangs.
    testTimeout: 400_000,
    hookTimeout: 400_000,
  },
});
