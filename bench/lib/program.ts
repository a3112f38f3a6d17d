/** The processes of one side of a benchmark: started together, watched, and surely ended. */
import { type ChildProcess, spawn } from 'node:child_process';

export interface ProgramSpec {
  readonly name: string;
  readonly command: string;
  readonly args: readonly string[];
  readonly env?: Readonly<Record<string, string>>;
  /** Scheduling niceness, 0 to 19. */
  readonly nice?: number;
}

const STOP_MS = 5000;
const KEPT_OUTPUT = 4000;

export class Program {
  readonly name: string;
  readonly #child: ChildProcess;
  readonly #gone: Promise<void>;
  #output = '';
  #ended = false;

  constructor({ name, command, args, env = {}, nice = 0 }: ProgramSpec) {
    this.name = name;
    const line = nice > 0 ? ['nice', '-n', String(nice), command, ...args] : [command, ...args];
    const [program = command, ...rest] = line;
    this.#child = spawn(program, rest, {
      env: { ...process.env, ...env },
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    for (const stream of [this.#child.stdout, this.#child.stderr]) {
      stream?.on('data', (text: Buffer) => {
        this.#output = (this.#output + text.toString()).slice(-KEPT_OUTPUT);
      });
    }
    // A benchmark that is ended must not leave load behind.
    const kill = () => this.#child.kill('SIGKILL');
    process.once('exit', kill);
    this.#gone = new Promise((resolve) => {
      this.#child.once('error', (error) => {
        this.#output += error.message;
      });
      this.#child.once('close', () => {
        this.#ended = true;
        process.off('exit', kill);
        resolve();
      });
    });
  }

  get pid(): number {
    return this.#child.pid ?? Number.NaN;
  }

  /** @throws Error with its last output when it has ended by itself */
  check(): void {
    if (this.#ended) throw new Error(`${this.name} ended:\n${this.#output.trimEnd()}`);
  }

  /** What it said last. */
  get output(): string {
    return this.#output;
  }

  async stop(): Promise<void> {
    this.#child.kill('SIGTERM');
    const timer = setTimeout(() => this.#child.kill('SIGKILL'), STOP_MS);
    await this.#gone;
    clearTimeout(timer);
  }
}
