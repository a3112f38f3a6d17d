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
  /** Why chunks do not follow one another without a stop, if they do not. */
  readonly chunking: string | undefined;
}

export class PolicyHealth {
  readonly #log: Logger;
  readonly #totals: number[] = [];
  #last: InferenceTiming | undefined;
  /** Since when each present fault has lasted, and since when there is none; steady clock, s. */
  readonly #since = new Map<string, number>();
  #cleanSince: number | undefined;
  /** Faults logged since observations were last complete. */
  readonly #shown = new Set<string>();

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
   * Logs each fault once when it has lasted for `patience` seconds, and that all is well again when
   * that has lasted as long. A fault that comes and goes hides no other.
   *
   * @returns true when there was something to log
   */
  watch(faults: readonly StreamFault[], patience = 0.4): boolean {
    const now = steadyNow();
    const present = new Map(faults.map((fault) => [`${fault.stream} ${fault.kind}`, fault]));
    for (const key of this.#since.keys()) if (!present.has(key)) this.#since.delete(key);
    let logged = false;
    for (const [key, fault] of present) {
      const since = this.#since.get(key) ?? now;
      this.#since.set(key, since);
      if (this.#shown.has(key) || now - since < patience) continue;
      this.#shown.add(key);
      this.#log.warn(`cannot act: ${faultLine(fault)}`);
      logged = true;
    }
    this.#cleanSince = faults.length === 0 ? (this.#cleanSince ?? now) : undefined;
    if (this.#shown.size === 0 || this.#cleanSince === undefined) return logged;
    if (now - this.#cleanSince < patience) return logged;
    this.#shown.clear();
    this.#log.info('observations are complete');
    return true;
  }

  /** Lines for `/diagnostics`. */
  report({ lifecycle, failure, faults, ages, counts, chunking }: PolicyState): Health[] {
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
        level: failure !== '' ? 'error' : chunking === undefined ? 'ok' : 'warn',
        message: failure !== '' ? failure : (chunking ?? lifecycle),
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
