/** Test files that block their process, run by a real vitest of their own. */
import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
// @ts-expect-error plain JavaScript
import { countResults, readReport } from '../../scripts/test_report.mjs';

const root = resolve(import.meta.dirname, '../..');
let folder: string;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'sinew-hang-'));
});
afterEach(() => rmSync(folder, { recursive: true }));

test('a test that blocks its process is ended and named, and the others run', () => {
  const block = 'Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0)';
  writeFileSync(join(folder, 'blocks.test.js'), `test('blocks', () => ${block});`);
  const run = `test('runs', () => expect(1 as number).toBe(1));`;
  // Larger files come first.
  writeFileSync(join(folder, 'before.test.ts'), `${run}${' '.repeat(1000)}`);
  writeFileSync(join(folder, 'after.test.ts'), run);
  const report = join(folder, 'report.json');
  const { stderr, status } = spawnSync(
    process.execPath,
    [
      join(root, 'node_modules/vitest/vitest.mjs'),
      'run',
      '--globals',
      '--pool=forks',
      '--maxWorkers=1',
      `--root=${folder}`,
      '--reporter=json',
      `--reporter=${join(root, 'scripts/hang_reporter.mjs')}`,
      `--outputFile.json=${report}`,
    ],
    { encoding: 'utf8', env: { ...process.env, SINEW_TEST_SILENCE_S: '10' } },
  );
  expect(stderr).toMatch(/blocks\.test\.js: nothing for 10 s, last .*: its process is killed/);
  expect(status).toBe(1);
  expect(countResults(readReport(report)).passed).toBe(2);
  expect(JSON.parse(readFileSync(report, 'utf8')).numTotalTests).toBe(3);
});
