/** The driver's side of its guard: starts the process, gives signs of life, says farewell. */
import { type ChildProcess, spawn } from 'node:child_process';
import { ALIVE, DONE, type GuardTask } from './guard_task.js';

export class GuardLink {
  readonly #child: ChildProcess;
  #done = false;

  /**
   * @param module file of the guard process
   * @param onLost told when the guard has ended though it should not have
   */
  constructor(module: string, task: GuardTask, onLost: () => void) {
    this.#child = spawn(process.execPath, [...process.execArgv, module, JSON.stringify(task)], {
      stdio: ['pipe', 'ignore', 'inherit'],
      // Its own group, so that a Ctrl-C in the terminal does not end it before the driver.
      detached: true,
    });
    this.#child.stdin?.on('error', () => undefined);
    this.#child.once('exit', () => {
      if (!this.#done) onLost();
    });
    this.#child.once('error', () => {
      if (!this.#done) onLost();
    });
  }

  get pid(): number | undefined {
    return this.#child.pid;
  }

  alive(): void {
    if (!this.#done) this.#child.stdin?.write(ALIVE);
  }

  /** The driver has put the buses into their last state itself. */
  async farewell(): Promise<void> {
    if (this.#done) return;
    this.#done = true;
    const ended = new Promise((resolve) => this.#child.once('exit', resolve));
    this.#child.stdin?.end(DONE);
    if (this.#child.exitCode === null) await ended;
  }
}
