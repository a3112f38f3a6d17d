/** Starts the tick thread and wakes the main thread's callback after every tick. */
import { Worker } from 'node:worker_threads';
import { SinewError } from '../core/error.js';
import { type ControlMemory, Request, Status } from './control_memory.js';
import type { LoopOptions } from './loop_core.js';
import type { TickThreadData } from './tick_thread.js';

export class TickHost {
  readonly #memory: ControlMemory;
  readonly #worker: Worker;
  readonly #ended: Promise<void>;
  #stopped = false;

  /**
   * @param script the compiled tick_thread.js
   * @param period s
   * @param onTick called on this thread soon after a tick; after several if it was busy
   * @param onFault called when the thread ends without having been told to
   */
  constructor(
    script: URL,
    memory: ControlMemory,
    options: LoopOptions,
    period: number,
    onTick: () => void,
    onFault: (error: Error) => void,
  ) {
    this.#memory = memory;
    const data: TickThreadData = { buffers: memory.buffers, options, period };
    this.#worker = new Worker(script, {
      workerData: data,
      // Small young generation: what little garbage there is goes quickly.
      resourceLimits: { maxYoungGenerationSizeMb: 4 },
    });
    this.#ended = new Promise((resolve) => {
      this.#worker.once('error', onFault);
      this.#worker.once('exit', () => {
        if (!this.#stopped)
          onFault(new SinewError('the tick thread ended', { where: 'controller' }));
        this.#stopped = true;
        Atomics.notify(memory.status, Status.wake);
        resolve();
      });
    });
    void this.#relay(onTick);
  }

  /** Ends the thread after the tick under way. It should be inactive: no stop is commanded here. */
  async stop(): Promise<void> {
    this.#stopped = true;
    Atomics.store(this.#memory.requests, Request.quit, 1);
    Atomics.store(this.#memory.requests, Request.wake, 1);
    Atomics.notify(this.#memory.requests, Request.wake);
    await this.#ended;
  }

  async #relay(onTick: () => void): Promise<void> {
    const { status } = this.#memory;
    let seen = Atomics.load(status, Status.wake);
    while (!this.#stopped) {
      const waiting = Atomics.waitAsync(status, Status.wake, seen);
      if (waiting.async) await waiting.value;
      seen = Atomics.load(status, Status.wake);
      if (!this.#stopped) onTick();
    }
  }
}
