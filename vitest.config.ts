// Groups of tests. `npm test`: units on two workers; then, one file at a time, whatever starts
// processes and real ROS 2, since those take the time that a busy machine leaves them. The suites
// are longer or need a system package, and each is a command of its own (`npm run test:gazebo`).
import { defineConfig } from 'vitest/config';

/** Tests whose processes must not compete with those of other tests. */
const ROS = ['test/integration/**/*.test.ts', 'test/**/*.integration.test.ts'];
const SUITES = ['console', 'gazebo', 'gz_transport', 'takeover', 'page_takeover'];

const suite = (name: string) => `test/**/*.${name}.test.ts`;

export default defineConfig({
  test: {
    setupFiles: ['test/property_seed.ts'],
    pool: 'forks',
    // Only ends what hangs: each wait ends earlier (test/integration/until.ts) and says why.
    testTimeout: 400_000,
    hookTimeout: 400_000,
    projects: [
      {
        extends: true,
        test: {
          name: 'unit',
          include: ['test/**/*.test.ts'],
          exclude: [...ROS, ...SUITES.map(suite)],
          maxWorkers: 2,
          sequence: { groupOrder: 0 },
        },
      },
      {
        extends: true,
        test: {
          name: 'ros',
          include: ROS,
          exclude: SUITES.map(suite),
          maxWorkers: 1,
          sequence: { groupOrder: 1 },
        },
      },
      ...SUITES.map((name, i) => ({
        extends: true as const,
        test: {
          name,
          include: [suite(name)],
          maxWorkers: 1,
          sequence: { groupOrder: 2 + i },
        },
      })),
    ],
  },
});
