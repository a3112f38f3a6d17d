/** The Python process of the filter benchmark (filter_reference.py). */
import { type ChildProcessByStdio, spawn } from 'node:child_process';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import type { Readable, Writable } from 'node:stream';
import { z } from 'zod';
import type { RecordedProgram } from './filter_run.js';
import { benchPython, ROOT } from './python.js';

export const SOLVERS = ['quadprog', 'proxsuite'] as const;
export type SolverName = (typeof SOLVERS)[number];

const solverSchema = z.object({
  version: z.string(),
  solutions: z.array(z.array(z.number()).nullable()),
});
const readySchema = z.object({ quadprog: solverSchema, proxsuite: solverSchema });

export type Reference = z.output<typeof readySchema>;

export class QpReference {
  readonly reference: Reference;
  readonly #child: ChildProcessByStdio<Writable, Readable, null>;
  readonly #lines: AsyncIterator<string>;

  private constructor(
    child: ChildProcessByStdio<Writable, Readable, null>,
    lines: AsyncIterator<string>,
    reference: Reference,
  ) {
    this.#child = child;
    this.#lines = lines;
    this.reference = reference;
  }

  /** Hands `problems` to both solvers. */
  static async start(problems: readonly RecordedProgram[]): Promise<QpReference> {
    const python = await benchPython('filter.lock', 'filter-venv');
    const script = join(ROOT, 'bench', 'filter_reference.py');
    const child = spawn(python, [script], { stdio: ['pipe', 'pipe', 'inherit'] });
    const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]();
    child.stdin.write(`${JSON.stringify(problems)}\n`);
    const first = await lines.next();
    if (first.done === true) throw new Error(`${python} ${script} ended before it was ready`);
    return new QpReference(child, lines, readySchema.parse(JSON.parse(first.value)));
  }

  /** Times of all problems by one solver, µs; null where it finds no solution. */
  async run(solver: SolverName): Promise<(number | null)[]> {
    this.#child.stdin.write(`${solver}\n`);
    const line = await this.#lines.next();
    if (line.done === true) throw new Error('the Python side ended');
    return z.array(z.number().nullable()).parse(JSON.parse(line.value));
  }

  stop(): void {
    this.#child.stdin.end();
  }
}
