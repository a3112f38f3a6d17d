// The unit tests of src/safety alone: for coverage (`npm run test:coverage`) and for mutants (`npm run
// test:mutation`), which run them thousands of times and so with few random cases each.
import { defineConfig } from 'vitest/config';
import { BaseSequencer, type TestSpecification } from 'vitest/node';

/** Files that take long, from the first on that does; all others come before them. */
const SLOW = ['recorded', 'stops', 'barrier', 'promises', 'attack'];

/** Quick files first: most mutants never reach the slow ones. */
class QuickFirst extends BaseSequencer {
  override async sort(files: TestSpecification[]): Promise<TestSpecification[]> {
    const rank = ({ moduleId }: TestSpecification): number =>
      SLOW.findIndex((name) => moduleId.includes(`/safety/${name}`));
    return files.sort((a, b) => rank(a) - rank(b) || a.moduleId.localeCompare(b.moduleId));
  }
}

export default defineConfig({
  test: {
    include: ['test/safety/**/*.test.ts'],
    setupFiles: ['test/property_seed.ts'],
    sequence: { sequencer: QuickFirst },
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
