// Shows what the set-up is doing: on a terminal one line that refreshes, elsewhere a line for the
// start and the end of each step. What a step's programs print goes to a log, shown if they fail.
import { spawn } from 'node:child_process';
import { createWriteStream, mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { projectRoot } from './stamp.mjs';

const REFRESH_MS = 200;
/** Elsewhere than on a terminal: sign of life from a long step. */
const HEARTBEAT_MS = 20_000;

/** A fault of the set-up that is one line for the user. */
export class SetupError extends Error {}

const seconds = (since) => `${((performance.now() - since) / 1000).toFixed(1)} s`;

/** Runs the steps of one set-up and prints their progress to `out`. */
export class Progress {
  #out;
  #total;
  #count = 0;
  #detail = '';

  /** @param {number} total number of steps that will run  @param {NodeJS.WriteStream} out */
  constructor(total, out = process.stderr) {
    this.#total = total;
    this.#out = out;
  }

  /**
   * Runs one step.
   * @param {string} title what the user reads
   * @param {(tools: {run: Function}) => Promise<void>} work `run(command, args, options)` runs a
   *   program with its output in the step's log and resolves to that output
   */
  async step(title, work) {
    this.#count += 1;
    const label = `[${this.#count}/${this.#total}] ${title}`;
    const start = performance.now();
    const interactive = this.#out.isTTY === true && !process.env.CI;
    this.#detail = '';
    const show = () => {
      if (interactive) {
        const line = `${label} (${seconds(start)}) ${this.#detail}`;
        this.#out.write(`\r\x1b[2K${line.slice(0, (this.#out.columns ?? 80) - 1)}`);
      } else this.#out.write(`${label}: ${seconds(start)} so far\n`);
    };
    if (!interactive) this.#out.write(`${label} …\n`);
    const timer = setInterval(show, interactive ? REFRESH_MS : HEARTBEAT_MS);
    const name = title.toLowerCase().replace(/[^a-z0-9]+/g, '_');
    let ended = 'failed';
    try {
      await work({ run: (command, args, options) => this.#run(name, command, args, options) });
      ended = 'done';
    } finally {
      clearInterval(timer);
      const mark = ended === 'done' ? '✓' : '✗';
      this.#out.write(
        `${interactive ? '\r\x1b[2K' : ''}${mark} ${label}: ${ended}, ${seconds(start)}\n`,
      );
    }
  }

  #run(name, command, args, { env = process.env, cwd = projectRoot } = {}) {
    const folder = join(projectRoot, '.setup', 'log');
    mkdirSync(folder, { recursive: true });
    const file = join(folder, `${name}.log`);
    const log = createWriteStream(file, { flags: 'a' });
    log.write(`\n$ ${command} ${args.join(' ')}\n`);
    return new Promise((resolve, reject) => {
      const child = spawn(command, args, { cwd, env, stdio: ['ignore', 'pipe', 'pipe'] });
      let output = '';
      for (const stream of [child.stdout, child.stderr]) {
        stream.setEncoding('utf8').on('data', (text) => {
          output += text;
          log.write(text);
          this.#detail = text.trimEnd().split('\n').at(-1).trim();
        });
      }
      child.on('error', (error) =>
        reject(new SetupError(`cannot run ${command}: ${error.message}`)),
      );
      child.on('close', (code) => {
        log.end();
        if (code === 0) return resolve(output);
        const tail = output.trimEnd().split('\n').slice(-15).join('\n');
        reject(new SetupError(`${command} failed (exit ${code}); log: ${file}\n${tail}`));
      });
    });
  }
}
