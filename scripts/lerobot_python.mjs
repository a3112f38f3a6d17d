// The Python that has LeRobot, for what proves the export and measures against LeRobot itself.
import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { choosePython } from './setup/python.mjs';
import { projectRoot } from './setup/stamp.mjs';

function run(command, args) {
  const { status, error } = spawnSync(command, args, { stdio: 'inherit' });
  if (status === 0) return;
  throw new Error(`${command} ${args.join(' ')}: ${error?.message ?? `exit code ${status}`}`);
}

/**
 * SINEW_EXPORT_PYTHON, else .setup/export with what models/export/requirements.txt pins (about 8 GB),
 * made when it is not there.
 */
export function lerobotPython() {
  const given = process.env.SINEW_EXPORT_PYTHON;
  if (given) return given;
  const requirements = join(projectRoot, 'models', 'export', 'requirements.txt');
  const folder = join(projectRoot, '.setup', 'export');
  const python = join(folder, 'bin', 'python');
  const stamp = join(folder, 'requirements.txt');
  const wanted = readFileSync(requirements, 'utf8');
  if (existsSync(stamp) && readFileSync(stamp, 'utf8') === wanted) return python;
  const { python: base, why } = choosePython();
  if (base === undefined) throw new Error(why);
  mkdirSync(folder, { recursive: true });
  run(base.command, ['-m', 'venv', folder]);
  run(python, ['-m', 'pip', 'install', '-q', '-r', requirements]);
  writeFileSync(stamp, wanted);
  return python;
}
