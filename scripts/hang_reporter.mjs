// A reporter of vitest that ends test files which hang. A test that blocks its process (in native
// code, in a loop) escapes vitest's time limits, which are timers of that same process, and the whole
// run would wait for it for ever. Its process is killed, the file counts as failed, the rest goes on.
import { readdirSync, readFileSync } from 'node:fs';

/** Above the longest silence there can be: the limits of a test and of its hooks, one after another. */
const SILENCE_S = Number(process.env.SINEW_TEST_SILENCE_S ?? 15 * 60);

/** @returns {number[]} the processes in which this one runs tests; its others compile for them */
function workers() {
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .map(Number)
    .filter((id) => parentOf(id) === process.pid && commandOf(id).includes('/workers/forks'));
}

function commandOf(pid) {
  try {
    return readFileSync(`/proc/${pid}/cmdline`, 'utf8');
  } catch {
    return '';
  }
}

function parentOf(pid) {
  try {
    // The name, in parentheses, may hold anything; state and parent follow it.
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
    return Number(stat.slice(stat.lastIndexOf(')') + 2).split(' ')[1]);
  } catch {
    return undefined;
  }
}

export default class HangReporter {
  /** Files under way, each with what was last heard of it. */
  #running = new Map();
  #heard = Date.now();
  #timer = setInterval(() => this.#look(), Math.min(5000, SILENCE_S * 250)).unref();

  onTestModuleStart(module) {
    this.#note(module, 'its start');
  }

  onTestCaseReady(test) {
    this.#note(test.module, `the start of "${test.fullName}"`);
  }

  onTestCaseResult(test) {
    this.#note(test.module, `the end of "${test.fullName}"`);
  }

  onTestModuleEnd(module) {
    this.#heard = Date.now();
    this.#running.delete(module.moduleId);
  }

  onTestRunEnd() {
    clearInterval(this.#timer);
  }

  #note(module, at) {
    this.#heard = Date.now();
    this.#running.set(module.moduleId, at);
  }

  #look() {
    if (this.#running.size === 0 || Date.now() - this.#heard < SILENCE_S * 1000) return;
    this.#heard = Date.now();
    for (const [file, at] of this.#running) {
      console.error(`${file}: nothing for ${SILENCE_S} s, last ${at}: its process is killed`);
    }
    for (const pid of workers()) process.kill(pid, 'SIGKILL');
  }
}
