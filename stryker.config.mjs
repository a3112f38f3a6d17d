// `npm run test:mutation`: changes src/safety in every small way that Stryker knows and asks its unit
// tests to notice. A mutant that makes them run for ever counts as noticed.
export default {
  testRunner: 'in_process',
  plugins: ['./scripts/mutation/runner.mjs'],
  coverageAnalysis: 'perTest',
  mutate: ['src/safety/**/*.ts'],
  concurrency: Number(process.env.SINEW_MUTATION_WORKERS ?? 2),
  // Endless loops are mostly found by counting (runner.mjs): a busy machine must not look like one.
  timeoutMS: 60_000,
  timeoutFactor: 2,
  thresholds: { high: 100, low: 95, break: 95 },
  reporters: ['json'],
  jsonReporter: { fileName: '.setup/mutation.json' },
  tempDirName: '.setup/mutants',
  // Only these are copied for the runs.
  ignorePatterns: [
    '**',
    ...['src', 'test', 'scripts', 'bench', 'config', 'urdf', 'docs'].map((room) => `!${room}/**`),
  ],
  allowConsoleColors: false,
};
