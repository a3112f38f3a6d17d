#!/usr/bin/env node
// Runs all tests in an environment where ROS 2 loads and ends with one line that counts them.
// Arguments go on to vitest: `npm test -- test/safety`.
import { spawn } from 'node:child_process';
import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { rosEnvironment } from './ros_env.mjs';
import { projectRoot } from './setup/stamp.mjs';
import { closingLine, countResults, readReport } from './test_report.mjs';

const folder = join(projectRoot, '.setup');
const report = join(folder, 'test_report.json');
mkdirSync(folder, { recursive: true });
rmSync(report, { force: true });

const vitest = join(projectRoot, 'node_modules', 'vitest', 'vitest.mjs');
const child = spawn(
  process.execPath,
  [
    vitest,
    'run',
    '--reporter=default',
    '--reporter=json',
    `--outputFile.json=${report}`,
    ...process.argv.slice(2),
  ],
  { cwd: projectRoot, stdio: ['ignore', 'inherit', 'inherit'], env: rosEnvironment() },
);
for (const signal of ['SIGINT', 'SIGTERM']) process.on(signal, () => child.kill(signal));
child.on('exit', (code) => {
  const counts = countResults(readReport(report));
  // A run that ended badly without a failed test (a crash, an unhandled error) has failed as well.
  if (code !== 0 && counts.failed === 0) counts.failed = 1;
  writeFileSync(join(folder, 'test_counts.json'), JSON.stringify(counts));
  console.log(closingLine(counts));
  process.exitCode = counts.failed === 0 && counts.passed > 0 ? 0 : 1;
});
