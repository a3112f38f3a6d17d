/** The Python process with LeRobot's own policy (lerobot_peer.py). */
import { type ChildProcessByStdio, spawn } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import type { Readable, Writable } from 'node:stream';
import { z } from 'zod';
// @ts-expect-error plain JavaScript
import { lerobotPython } from '../../scripts/lerobot_python.mjs';
import { ROOT } from './python.js';

const readySchema = z.object({
  lerobot: z.string(),
  torch: z.string(),
  parameters: z.int(),
  folded: z.boolean(),
  plain: z.boolean(),
  actions: z.array(z.number()),
});

export class LerobotPeer {
  /** Versions, size of the policy, what else was written, and the fixture's chunk, rad. */
  readonly ready: z.output<typeof readySchema>;
  /** Folder of `package`, `folded` and `plain.onnx`. */
  readonly work: string;
  readonly #child: ChildProcessByStdio<Writable, Readable, null>;
  readonly #lines: AsyncIterator<string>;

  private constructor(
    child: ChildProcessByStdio<Writable, Readable, null>,
    lines: AsyncIterator<string>,
    work: string,
    ready: z.output<typeof readySchema>,
  ) {
    this.#child = child;
    this.#lines = lines;
    this.work = work;
    this.ready = ready;
  }

  /** @param name of a case in test/export/cases.py */
  static async start(name: string, threads: number): Promise<LerobotPeer> {
    const python: string = lerobotPython();
    const work = mkdtempSync(join(tmpdir(), 'sinew-lerobot-'));
    const script = join(ROOT, 'bench', 'lerobot_peer.py');
    const child = spawn(
      python,
      [script, '--case', name, '--work', work, '--threads', String(threads)],
      {
        stdio: ['pipe', 'pipe', 'inherit'],
        env: { ...process.env, OMP_NUM_THREADS: String(threads), PYTHONWARNINGS: 'ignore' },
      },
    );
    const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]();
    const first = await lines.next();
    if (first.done === true) {
      rmSync(work, { recursive: true, force: true });
      throw new Error(`${script} --case ${name} ended before it was ready`);
    }
    return new LerobotPeer(child, lines, work, readySchema.parse(JSON.parse(first.value)));
  }

  /** Times of `count` chunks, s. */
  async run(count: number): Promise<number[]> {
    this.#child.stdin.write(`${count}\n`);
    const line = await this.#lines.next();
    if (line.done === true) throw new Error('LeRobot’s side ended');
    return z.array(z.number()).parse(JSON.parse(line.value));
  }

  stop(): void {
    this.#child.stdin.end();
    rmSync(this.work, { recursive: true, force: true });
  }
}
