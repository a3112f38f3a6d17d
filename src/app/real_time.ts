/** Asks the system for real-time scheduling of one thread; no is an answer. */
import { execFile } from 'node:child_process';
import { readdirSync } from 'node:fs';
import { promisify } from 'node:util';
import { errorLine } from '../core/error.js';

const run = promisify(execFile);

/**
 * Gives a thread SCHED_FIFO with `priority`.
 *
 * @returns undefined when granted, else why not
 */
export async function requestFifo(thread: number, priority: number): Promise<string | undefined> {
  try {
    await run('chrt', ['--fifo', '--pid', String(priority), String(thread)], { timeout: 2000 });
    return undefined;
  } catch (error) {
    const stderr = (error as { stderr?: string }).stderr;
    return stderr === undefined || stderr.trim() === '' ? errorLine(error) : stderr.trim();
  }
}

/** The system's numbers of this process's threads; none where the system does not tell. */
export function threadIds(): number[] {
  try {
    return readdirSync('/proc/self/task').map(Number);
  } catch {
    return [];
  }
}
