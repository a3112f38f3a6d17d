#!/usr/bin/env node
// `npm run test:mutation`: runs Stryker on src/safety (stryker.config.mjs) and ends with one line of its
// score. Arguments go on to Stryker: `npm run test:mutation -- --mutate src/safety/limits.ts`.
import { spawnSync } from 'node:child_process';
import { mkdirSync, rmSync } from 'node:fs';
import { join, relative } from 'node:path';
import { pathToFileURL } from 'node:url';
import { projectRoot } from './setup/stamp.mjs';
import { readReport } from './test_report.mjs';

/** Mutants that nothing noticed. */
const MISSED = ['Survived', 'NoCoverage'];
const NOTICED = ['Killed', 'Timeout'];

/**
 * @param {{files: Record<string, {mutants: {status: string}[]}>}} report Stryker's JSON report
 * @returns {{score: number, line: string}} score in percent of the mutants that could run
 */
export function mutationScore(report) {
  const mutants = Object.values(report.files).flatMap((file) => file.mutants);
  const count = (statuses) => mutants.filter(({ status }) => statuses.includes(status)).length;
  const noticed = count(NOTICED);
  const score = (100 * noticed) / (noticed + count(MISSED));
  const parts = [...NOTICED, ...MISSED].map((status) => `${count([status])} ${status}`);
  return {
    score,
    line: `mutation score ${score.toFixed(2)} % (${parts.join(', ').toLowerCase()})`,
  };
}

/** The mutants that nothing noticed, as `file:line what → instead`. */
export function missedMutants(report) {
  const missed = [];
  for (const [file, { mutants, source }] of Object.entries(report.files)) {
    const lines = source.split('\n');
    for (const { status, location, replacement } of mutants) {
      if (!MISSED.includes(status)) continue;
      const { start, end } = location;
      const line = lines[start.line - 1] ?? '';
      const was = line.slice(
        start.column - 1,
        end.line === start.line ? end.column - 1 : undefined,
      );
      missed.push(`${file}:${start.line} ${was} → ${replacement}`);
    }
  }
  return missed.sort();
}

function run() {
  const file = join(projectRoot, '.setup', 'mutation.json');
  mkdirSync(join(projectRoot, '.setup'), { recursive: true });
  rmSync(file, { force: true });
  const stryker = join(projectRoot, 'node_modules', '.bin', 'stryker');
  const { status } = spawnSync(stryker, ['run', 'stryker.config.mjs', ...process.argv.slice(2)], {
    cwd: projectRoot,
    stdio: ['ignore', 'inherit', 'inherit'],
    env: { ...process.env, SINEW_PROPERTY_QUICK: '1', SINEW_PROPERTY_RUNS: '3' },
  });
  const report = readReport(file);
  if (report) {
    for (const missed of missedMutants(report)) console.log(missed);
    console.log(mutationScore(report).line);
  } else {
    console.error(`no mutation report: Stryker ended before ${relative(projectRoot, file)}`);
  }
  process.exitCode = status === 0 && report ? 0 : 1;
}

if (process.argv[1] && import.meta.url === pathToFileURL(process.argv[1]).href) run();
