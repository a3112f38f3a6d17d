#!/usr/bin/env node
// The `sinew` command: starts dist/app/main.js in an environment where ROS 2 loads. It has to be a
// process of its own, because the dynamic linker reads LD_LIBRARY_PATH only when a process starts.
import { spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { constants } from 'node:os';
import { join } from 'node:path';
import { rosEnvironment } from '../scripts/ros_env.mjs';
import { projectRoot } from '../scripts/setup/stamp.mjs';

const main = join(projectRoot, 'dist', 'app', 'main.js');
if (!existsSync(join(projectRoot, 'dist', 'setup.stamp'))) {
  console.error('sinew: not built, or the last build failed; run: npm run setup');
  process.exit(1);
}

const child = spawn(process.execPath, [...process.execArgv, main, ...process.argv.slice(2)], {
  stdio: 'inherit',
  env: rosEnvironment(),
});

// On a terminal Ctrl-C reaches the child as well (same process group), so it is not sent twice.
const fromTerminal = process.stdin.isTTY === true;
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP', 'SIGQUIT', 'SIGUSR2']) {
  process.on(signal, () => {
    if (fromTerminal && (signal === 'SIGINT' || signal === 'SIGQUIT')) return;
    child.kill(signal);
  });
}

// Started by another program over a channel, it stops when that program is gone, however it went.
process.on('disconnect', () => child.kill('SIGTERM'));

child.on('error', (error) => {
  console.error(`sinew: cannot start ${process.execPath}: ${error.message}`);
  process.exit(1);
});
child.on('exit', (code, signal) => {
  process.exit(signal ? 128 + (constants.signals[signal] ?? 0) : (code ?? 1));
});
