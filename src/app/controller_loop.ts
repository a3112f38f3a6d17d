/** The loop as the controller's lifecycle sees it, on its own thread and by the clock. */
import { type ControlMemory, Request, Status } from '../control/control_memory.js';
import type { LoopOptions } from '../control/loop_core.js';
import { PHASES, type Phase } from '../control/mode.js';
import { TickHost } from '../control/tick_host.js';
import { SinewError } from '../core/error.js';
import { Action, Fault, faultRows, faultsFrom } from '../safety/failsafe.js';
import { threadIds } from './real_time.js';
import { TickWaiters } from './tick_waiters.js';

/** A control loop that can be told to begin and to end motion. */
export interface ControlLoop {
  /** @throws SinewError saying why it refuses to begin */
  activate(): Promise<void>;
  /** Decelerates to rest; resolves when nothing is commanded any more. */
  deactivate(): Promise<void>;
  /** Ends the loop; call `deactivate` before. */
  stop(): Promise<void>;
}

export function phaseOf(memory: ControlMemory): Phase {
  return PHASES[Atomics.load(memory.status, Status.phase)] ?? 'inactive';
}

/** Whether nothing moves the arm any more: the loop is inactive, or its e-stop has come to rest. */
export function ended(memory: ControlMemory): boolean {
  const phase = phaseOf(memory);
  return (
    phase === 'inactive' ||
    (phase === 'e_stop' && Atomics.load(memory.status, Status.resting) === 1)
  );
}

/** The present faults as one line, worst first; empty when there are none. */
export function faultLine(memory: ControlMemory): string {
  const rows = faultRows(Atomics.load(memory.status, Status.faults));
  return rows.map(({ name, text }) => `${name}: ${text}`).join('; ');
}

/** Names of the present faults that stop, other than a shutdown; empty when there are none. */
export function stoppers(memory: ControlMemory): string {
  const faults = faultsFrom(Atomics.load(memory.status, Status.faults), Action.stop);
  return faultRows(faults & ~Fault.shutdown)
    .map(({ name }) => name)
    .join(', ');
}

/**
 * Whether motion may go on by itself after a stop for these faults, once they are over: where joint
 * states stopped coming, and the efforts in them, and nothing else was wrong.
 */
export function resumable(faults: number): boolean {
  const stopping = faultsFrom(faults, Action.stop);
  return (stopping & ~Fault.effortStale) === Fault.jointStateStale;
}

export class ThreadLoop implements ControlLoop {
  /** The system's numbers of the threads that came with this loop: one, unless others began. */
  readonly threads: readonly number[];
  readonly #memory: ControlMemory;
  /** What a refused start can be about, in words. */
  readonly #about: readonly string[];
  readonly #host: TickHost;
  readonly #waiters = new TickWaiters();
  #dead = false;

  /**
   * @param clearances names of what the filter keeps apart
   * @param onTick called after each tick, when its command can be received
   * @param onFault called when the thread dies
   */
  constructor(
    memory: ControlMemory,
    options: LoopOptions,
    clearances: readonly string[],
    period: number,
    onTick: () => void,
    onFault: (error: Error) => void,
  ) {
    this.#memory = memory;
    this.#about = [
      ...options.limits.map(({ name }) => `joint "${name}"`),
      ...clearances.map((name) => `overlap of ${name}`),
    ];
    const before = threadIds();
    this.#host = new TickHost(
      new URL('../control/tick_thread.js', import.meta.url),
      memory,
      options,
      period,
      () => {
        onTick();
        this.#waiters.check();
      },
      (error) => {
        this.#dead = true;
        onFault(error);
      },
    );
    this.threads = threadIds().filter((id) => !before.includes(id));
  }

  async activate(): Promise<void> {
    const { status } = this.#memory;
    const asked = this.#memory.ask(Request.activate);
    await this.#waiters.until(() => Atomics.load(status, Status.answered) === asked);
    if (Atomics.load(status, Status.started) === 1) return;
    const about = this.#about[Atomics.load(status, Status.about)];
    throw new SinewError(faultLine(this.#memory) || 'the loop refused to start', {
      ...(about === undefined ? {} : { where: `controller (${about})` }),
    });
  }

  async deactivate(): Promise<void> {
    if (this.#dead) return;
    this.#memory.ask(Request.deactivate);
    // The request is seen one tick later; a tick has passed when the count has moved.
    const ticks = Atomics.load(this.#memory.status, Status.ticks);
    await this.#waiters.until(
      () => Atomics.load(this.#memory.status, Status.ticks) - ticks > 1 && ended(this.#memory),
    );
  }

  async stop(): Promise<void> {
    if (!this.#dead) await this.#host.stop();
  }
}
