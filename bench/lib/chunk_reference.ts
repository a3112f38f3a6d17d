/** The Python process of the chunk benchmark (chunk_reference.py). */
import { type ChildProcessByStdio, spawn, spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import type { Readable, Writable } from 'node:stream';
import { z } from 'zod';
import { benchPython, ROOT } from './python.js';

const readySchema = z.object({
  scheduler: z.string(),
  onnxruntime: z.string(),
  actions: z.array(z.number()),
});

/** True when `python` can import what the reference needs. */
function hasDiffusers(python: string): boolean {
  const probe = 'import diffusers, onnxruntime, torch';
  return spawnSync(python, ['-c', probe], { stdio: 'ignore' }).status === 0;
}

/** Makes .setup/chunk-venv from bench/chunk_requirements.txt; about 4 GB. */
function installDiffusers(base: string): string {
  const folder = join(ROOT, '.setup', 'chunk-venv');
  const python = join(folder, 'bin', 'python');
  if (existsSync(python) && hasDiffusers(python)) return python;
  console.log('installing diffusers and PyTorch into .setup/chunk-venv, about 4 GB …');
  const requirements = join(ROOT, 'bench', 'chunk_requirements.txt');
  for (const [command, ...args] of [
    [base, '-m', 'venv', '--clear', folder],
    [python, '-m', 'pip', 'install', '--no-cache-dir', '--only-binary=:all:', '-r', requirements],
  ]) {
    const { status } = spawnSync(command ?? '', args, { stdio: ['ignore', 'ignore', 'inherit'] });
    if (status !== 0) throw new Error(`${command} ${args.join(' ')} failed`);
  }
  return python;
}

/**
 * The Python to compare with: SINEW_BENCH_PYTHON, else .setup/chunk-venv (made when `install`), else
 * the Python of the other benchmarks, which has no diffusers.
 */
async function choosePython(install: boolean): Promise<string> {
  const given = process.env.SINEW_BENCH_PYTHON;
  if (given !== undefined && given !== '') return given;
  const own = join(ROOT, '.setup', 'chunk-venv', 'bin', 'python');
  if (existsSync(own)) return own;
  const plain = await benchPython();
  return install ? installDiffusers(plain) : plain;
}

export class ChunkReference {
  /** Who steps the sampler, such as `diffusers 0.42.1`. */
  readonly scheduler: string;
  readonly onnxruntime: string;
  /** The chunk of the parity fixture, rad. */
  readonly actions: readonly number[];
  readonly #child: ChildProcessByStdio<Writable, Readable, null>;
  readonly #lines: AsyncIterator<string>;

  private constructor(
    child: ChildProcessByStdio<Writable, Readable, null>,
    lines: AsyncIterator<string>,
    ready: z.output<typeof readySchema>,
  ) {
    this.#child = child;
    this.#lines = lines;
    this.scheduler = ready.scheduler;
    this.onnxruntime = ready.onnxruntime;
    this.actions = ready.actions;
  }

  static async start(dir: string, threads: number, install: boolean): Promise<ChunkReference> {
    const python = await choosePython(install);
    const scheduler = hasDiffusers(python) ? 'diffusers' : 'numpy';
    const script = join(ROOT, 'bench', 'chunk_reference.py');
    const args = ['--package', dir, '--threads', String(threads), '--scheduler', scheduler];
    const child = spawn(python, [script, ...args], { stdio: ['pipe', 'pipe', 'inherit'] });
    const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]();
    const first = await lines.next();
    if (first.done === true) throw new Error(`${python} ${script} ended before it was ready`);
    return new ChunkReference(child, lines, readySchema.parse(JSON.parse(first.value)));
  }

  /** Times of `count` chunks, s. */
  async run(count: number): Promise<number[]> {
    this.#child.stdin.write(`${count}\n`);
    const line = await this.#lines.next();
    if (line.done === true) throw new Error('the Python side ended');
    return z.array(z.number()).parse(JSON.parse(line.value));
  }

  stop(): void {
    this.#child.stdin.end();
  }
}
