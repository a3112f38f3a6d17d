#!/usr/bin/env node
// `npm run check`: formatting and lint, types of tests and benchmarks, one-way imports, shape of the
// sources. Runs them all, so that one run shows every fault, and ends with one line that counts them.
import { spawnSync } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { projectRoot } from './setup/stamp.mjs';
import { closingLine } from './test_report.mjs';

const bin = (name) => join(projectRoot, 'node_modules', '.bin', name);
const CHECKS = [
  ['format and lint', bin('biome'), ['check', '--error-on-warnings']],
  ['types', bin('tsc'), ['-p', 'tsconfig.test.json']],
  ['types of the page', bin('tsc'), ['-p', join('src', 'console', 'page')]],
  ['imports', bin('depcruise'), ['src', '--config', '.dependency-cruiser.mjs']],
  ['sources', process.execPath, [join('scripts', 'check_sources.mjs')]],
];

const counts = { passed: 0, failed: 0 };
for (const [title, command, args] of CHECKS) {
  const { status } = spawnSync(command, args, {
    cwd: projectRoot,
    stdio: ['ignore', 'inherit', 'inherit'],
  });
  counts[status === 0 ? 'passed' : 'failed'] += 1;
  console.log(`${status === 0 ? '✓' : '✗'} ${title}`);
}
writeFileSync(join(projectRoot, '.setup', 'check_counts.json'), JSON.stringify(counts));
console.log(closingLine(counts));
process.exitCode = counts.failed === 0 ? 0 : 1;
