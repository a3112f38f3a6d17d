// The unit tests of src/safety alone, for its coverage (`npm run test:coverage`): all of it must come
// from these, and not from the long attacks, which run through everything.
import { defineConfig } from 'vitest/config';

export default defineConfig({
  test: {
    include: ['test/safety/**/*.test.ts'],
    exclude: ['test/safety/attack*'],
    setupFiles: ['test/property_seed.ts'],
    pool: 'forks',
    maxWorkers: 2,
    testTimeout: 60_000,
    hookTimeout: 60_000,
    coverage: {
      provider: 'v8',
      include: ['src/safety/**'],
      reporter: [['text', { skipFull: true }]],
      reportsDirectory: '.setup/coverage',
      thresholds: { lines: 100, branches: 100, functions: 100, statements: 100 },
    },
  },
});
