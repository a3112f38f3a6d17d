/**
 * Starts the processes of a set-up, starts again what dies, and stops all in reverse order. Knows
 * nothing of ROS or robots: the controller stays safe without it.
 */
import { type ChildProcess, spawn } from 'node:child_process';
import { EventEmitter } from 'node:events';
import { writeFileSync } from 'node:fs';
import { createInterface } from 'node:readline';
import { SinewError } from '../core/error.js';
import { FAREWELL } from './farewell.js';
import { type LogLine, parseLogLine } from './log_line.js';

/** One process to keep running. */
export interface ProcessSpec {
  readonly name: string;
  /** Module that Node runs; started again, it gets one argument more, `--restarted`. */
  readonly module: string;
  readonly args: readonly string[];
  readonly env: Readonly<Record<string, string>>;
  /** Scheduling niceness, 0 (as the supervisor) to 19. */
  readonly nice: number;
}

/** How often a process may be started again before it counts as failed. */
export interface RestartPolicy {
  readonly limit: number;
  readonly windowS: number;
  readonly delayS: number;
  readonly stopTimeoutS: number;
}

export type ProcessState = 'starting' | 'running' | 'restarting' | 'stopped' | 'failed';

interface Entry {
  readonly spec: ProcessSpec;
  child: ChildProcess | undefined;
  state: ProcessState;
  restarts: number;
  /** Steady times in ms of the latest restarts. */
  recent: number[];
  timer: NodeJS.Timeout | undefined;
}

interface SupervisorEvents {
  /** A log line of a process. */
  log: [line: LogLine];
  /** A process changed its state; `reason` is one line. */
  state: [name: string, state: ProcessState, reason: string];
}

export class Supervisor extends EventEmitter<SupervisorEvents> {
  readonly #entries: Entry[];
  readonly #policy: RestartPolicy;
  #stopping = false;

  constructor(specs: readonly ProcessSpec[], policy: RestartPolicy) {
    super();
    this.#policy = policy;
    this.#entries = specs.map((spec) => ({
      spec,
      child: undefined,
      state: 'stopped',
      restarts: 0,
      recent: [],
      timer: undefined,
    }));
  }

  /** Starts all processes in the order given. */
  start(): void {
    for (const entry of this.#entries) this.#spawn(entry);
  }

  /** State, process id (while it runs) and restarts so far of each process. */
  status(): { name: string; state: ProcessState; pid: number | undefined; restarts: number }[] {
    return this.#entries.map(({ spec, state, child, restarts }) => ({
      name: spec.name,
      state,
      pid: child?.pid,
      restarts,
    }));
  }

  /** Stops all in reverse order: SIGTERM, and SIGKILL for what has not gone by the time-out. */
  async stop(): Promise<void> {
    this.#stopping = true;
    for (const entry of this.#entries) clearTimeout(entry.timer);
    for (const entry of this.#entries.toReversed()) await this.#stopEntry(entry);
  }

  #spawn(entry: Entry): void {
    const { spec } = entry;
    const again = entry.restarts > 0 ? ['--restarted'] : [];
    const node = [process.execPath, spec.module, ...spec.args, ...again];
    // Threads inherit niceness at their creation, so it has to be there before Node starts.
    const [command = '', ...args] =
      spec.nice > 0 ? ['nice', '-n', String(spec.nice), ...node] : node;
    const child = spawn(command, args, {
      env: { ...process.env, ...spec.env },
      stdio: ['ignore', 'pipe', 'pipe', 'ipc'],
      // A process group of its own: Ctrl-C reaches only the supervisor, which stops all in order.
      // Should the supervisor die, the closed channel tells its processes.
      detached: true,
    });
    entry.child = child;
    this.#setState(entry, 'starting', 'started');
    child.once('spawn', () => {
      lowerAutogroup(child.pid, spec.nice);
      this.#setState(entry, 'running', 'running');
    });
    for (const stream of [child.stdout, child.stderr]) {
      if (stream === null) continue;
      createInterface({ input: stream }).on('line', (text) => {
        this.emit('log', parseLogLine(spec.name, text));
      });
    }
    // The libraries that it closes may hang, and it with them.
    let hung: NodeJS.Timeout | undefined;
    child.on('message', (message) => {
      if (message !== FAREWELL) return;
      hung = setTimeout(() => child.kill('SIGKILL'), this.#policy.stopTimeoutS * 1000);
    });
    child.once('error', (error) => this.#ended(entry, `could not start: ${error.message}`));
    child.once('exit', (code, signal) => {
      clearTimeout(hung);
      this.#ended(entry, signal === null ? `exited with code ${code}` : `was killed by ${signal}`);
    });
  }

  #ended(entry: Entry, reason: string): void {
    entry.child = undefined;
    if (this.#stopping) {
      this.#setState(entry, 'stopped', reason);
      return;
    }
    const now = performance.now();
    entry.recent = entry.recent.filter((at) => now - at < this.#policy.windowS * 1000);
    if (entry.recent.length >= this.#policy.limit) {
      const { limit, windowS } = this.#policy;
      this.#setState(
        entry,
        'failed',
        `${reason}; given up after ${limit} restarts in ${windowS} s`,
      );
      return;
    }
    entry.recent.push(now);
    entry.restarts++;
    this.#setState(entry, 'restarting', reason);
    // Each further restart in the window waits longer, so that a crash loop leaves the processor
    // to the controller.
    const delay = this.#policy.delayS * 1000 * entry.recent.length;
    entry.timer = setTimeout(() => this.#spawn(entry), delay);
  }

  #setState(entry: Entry, state: ProcessState, reason: string): void {
    entry.state = state;
    this.emit('state', entry.spec.name, state, reason);
  }

  async #stopEntry(entry: Entry): Promise<void> {
    const child = entry.child;
    if (child === undefined) {
      entry.state = 'stopped';
      return;
    }
    const gone = new Promise<void>((resolve) => child.once('exit', () => resolve()));
    child.kill('SIGTERM');
    const timer = setTimeout(() => child.kill('SIGKILL'), this.#policy.stopTimeoutS * 1000);
    await gone;
    clearTimeout(timer);
  }
}

/**
 * Where the kernel groups processes by session (autogroup), niceness counts only within a group, and
 * a process group of its own is a session of its own: the group is made nice as well.
 */
function lowerAutogroup(pid: number | undefined, nice: number): void {
  try {
    writeFileSync(`/proc/${pid}/autogroup`, String(nice));
  } catch {
    // A kernel without autogroups: the niceness of the process counts.
  }
}

/** Throws when a process has failed for good, naming it. */
export function requireAlive(supervisor: Supervisor): void {
  const failed = supervisor.status().find(({ state }) => state === 'failed');
  if (failed === undefined) return;
  throw new SinewError(`process "${failed.name}" keeps failing`, {
    expected: 'a process that stays up',
    cure: 'its last lines above say why',
  });
}
