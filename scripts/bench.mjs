#!/usr/bin/env node
// Runs one of the benchmarks in bench/ in an environment where ROS 2 loads:
// `npm run bench -- tick`. What each compares stands in docs/benchmarks.md.
import { spawn } from 'node:child_process';
import { existsSync, readdirSync } from 'node:fs';
import { constants } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { rosEnvironment } from './ros_env.mjs';
import { projectRoot } from './setup/stamp.mjs';

const folder = join(projectRoot, 'bench');

/** Names of the benchmarks, sorted. */
const names = () =>
  readdirSync(folder)
    .filter((file) => file.endsWith('.ts'))
    .map((file) => file.slice(0, -3))
    .sort();

const usage = () => `Usage: npm run bench -- NAME [options]

Benchmarks: ${names().join(', ')} (docs/benchmarks.md says what they compare)
Options of one: npm run bench -- NAME --help

Example:
  npm run bench -- pipeline --quick`;

const [name, ...args] = process.argv.slice(2);
if (name === undefined || name === '--help' || name === '-h') {
  console.log(usage());
  process.exit(name === undefined ? 1 : 0);
}
if (!/^\w+$/.test(name) || !existsSync(join(folder, `${name}.ts`))) {
  console.error(`bench: no benchmark "${name}"; there are: ${names().join(', ')}`);
  process.exit(1);
}

const loader = pathToFileURL(join(projectRoot, 'scripts', 'typescript_loader.mjs')).href;
const child = spawn(
  process.execPath,
  ['--import', loader, '--enable-source-maps', join(folder, `${name}.ts`), ...args],
  { stdio: 'inherit', env: rosEnvironment(), cwd: projectRoot },
);
// On a terminal Ctrl-C reaches the child as well (same process group), so it is not sent twice.
const fromTerminal = process.stdin.isTTY === true;
for (const signal of ['SIGINT', 'SIGTERM']) {
  process.on(signal, () => {
    if (!(fromTerminal && signal === 'SIGINT')) child.kill(signal);
  });
}
child.on('exit', (code, signal) => {
  process.exit(signal ? 128 + (constants.signals[signal] ?? 0) : (code ?? 1));
});
