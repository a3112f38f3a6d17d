/**
 * A display without a screen (Xvfb), which Gazebo Classic's cameras draw to.
 */
import { type ChildProcess, spawn } from 'node:child_process';
import { SinewError } from '../../core/error.js';
import { findProgram, tied } from './server_program.js';

export interface VirtualDisplay {
  /** For DISPLAY: ":7". */
  readonly name: string;
  stop(): void;
}

const START_MS = 20_000;

/** @throws SinewError when Xvfb is not there or does not start */
export async function startDisplay(env: NodeJS.ProcessEnv = process.env): Promise<VirtualDisplay> {
  const file = findProgram('Xvfb', env);
  if (file === undefined) {
    throw new SinewError("Gazebo's cameras need a display, and there is neither DISPLAY nor Xvfb", {
      cure: 'install xvfb',
    });
  }
  const screen = ['-screen', '0', '640x480x24', '-nolisten', 'tcp', '-displayfd', '3'];
  const { command, before } = tied(file, env);
  const child = spawn(command, [...before, ...screen], {
    stdio: ['ignore', 'ignore', 'ignore', 'pipe'],
  });
  const kill = () => void child.kill('SIGTERM');
  process.once('exit', kill);
  try {
    return {
      name: `:${await displayNumber(child)}`,
      stop: () => {
        process.off('exit', kill);
        kill();
      },
    };
  } catch (error) {
    process.off('exit', kill);
    kill();
    throw error;
  }
}

/** The number that Xvfb writes once it takes connections. */
function displayNumber(child: ChildProcess): Promise<string> {
  return new Promise((resolve, reject) => {
    const fail = (why: string) => {
      clearTimeout(timer);
      reject(new SinewError(`Xvfb ${why}`, { where: 'virtual display' }));
    };
    const timer = setTimeout(() => fail('does not start'), START_MS);
    child.once('error', (error) => fail(error.message));
    child.once('exit', (code) => fail(`ended at once (exit ${code})`));
    child.stdio[3]?.once('data', (bytes: Buffer) => {
      clearTimeout(timer);
      resolve(bytes.toString().trim());
    });
  });
}
