// Runs the exporter's Python unit tests (test_parts.py), which need NumPy but neither LeRobot nor
// PyTorch, and its command line where it refuses before either is loaded.
import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';

const root = fileURLToPath(new URL('../..', import.meta.url));
const wheels = join(root, '.ros', 'bin', 'python3');
/** ROS 2's Python, which has NumPy. */
const python = existsSync(wheels) ? wheels : 'python3';

function run(...args: string[]) {
  const env = { ...process.env, PYTHONDONTWRITEBYTECODE: '1' };
  return spawnSync(python, args, { cwd: root, encoding: 'utf8', env });
}

test('units, statistics, names and refusals of the exporter are right', () => {
  const { status, stderr } = run('-m', 'unittest', 'discover', '-s', 'test/export');
  expect(stderr).toMatch(/Ran \d\d tests/);
  expect(status, stderr).toBe(0);
});

test('the command refuses a folder that is no checkpoint in one line', () => {
  const { status, stderr, stdout } = run(
    'models/export/from_lerobot.py',
    'test/export/fixtures/lerobot_act',
    ...['--out', 'unused', '--unit', 'deg', '--rate', '30'],
  );
  expect(status).toBe(1);
  expect(stdout).toBe('');
  expect(stderr).toMatch(/^cannot export: .*config\.json cannot be read.*\n$/);
});

test('the command lists its options with an example', () => {
  const { status, stdout } = run('models/export/from_lerobot.py', '--help');
  expect(status).toBe(0);
  expect(stdout).toContain('npx sinew check');
});
