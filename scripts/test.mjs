#!/usr/bin/env node
// Runs the tests of `npm test`, or of the suite that `--suite NAME` asks for, in an environment where
// ROS 2 loads, and ends with one line that counts them. Other arguments go on to vitest:
// `npm test -- test/safety`.
import { spawn } from 'node:child_process';
import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { rosEnvironment } from './ros_env.mjs';
import { projectRoot } from './setup/stamp.mjs';
import { closingLine, countResults, readReport } from './test_report.mjs';

const [option, name, ...rest] = process.argv.slice(2);
const suite = option === '--suite' ? name : undefined;
const projects = suite === undefined ? ['unit', 'ros'] : [suite];
const part = suite ?? 'test';
const folder = join(projectRoot, '.setup');
const report = join(folder, `${part}_report.json`);
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
    `--reporter=${join(projectRoot, 'scripts', 'hang_reporter.mjs')}`,
    `--outputFile.json=${report}`,
    ...projects.flatMap((project) => ['--project', project]),
    ...(suite === undefined ? process.argv.slice(2) : rest),
  ],
  { cwd: projectRoot, stdio: ['ignore', 'inherit', 'inherit'], env: rosEnvironment() },
);
for (const signal of ['SIGINT', 'SIGTERM']) process.on(signal, () => child.kill(signal));
child.on('exit', (code) => {
  const counts = countResults(readReport(report));
  // A run that ended badly without a failed test (a crash, an unhandled error) has failed as well.
  if (code !== 0 && counts.failed === 0) counts.failed = 1;
  writeFileSync(join(folder, `${part}_counts.json`), JSON.stringify(counts));
  console.log(closingLine(counts));
  process.exitCode = counts.failed === 0 && counts.passed > 0 ? 0 : 1;
});
