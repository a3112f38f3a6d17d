/** A process of sinew under test: what it says, how it ends, and that it surely does end. */
import { type ChildProcess, spawn } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { createInterface } from 'node:readline';
import { parseLogLine } from '../../src/app/log_line.js';

export const ROOT = resolve(import.meta.dirname, '../..');

export interface ChildEnd {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
}

export class Child {
  /** `level text` of each log line, other lines as they are; both streams. */
  readonly lines: string[] = [];
  /** Standard output alone, line by line. */
  readonly output: string[] = [];
  readonly errors: string[] = [];
  /** Set once the process is gone and its streams are read to their ends. */
  end: ChildEnd | undefined;
  readonly #process: ChildProcess;
  readonly #gone: Promise<ChildEnd>;

  /** @param args of Node: a script and its own arguments */
  constructor(
    readonly name: string,
    args: readonly string[],
    env: Readonly<Record<string, string>>,
  ) {
    this.#process = spawn(process.execPath, [...args], {
      cwd: ROOT,
      env: { ...process.env, ...env },
      // A sinew process leaves by itself when this channel closes, should the test run be killed.
      stdio: ['ignore', 'pipe', 'pipe', 'ipc'],
    });
    const { stdout, stderr } = this.#process;
    for (const [stream, list] of [
      [stdout, this.output],
      [stderr, this.errors],
    ] as const) {
      if (stream === null) continue;
      createInterface({ input: stream }).on('line', (text) => {
        list.push(text);
        const { level, text: message } = parseLogLine(name, text);
        this.lines.push(text.startsWith('{') ? `${level} ${message}` : text);
      });
    }
    this.#gone = new Promise((resolve) => {
      this.#process.once('close', (code, signal) => {
        this.end = { code, signal };
        resolve(this.end);
      });
    });
  }

  get pid(): number {
    if (this.#process.pid === undefined) throw new Error(`${this.name} did not start`);
    return this.#process.pid;
  }

  /** True when a line matches. */
  said(pattern: RegExp): boolean {
    return this.lines.some((line) => pattern.test(line));
  }

  kill(signal: NodeJS.Signals): void {
    this.#process.kill(signal);
  }

  /** Resolves when the process has ended. */
  ended(): Promise<ChildEnd> {
    return this.#gone;
  }

  /** Ends the process and all that it started. */
  async destroy(): Promise<void> {
    const below = this.end === undefined ? descendants(this.pid) : [];
    for (const pid of [this.pid, ...below]) {
      try {
        process.kill(pid, 'SIGKILL');
      } catch {
        // Gone already.
      }
    }
    await this.#gone;
  }
}

/** `sinew` with arguments, as a user runs it. */
export function sinew(args: readonly string[], env: Readonly<Record<string, string>> = {}): Child {
  return new Child(`sinew ${args[0] ?? ''}`, [join(ROOT, 'bin/sinew.mjs'), ...args], env);
}

/** Process ids below `pid`, the nearest first. */
export function descendants(pid: number): number[] {
  const parents = new Map<number, number[]>();
  for (const entry of readdirSync('/proc')) {
    if (!/^\d+$/.test(entry)) continue;
    try {
      // The name, in brackets, may have spaces in it; the parent is the second field after it.
      const fields = readFileSync(`/proc/${entry}/stat`, 'utf8')
        .replace(/^.*\) /s, '')
        .split(' ');
      const parent = Number(fields[1]);
      parents.set(parent, [...(parents.get(parent) ?? []), Number(entry)]);
    } catch {
      // Gone while it was looked at.
    }
  }
  const found = [...(parents.get(pid) ?? [])];
  for (let i = 0; i < found.length; i++) found.push(...(parents.get(found[i] ?? -1) ?? []));
  return found;
}

/** The process below `pid` that runs the module `name`; undefined when there is none. */
export function processBelow(pid: number, name: string): number | undefined {
  return descendants(pid).find((candidate) => {
    try {
      const line = readFileSync(`/proc/${candidate}/cmdline`, 'utf8').split('\0');
      return line.some((part) => part.endsWith(`/app/${name}.js`));
    } catch {
      return false;
    }
  });
}
