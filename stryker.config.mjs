// `npm run test:mutation`: changes src/safety in every small way that Stryker knows and asks its unit
// tests to notice. A mutant that makes them run for ever counts as noticed.
export default {
  testRunner: 'vitest',
  plugins: ['@stryker-mutator/vitest-runner'],
  vitest: { configFile: 'vitest.safety.config.ts', related: false },
  coverageAnalysis: 'perTest',
  mutate: ['src/safety/**/*.ts'],
  concurrency: Number(process.env.SINEW_MUTATION_WORKERS ?? 2),
  timeoutMS: 2000,
  timeoutFactor: 2,
  thresholds: { high: 100, low: 95, break: 95 },
  reporters: ['json'],
  jsonReporter: { fileName: '.setup/mutation.json' },
  tempDirName: '.setup/mutants',
  // Only these are copied for the runs.
  ignorePatterns: ['**', '!src/**', '!test/**', '!config/**', '!urdf/**', '!docs/**', '!*.ts', '!*.json'],
  allowConsoleColors: false,
};
