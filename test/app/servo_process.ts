/** Starts the real servo process for a test, on an emulated SO-101, in a domain of the test's own. */
import { type ChildProcess, spawn } from 'node:child_process';
import { mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { steadyNow } from '../../src/core/clock.js';
import { emulateSo101 } from '../hardware/so101.js';
import { until } from '../integration/until.js';

const path = (relative: string) => fileURLToPath(new URL(`../../${relative}`, import.meta.url));

export class ServoProcess {
  readonly rig = emulateSo101({ emulator: { now: steadyNow } });
  readonly #folder = mkdtempSync(join(tmpdir(), 'sinew-servo-process-'));
  readonly #port = join(this.#folder, 'port');
  readonly #child: ChildProcess;
  #stderr = '';

  /** @param settings of the servo section, beside its bus */
  constructor(domainId: number, settings: Record<string, unknown> = {}) {
    this.#link();
    const bus = { ...this.rig.section(), port: this.#port };
    const servo = { ...settings, reconnect_s: 0.4, buses: [bus] };
    const file = join(this.#folder, 'config.yaml');
    // JSON is YAML too.
    writeFileSync(file, JSON.stringify({ robot: path('config/so101.yaml'), servo }));
    const script = path('dist/app/servo.js');
    this.#child = spawn(process.execPath, [script, '--config', file], {
      env: { ...process.env, ROS_DOMAIN_ID: String(domainId) },
      stdio: ['ignore', 'ignore', 'pipe', 'ipc'],
    });
    this.#child.stderr?.on('data', (chunk: Buffer) => {
      this.#stderr += chunk.toString();
    });
  }

  /** What the process and its guard have logged. */
  get log(): string {
    return this.#stderr;
  }

  /** Servos with torque on. */
  get torque(): number {
    return this.rig.emulator.bus.servos.filter(({ torque }) => torque).length;
  }

  async ready(): Promise<void> {
    const ended = () => this.#child.exitCode !== null;
    const runs = () => this.#stderr.includes('servo driver runs');
    await until(
      () => runs() || ended(),
      'the servo driver to run',
      () => this.#stderr,
    );
    if (ended()) throw new Error(`the servo driver ended: ${this.#stderr}`);
  }

  /** Plugs the arm in again, under its old name. */
  replug(): void {
    this.rig.emulator.replug();
    rmSync(this.#port);
    this.#link();
  }

  kill(signal: NodeJS.Signals): void {
    this.#child.kill(signal);
  }

  /** Ends the process in order; resolves with its exit code. */
  async stop(): Promise<number | null> {
    if (this.#child.exitCode === null && this.#child.signalCode === null) {
      const ended = new Promise((resolve) => this.#child.once('exit', resolve));
      this.#child.kill('SIGTERM');
      await ended;
    }
    return this.#child.exitCode;
  }

  close(): void {
    this.rig.close();
    rmSync(this.#folder, { recursive: true, force: true });
  }

  #link(): void {
    symlinkSync(this.rig.emulator.path, this.#port);
  }
}
