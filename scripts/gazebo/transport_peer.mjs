// Builds and drives peers of an installed gz-transport (transport_peer.cc): the real thing, of whichever
// version pkg-config finds.
import { execFileSync, spawn } from 'node:child_process';
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';

/** Transport of Harmonic, Ionic, Jetty; the first that is installed is taken. */
const PACKAGES = ['gz-transport13', 'gz-transport14', 'gz-transport'];

const source = fileURLToPath(new URL('transport_peer.cc', import.meta.url));

const pkgConfig = (...args) =>
  execFileSync('pkg-config', args, {
    encoding: 'utf8',
    stdio: ['ignore', 'pipe', 'ignore'],
  }).trim();

/** Name and version of the installed package, such as gz-transport13 13.5.0. */
export function installedTransport(packages = PACKAGES) {
  for (const name of packages) {
    try {
      return { name, version: pkgConfig('--modversion', name) };
    } catch {
      // The next one, then.
    }
  }
  throw new Error(
    `none of ${packages.join(', ')} is known to pkg-config: install Gazebo's transport (libgz-transport13-dev of Harmonic) or set PKG_CONFIG_PATH and LD_LIBRARY_PATH to where it is`,
  );
}

/**
 * Compiles the peer.
 * @param {string} folder for the program
 * @returns {string} its file
 */
export function buildPeer(folder) {
  const { name } = installedTransport();
  const flags = pkgConfig('--cflags', '--libs', name).split(/\s+/);
  const program = join(folder, `peer-of-${name}`);
  mkdirSync(folder, { recursive: true });
  const args = ['-std=c++17', '-O0', source, '-o', program, ...flags];
  execFileSync('g++', args, { stdio: 'inherit' });
  return program;
}

/** A running peer, and what it has said. */
export class TransportPeer {
  /** Lines without those that only confirm a command. */
  lines = [];
  #child;
  #told = [];
  #waiting = new Set();
  #ended;

  /**
   * @param {string} program as built
   * @param {string} partition
   * @param {Record<string, string>} more environment
   */
  constructor(program, partition, more = {}) {
    const env = { ...process.env, GZ_PARTITION: partition, GZ_IP: '127.0.0.1', ...more };
    this.#child = spawn(program, [], { env, stdio: ['pipe', 'pipe', 'inherit'] });
    this.#child.stdin.on('error', () => undefined);
    createInterface(this.#child.stdout).on('line', (line) => this.#take(line));
    this.#ended = new Promise((resolve) => {
      this.#child.once('close', () => {
        for (const { reject, line } of this.#told) reject(new Error(`peer ended before: ${line}`));
        resolve();
      });
    });
  }

  /** Has it do something. @returns when it has done so */
  tell(...fields) {
    const line = fields.join('\t');
    const told = new Promise((resolve, reject) => this.#told.push({ line, resolve, reject }));
    this.#child.stdin.write(`${line}\n`);
    return told;
  }

  /** Resolves with the first line said that fits, also one said before. */
  says(fits) {
    return new Promise((resolve) => {
      const look = () => {
        const line = this.lines.find(fits);
        if (line === undefined) return;
        this.#waiting.delete(look);
        resolve(line);
      };
      this.#waiting.add(look);
      look();
    });
  }

  /** Lets it leave in good order. */
  async stop() {
    this.#child.stdin.end();
    await this.#ended;
  }

  /** Ends it with no word to anybody. */
  async kill() {
    this.#child.kill('SIGKILL');
    await this.#ended;
  }

  #take(line) {
    const [word] = line.split('\t');
    if (word !== 'done' && word !== 'failed') {
      this.lines.push(line);
      for (const look of this.#waiting) look();
      return;
    }
    const told = this.#told.shift();
    if (word === 'done') told?.resolve();
    else told?.reject(new Error(`the peer could not: ${told.line}`));
  }
}
