#!/usr/bin/env node
// Sets the project up: npm packages, ROS 2, rclnodejs with its messages, TypeScript. Runs before
// `npm start` and `npm test`; a step whose inputs have not changed is skipped. Uses nothing but Node
// itself, because it runs before the packages are there. Writes only inside the project folder.
import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { chooseRos } from './ros_env.mjs';
import { missingLine } from './setup/missing.mjs';
import { Progress, SetupError } from './setup/progress.mjs';
import { projectRoot } from './setup/stamp.mjs';
import { checkNode, dueSteps } from './setup/steps.mjs';

const lock = join(projectRoot, '.setup', 'lock.pid');

function isRunning(pid) {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
}

/** Two set-ups at once would tear down each other's work: the second waits for the first. */
async function takeLock() {
  mkdirSync(join(projectRoot, '.setup'), { recursive: true });
  for (let told = false; ; ) {
    try {
      writeFileSync(lock, String(process.pid), { flag: 'wx' });
      process.on('exit', () => rmSync(lock, { force: true }));
      return;
    } catch (error) {
      if (error.code !== 'EEXIST') throw error;
    }
    const holder = existsSync(lock) ? Number(readFileSync(lock, 'utf8')) : 0;
    if (holder > 0 && !isRunning(holder)) rmSync(lock, { force: true });
    else {
      if (!told) console.error(`sinew set-up: waiting for another set-up (process ${holder})`);
      told = true;
      await sleep(200);
    }
  }
}

async function main() {
  checkNode();
  if (dueSteps().length === 0) return;
  await takeLock();
  const due = dueSteps();
  if (due.length === 0) return;
  const missing = missingLine(due.flatMap((step) => step.needs()));
  if (missing) throw new SetupError(missing);
  const ros = chooseRos();
  const source = ros.kind === 'sourced' ? `the sourced ROS 2 ${ros.distro}` : 'ROS 2 wheels';
  console.error(`sinew set-up, with ${source}:`);
  const progress = new Progress(due.length);
  for (const step of due) await progress.step(step.title, (tools) => step.work(tools));
}

for (const signal of ['SIGINT', 'SIGTERM']) process.on(signal, () => process.exit(130));
try {
  await main();
} catch (error) {
  if (!(error instanceof SetupError)) throw error;
  console.error(`sinew set-up: ${error.message}`);
  process.exitCode = 1;
}
