/** Asks the system for real-time scheduling; no is an answer. */
import { execFile } from 'node:child_process';
import { readdirSync } from 'node:fs';
import { promisify } from 'node:util';
import { errorLine } from '../core/error.js';

const run = promisify(execFile);

/** The system's numbers of this process's threads; none where the system does not tell. */
export function threadIds(): number[] {
  try {
    return readdirSync('/proc/self/task').map(Number);
  } catch {
    return [];
  }
}

/**
 * Gives this process SCHED_FIFO: all its threads, since the tick shares locks of the runtime with
 * them and would wait for one that is not served, and `first`, where known, one step above the rest.
 *
 * @param priority that of `first`, 2 to 99
 * @returns what was granted, or why nothing was
 */
export async function requestFifo(first: number | undefined, priority: number): Promise<string> {
  try {
    await chrt(['--all-tasks'], priority - 1, process.pid);
    if (first !== undefined) await chrt([], priority, first);
    return `SCHED_FIFO, priority ${first === undefined ? priority - 1 : priority}`;
  } catch (error) {
    const stderr = (error as { stderr?: string }).stderr?.trim() ?? '';
    return `normal (${stderr === '' ? errorLine(error) : stderr})`;
  }
}

async function chrt(flags: readonly string[], priority: number, id: number): Promise<void> {
  const args = [...flags, '--fifo', '--pid', String(priority), String(id)];
  await run('chrt', args, { timeout: 2000 });
}
