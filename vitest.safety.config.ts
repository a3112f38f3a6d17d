// The unit tests of src/safety alone: for coverage (`npm run test:coverage`) and for mutants (`npm run
// test:mutation`), which run them thousands of times and so with few random cases each.
import { defineConfig } from 'vitest/config';

export default defineConfig({
  test: {
    include: ['test/safety/**/*.test.ts'],
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
