#!/usr/bin/env node
// Proves the export from LeRobot: makes checkpoints with random weights by LeRobot's own classes,
// exports each, and runs `sinew check` on it; prints a line for each and the count. LeRobot comes
// into .setup/export/ (about 8 GB, once), or SINEW_EXPORT_PYTHON names a Python that has it.
import { spawn, spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { lerobotPython } from './lerobot_python.mjs';
import { projectRoot } from './setup/stamp.mjs';

const source = join(projectRoot, 'test', 'export');

const usage = `Usage: npm run test:export -- [--list] [NAME …]

Exports checkpoints of LeRobot with random weights and checks each package; all of them, or those
whose name begins with a NAME. The first run installs LeRobot (about 8 GB) into .setup/export.

Example:
  npm run test:export -- act diffusion_ddpm`;

/** All checkpoints by name, with what is expected of them. */
function listCases(python) {
  const file = join(source, 'make_checkpoint.py');
  const { status, stdout } = spawnSync(python, [file, '--list'], { encoding: 'utf8' });
  if (status !== 0) throw new Error('make_checkpoint.py --list failed');
  return JSON.parse(stdout);
}

/** Sends a request to the exporting process and waits for its answer. */
function exporter(python) {
  const child = spawn(python, [join(source, 'prepare.py')], {
    stdio: ['pipe', 'pipe', 'pipe'],
    env: { OMP_NUM_THREADS: '2', ...process.env, TQDM_DISABLE: '1' },
  });
  let errors = '';
  child.stderr.setEncoding('utf8').on('data', (text) => {
    errors = `${errors}${text}`.slice(-4000);
  });
  const answers = createInterface({ input: child.stdout })[Symbol.asyncIterator]();
  return {
    async ask(request) {
      child.stdin.write(`${JSON.stringify(request)}\n`);
      const { value, done } = await answers.next();
      if (done) throw new Error(`the exporting process ended: ${errors}`);
      return JSON.parse(value);
    },
    end: () => child.stdin.end(),
  };
}

/** @returns {{fault?: string, text?: string}} what is wrong with the package, or its parity error */
function checkFault(folder) {
  const main = join(projectRoot, 'bin', 'sinew.mjs');
  const { stdout, stderr } = spawnSync(process.execPath, [main, 'check', '--json', folder], {
    encoding: 'utf8',
  });
  try {
    const { ok, faults, parity } = JSON.parse(stdout);
    if (!ok) return { fault: faults.join('; ') };
    return { text: `parity error ${parity.error.toExponential(1)} rad` };
  } catch {
    return { fault: stderr.trim() || 'sinew check gave no answer' };
  }
}

/** Tries one checkpoint. */
async function tryCase({ name, refused }, ask, work) {
  const out = join(work, 'package');
  const answer = await ask({ case: name, folder: join(work, 'checkpoint'), out });
  try {
    if (refused !== null) {
      const line = answer.ok ? 'exported' : answer.line;
      const right = !answer.ok && line.includes(refused) && !line.includes('\n');
      return right ? { text: `refused: ${line}` } : { fault: `expected "${refused}": ${line}` };
    }
    return answer.ok ? checkFault(out) : { fault: answer.line };
  } finally {
    rmSync(out, { recursive: true, force: true });
  }
}

async function main(args) {
  if (args.includes('--help')) {
    console.log(usage);
    return 0;
  }
  const python = lerobotPython();
  const all = listCases(python);
  const names = args.filter((arg) => !arg.startsWith('--'));
  const chosen = all.filter(
    ({ name }) => names.length === 0 || names.some((start) => name.startsWith(start)),
  );
  if (args.includes('--list')) {
    for (const { name } of chosen) console.log(name);
    return 0;
  }
  const work = mkdtempSync(join(tmpdir(), 'sinew-export-'));
  const { ask, end } = exporter(python);
  let failed = 0;
  try {
    for (const one of chosen) {
      const { fault, text } = await tryCase(one, ask, work);
      if (fault !== undefined) failed++;
      console.log(`${fault === undefined ? 'ok    ' : 'FAILED'} ${one.name}: ${fault ?? text}`);
    }
  } finally {
    end();
    rmSync(work, { recursive: true, force: true });
  }
  console.log(`${chosen.length - failed} passed, ${failed} failed`);
  return failed === 0 && chosen.length > 0 ? 0 : 1;
}

main(process.argv.slice(2)).then(
  (code) => {
    process.exitCode = code;
  },
  (error) => {
    console.error(`test:export: ${error.message}`);
    process.exitCode = 1;
  },
);
