// The structure checks notice what they are for, and the counting of results is right.
import { spawnSync } from 'node:child_process';
import {
  cpSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
// @ts-expect-error plain JavaScript
import { roomFaults, sourceFaults } from '../../scripts/check_sources.mjs';
// @ts-expect-error
import { addUp } from '../../scripts/ci_summary.mjs';
// @ts-expect-error
import { completeLock, platformOf } from '../../scripts/complete_lockfile.mjs';
// @ts-expect-error
import { isForeign, runtimePackages } from '../../scripts/install_tree.mjs';
// @ts-expect-error
import { missedMutants, mutationScore } from '../../scripts/mutation.mjs';
// @ts-expect-error
import { forbiddenRooms, ROOMS } from '../../scripts/rooms.mjs';
// @ts-expect-error
import { projectRoot } from '../../scripts/setup/stamp.mjs';
// @ts-expect-error
import { closingLine, countResults } from '../../scripts/test_report.mjs';

describe('the check of sources', () => {
  const file = (lines: number, head = '// What it is for.') => ({
    name: 'src/core/a.ts',
    text: `${head}\n${'x;\n'.repeat(lines - 1)}`,
  });

  test('passes short files with a head comment of either kind', () => {
    expect(sourceFaults([file(100), file(20, '/** What it is for. */')])).toEqual([]);
  });

  test('names a file that is too long, or that does not say what it is for', () => {
    expect(sourceFaults([file(10), file(10), file(501)])).toEqual([
      expect.stringContaining('501 lines'),
    ]);
    expect(sourceFaults([file(10, 'import x;')])).toEqual([expect.stringContaining('no comment')]);
  });

  test('notices when the median grows', () => {
    expect(sourceFaults([file(151), file(151), file(10)])).toEqual([
      expect.stringContaining('median'),
    ]);
  });

  test('notices a file outside the rooms', () => {
    expect(roomFaults(['core/a.ts', 'utils/b.ts'])).toEqual([
      expect.stringContaining('src/utils/b.ts'),
    ]);
  });
});

describe('the rules between rooms', () => {
  let folder: string;
  beforeAll(() => {
    folder = mkdtempSync(join(tmpdir(), 'sinew-rooms-'));
    for (const part of ['.dependency-cruiser.mjs', 'scripts', 'tsconfig.json', 'package.json']) {
      cpSync(join(projectRoot, part), join(folder, part), { recursive: true });
    }
    symlinkSync(join(projectRoot, 'node_modules'), join(folder, 'node_modules'));
  });
  afterAll(() => rmSync(folder, { recursive: true }));

  /** Names of the rules that these sources break. */
  function broken(sources: Record<string, string>): string[] {
    rmSync(join(folder, 'src'), { recursive: true, force: true });
    for (const [name, text] of Object.entries(sources)) {
      mkdirSync(dirname(join(folder, 'src', name)), { recursive: true });
      writeFileSync(join(folder, 'src', name), text);
    }
    const cruiser = join(folder, 'node_modules', '.bin', 'depcruise');
    const args = ['src', '--config', '.dependency-cruiser.mjs', '--output-type', 'json'];
    const { stdout } = spawnSync(cruiser, args, { cwd: folder, encoding: 'utf8' });
    const { summary } = JSON.parse(stdout) as {
      summary: { violations: { rule: { name: string } }[] };
    };
    return [...new Set(summary.violations.map(({ rule }) => rule.name))].sort();
  }

  test('let a room use what is above it', () => {
    const above = "import { a } from '../core/a.js';\nexport const b = a;\n";
    expect(broken({ 'core/a.ts': 'export const a = 1;\n', 'policy/b.ts': above })).toEqual([]);
  });

  test('stop imports from below, I/O in tick or filter, stray native packages and cycles', () => {
    expect(
      broken({
        'policy/b.ts': 'export type B = number;\n',
        'description/a.ts': "import type { B } from '../policy/b.js';\nexport const a: B = 1;\n",
        'core/log.ts': "import { writeSync } from 'node:fs';\nexport const log = writeSync;\n",
        'control/tick.ts': "import { log } from '../core/log.js';\nexport const l = log;\n",
        'safety/filter.ts': "import { openSync } from 'node:fs';\nexport const o = openSync;\n",
        'app/a.ts': "import rclnodejs from 'rclnodejs';\nexport default rclnodejs;\n",
        'core/c.ts': "import { d } from './d.js';\nexport const c = (): number => d();\n",
        'core/d.ts': "import { c } from './c.js';\nexport const d = (): number => c();\n",
      }),
    ).toEqual([
      'description-imports-only-rooms-above',
      'no-circular',
      'only-ros-imports-rclnodejs',
      'safety-is-pure',
      'tick-does-no-io',
    ]);
  });

  test('give safety less than its place in the list', () => {
    expect(forbiddenRooms('safety')).toContain('policy');
    expect(forbiddenRooms('app')).toEqual([]);
    expect(forbiddenRooms('core')).toEqual(ROOMS.filter((room: string) => room !== 'core'));
  });
});

test('results are counted, and a file that could not run is a failure', () => {
  const ran = { status: 'passed', assertionResults: [{ status: 'passed' }] };
  const crashed = { status: 'failed', assertionResults: [] };
  const failed = { status: 'failed', assertionResults: [{ status: 'failed' }] };
  const report = { numPassedTests: 5, numFailedTests: 1, numPendingTests: 0 };
  const counts = countResults({ ...report, testResults: [ran, crashed, failed] });
  expect(closingLine(counts)).toBe('5 passed, 2 failed');
  expect(closingLine(countResults(undefined))).toBe('0 passed, 1 failed');
});

test('the parts of a CI run add up, and one that ended without counting is a failure', () => {
  const counts = { passed: 5, failed: 0 };
  const whole = [
    { part: 'test', ok: true, counts },
    { part: 'check', ok: true, counts },
    { part: 'coverage', ok: true },
  ];
  expect(addUp(whole)).toEqual({ passed: 11, failed: 0 });
  expect(addUp([...whole, { part: 'mutation', ok: false }])).toEqual({ passed: 11, failed: 1 });
  expect(addUp([{ part: 'test', ok: false, counts: undefined }])).toEqual({ passed: 0, failed: 1 });
  expect(addUp([{ part: 'test', ok: true, counts: undefined }])).toEqual({ passed: 0, failed: 0 });
});

test('the score of mutants counts what was noticed or ran for ever against what was not', () => {
  const location = { start: { line: 2, column: 5 }, end: { line: 2, column: 10 } };
  const mutant = (status: string) => ({ status, location, replacement: 'a - b' });
  const mutants = ['Killed', 'Killed', 'Timeout', 'Survived', 'CompileError', 'Ignored'].map(
    mutant,
  );
  const report = { files: { 'a.ts': { source: 'x\nc = a + b;', mutants } } };
  expect(mutationScore(report).score).toBe(75);
  expect(mutationScore(report).line).toBe(
    'mutation score 75.00 % (2 killed, 1 timeout, 1 survived, 0 nocoverage)',
  );
  expect(missedMutants(report)).toEqual(['a.ts:2 a + b → a - b']);
});

test('the lockfile gets the packages of other platforms that npm left out, and only those', () => {
  expect(platformOf('@rollup/rollup-linux-arm64-musl')).toEqual({
    os: 'linux',
    cpu: 'arm64',
    libc: 'musl',
  });
  expect(platformOf('fsevents')).toBeUndefined();
  const rollup = { dev: true, optionalDependencies: { '@r/darwin-x64': '1.2.3', fsevents: '~2' } };
  const lock = { packages: { '': {}, 'node_modules/rollup': rollup } };
  expect(completeLock(lock)).toEqual(['@r/darwin-x64@1.2.3']);
  expect(lock.packages).toHaveProperty(['node_modules/@r/darwin-x64'], {
    version: '1.2.3',
    cpu: ['x64'],
    dev: true,
    optional: true,
    os: ['darwin'],
  });
  expect(completeLock(lock)).toEqual([]);
});

test('the lockfile of the project is complete and names no host', () => {
  const text = readFileSync(join(projectRoot, 'package-lock.json'), 'utf8');
  expect(completeLock(JSON.parse(text))).toEqual([]);
  expect(text).not.toContain('"resolved"');
});

test('every wheel is pinned to a version and has a hash', () => {
  const lock = readFileSync(join(projectRoot, 'scripts', 'ros_wheels.lock'), 'utf8');
  const entries = lock.split(/\n(?=\S)/).filter((entry) => !entry.startsWith('#'));
  expect(entries.length).toBeGreaterThan(50);
  for (const entry of entries)
    expect(entry).toMatch(/^[a-z0-9-]+==\S+( \\\n {4}--hash=sha256:\w{64})+\n?$/);
  expect(lock).not.toMatch(/https?:|--index|--find-links/);
});

test('an installation leaves out development packages and binaries of other systems', () => {
  const packages = { '': {}, 'node_modules/b': {}, 'node_modules/a': { dev: true } };
  expect(runtimePackages({ packages })).toEqual(['node_modules/b']);
  const foreign = (path: string): boolean => isForeign(`node_modules/p/${path}`, 'linux', 'x64');
  expect(foreign('prebuilds/darwin-x64/a.node')).toBe(true);
  expect(foreign('prebuilds/linux-x64/a.node')).toBe(false);
  expect(foreign('bin/napi-v6/linux/arm64/a.node')).toBe(true);
  expect(foreign('bin/napi-v6/linux/x64/a.node')).toBe(false);
  expect(foreign('lib/index.js')).toBe(false);
});

test('launch files are valid Python and start processes that exist', () => {
  const folder = join(projectRoot, 'launch');
  const files = readdirSync(folder).filter((name) => name.endsWith('.py'));
  expect(files).toEqual(expect.arrayContaining(['demo.launch.py', 'robot.launch.py']));
  const check = 'import ast, sys\nfor f in sys.argv[1:]: ast.parse(open(f).read(), f)';
  const paths = files.map((name) => join(folder, name));
  expect(spawnSync('python3', ['-c', check, ...paths]).status).toBe(0);
  const processes = readdirSync(join(projectRoot, 'src', 'app'));
  for (const path of paths) {
    for (const [, name] of readFileSync(path, 'utf8').matchAll(/\('(\w+)', \d+\)/g)) {
      expect(processes).toContain(`${name}.ts`);
    }
  }
});
