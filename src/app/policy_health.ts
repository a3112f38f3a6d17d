/** What the policy says of itself: diagnostics, and log lines when its inputs fail or come right. */
import type { Logger } from 'pino';
import { steadyNow } from '../core/clock.js';
import type { PolicyLoopCounts } from '../policy/policy_loop.js';
import type { InferenceTiming } from '../policy/program/policy_program.js';
import { faultLine, type StreamFault } from '../policy/stream_fault.js';
import type { Health } from '../ros/diagnostics.js';

/** Chunks whose timing is summed up in the diagnostics. */
const WINDOW = 50;

export interface PolicyState {
  readonly lifecycle: string;
  /** Why the package could not be loaded, else empty. */
  readonly failure: string;
  readonly faults: readonly StreamFault[];
  /** s */
  readonly ages: Readonly<Record<string, number>>;
  readonly counts: PolicyLoopCounts;
}

export class PolicyHealth {
  readonly #log: Logger;
  readonly #totals: number[] = [];
  #last: InferenceTiming | undefined;
  #shown = '';
  /** Fault under observation and since when, on the steady clock. */
  #pending = { key: '', since: 0 };

  constructor(log: Logger) {
    this.#log = log;
  }

  /** Notes the timing of a chunk. */
  chunk(timing: InferenceTiming): void {
    this.#last = timing;
    this.#totals.push(timing.total);
    if (this.#totals.length > WINDOW) this.#totals.shift();
  }

  /**
   * Logs what has changed, once it has lasted for `patience` seconds.
   *
   * @returns true when there was something to log
   */
  watch(faults: readonly StreamFault[], patience = 0.4): boolean {
    const key = faults.map(({ stream, kind }) => `${stream} ${kind}`).join();
    const now = steadyNow();
    if (key !== this.#pending.key) this.#pending = { key, since: now };
    if (key === this.#shown || now - this.#pending.since < patience) return false;
    this.#shown = key;
    for (const fault of faults) this.#log.warn(`cannot act: ${faultLine(fault)}`);
    if (faults.length === 0) this.#log.info('observations are complete');
    return true;
  }

  /** Lines for `/diagnostics`. */
  report({ lifecycle, failure, faults, ages, counts }: PolicyState): Health[] {
    const lines = faults.map(faultLine).join('; ');
    const age = Object.entries(ages).map(([name, s]) => [
      `age_s ${name}`,
      Number.isFinite(s) ? s : -1,
    ]);
    const sorted = [...this.#totals].sort((a, b) => a - b);
    const ms = (seconds: number | undefined): number => (seconds ?? Number.NaN) * 1000;
    const timing =
      this.#last === undefined
        ? {}
        : {
            chunk_ms: ms(this.#last.total),
            chunk_p50_ms: ms(sorted[Math.floor(sorted.length / 2)]),
            chunk_max_ms: ms(sorted.at(-1)),
            encode_ms: ms(this.#last.encode),
            graphs_ms: ms(this.#last.graphs),
          };
    return [
      {
        name: 'inference',
        level: failure === '' ? 'ok' : 'error',
        message: failure === '' ? lifecycle : failure,
        values: { state: lifecycle, ...timing, ...counts },
      },
      {
        name: 'observation',
        level: faults.length === 0 ? 'ok' : lifecycle === 'active' ? 'error' : 'warn',
        message: faults.length === 0 ? 'complete' : lines,
        values: { eligible: faults.length === 0, ...Object.fromEntries(age) },
      },
    ];
  }
}
