/**
 * The tick thread: sleeps to absolute deadlines and runs the loop core on shared memory. It imports
 * nothing that does I/O and never gives control back to its event loop, so that no message, timer or
 * garbage but its own can delay it.
 */
import { workerData } from 'node:worker_threads';
import { steadyNow } from '../core/clock.js';
import { type ControlBuffers, ControlMemory, Request, Status } from './control_memory.js';
import { Deadlines } from './deadlines.js';
import { LoopCore, type LoopOptions } from './loop_core.js';

/** What the thread is started with. */
export interface TickThreadData {
  readonly buffers: ControlBuffers;
  readonly options: LoopOptions;
  /** s */
  readonly period: number;
}

function run({ buffers, options, period }: TickThreadData): void {
  const memory = ControlMemory.attach(buffers);
  const core = new LoopCore(memory, options);
  const { requests, status } = memory;
  const deadlines = new Deadlines(period, steadyNow());
  while (Atomics.load(requests, Request.quit) === 0) {
    const wait = (deadlines.next - steadyNow()) * 1e3;
    if (wait > 0) {
      // Rounds of sleep may end early; the deadline decides.
      Atomics.wait(requests, Request.wake, 0, wait);
      continue;
    }
    const now = steadyNow();
    const lateness = deadlines.start(now);
    core.tick(now, deadlines.elapsed, lateness);
    Atomics.store(status, Status.overruns, deadlines.skipped);
  }
}

run(workerData as TickThreadData);
