/** Starts the real simulator process for a test, in a domain of the test's own. */
import { type ChildProcess, spawn } from 'node:child_process';
import { mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { RosNode } from '../../src/ros/ros_node.js';
import { PATIENCE_S, until } from '../integration/until.js';

const path = (relative: string) => fileURLToPath(new URL(`../../${relative}`, import.meta.url));

/** The services' answers: ROS time, stamp of the newest pictures, success. */
export interface SimulatorAnswer {
  readonly time: number;
  readonly frame: number | null;
  readonly success: boolean;
}

export class SimulatorProcess {
  readonly #child: ChildProcess;
  #stderr = '';

  /**
   * @param settings lines of YAML beside the robot
   * @param engine which process
   */
  constructor(
    domainId: number,
    settings: readonly string[] = [],
    args: readonly string[] = [],
    engine: 'simulator' | 'gazebo' = 'simulator',
  ) {
    const file = join(mkdtempSync(join(tmpdir(), 'sinew-simulator-')), 'config.yaml');
    writeFileSync(file, [`robot: ${path('config/so101.yaml')}`, ...settings, ''].join('\n'));
    const script = path(`dist/app/${engine}.js`);
    this.#child = spawn(process.execPath, [script, '--config', file, ...args], {
      env: { ...process.env, ROS_DOMAIN_ID: String(domainId) },
      // The simulator leaves by itself when this channel closes, should the test run be killed.
      stdio: ['ignore', 'ignore', 'pipe', 'ipc'],
    });
    this.#child.stderr?.on('data', (chunk: Buffer) => {
      this.#stderr += chunk.toString();
    });
  }

  /** What the process has logged. */
  get log(): string {
    return this.#stderr;
  }

  /** Resolves when the process says that it runs. */
  async ready(): Promise<void> {
    const ended = () => this.#child.exitCode !== null;
    const runs = () => this.#stderr.includes('simulator runs');
    await until(
      () => runs() || ended(),
      'the simulator to run',
      () => this.#stderr,
    );
    if (ended()) throw new Error(`the simulator ended: ${this.#stderr}`);
  }

  /** Resolves when the process has ended by itself, with its exit code. */
  async ended(): Promise<number | null> {
    const { exitCode, signalCode } = this.#child;
    if (exitCode === null && signalCode === null) {
      await new Promise((resolve) => this.#child.once('exit', resolve));
    }
    return this.#child.exitCode;
  }

  /** Ends the process in order; resolves with its exit code. */
  async stop(): Promise<number | null> {
    if (this.#child.exitCode === null) {
      this.#child.kill('SIGTERM');
      await new Promise((resolve) => this.#child.once('exit', resolve));
    }
    return this.#child.exitCode;
  }
}

/** Calls one of the simulator's Trigger services and reads its answer. */
export async function ask(node: RosNode, service: 'reset' | 'step'): Promise<SimulatorAnswer> {
  const client = node.client(`/simulator/${service}`, 'std_srvs/srv/Trigger');
  const { success, message } = await client.call({}, PATIENCE_S);
  if (!success) throw new Error(message);
  return JSON.parse(message) as SimulatorAnswer;
}
