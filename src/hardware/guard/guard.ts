/**
 * The guard: waits on its standard input for signs of life of the driver, and has the last word on
 * the buses when they end without a farewell (kill -9, crash) or stay away (a driver that hangs is
 * ended first, since two writers on a bus understand neither).
 */
import type { Readable } from 'node:stream';
import { steadyNow } from '../../core/clock.js';
import { DONE, type GuardTask } from './guard_task.js';
import { sayLastWord } from './last_word.js';

/** How the driver ended. */
export type Ending = 'done' | 'gone' | 'hung';

/** Waits for the driver's end. */
export function watchDriver(input: Readable, timeout: number): Promise<Ending> {
  return new Promise((resolve) => {
    let last = steadyNow();
    let farewell = false;
    const timer = setInterval(
      () => {
        if (steadyNow() - last > timeout) end('hung');
      },
      Math.max(10, timeout * 250),
    );
    const end = (ending: Ending) => {
      clearInterval(timer);
      resolve(ending);
    };
    input.on('data', (data: Buffer) => {
      last = steadyNow();
      if (data.toString('latin1').includes(DONE)) farewell = true;
    });
    input.on('end', () => end(farewell ? 'done' : 'gone'));
    input.on('error', () => end(farewell ? 'done' : 'gone'));
  });
}

/**
 * Guards until the driver's end, and says the last word where it is due.
 *
 * @param log told what was done
 * @returns whether all is in the state that it should be
 */
export async function guard(
  task: GuardTask,
  input: Readable,
  log: (line: string) => void,
): Promise<boolean> {
  const ending = await watchDriver(input, task.timeout);
  if (ending === 'done') return true;
  if (ending === 'hung') {
    log(`the driver gave no sign of life for ${task.timeout} s and is ended`);
    endProcess(task.driver);
  } else {
    log('the driver is gone without a farewell');
  }
  const results = await Promise.all(task.buses.map((bus) => sayLastWord(bus, task.lastWord)));
  for (const { line } of results) log(line);
  return results.every(({ done }) => done);
}

function endProcess(id: number): void {
  try {
    process.kill(id, 'SIGKILL');
  } catch {
    // It has ended by itself meanwhile.
  }
}
