/**
 * Starts a Gazebo server with a world file, watches it and ends it. Whether it answers is seen by
 * connecting to it, which {@link untilAnswer} joins with watching.
 */
import { type ChildProcess, spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { createInterface } from 'node:readline';
import { errorLine, SinewError } from '../../core/error.js';
import type { MasterAddress } from './classic/tcp_topics.js';
import { findServer, type ServerKind, tied } from './server_program.js';
import { startDisplay, type VirtualDisplay } from './virtual_display.js';

export interface LaunchOptions {
  /** SDF file. */
  readonly worldFile: string;
  /** Default: the first found of gz sim, ign gazebo, gzserver. */
  readonly kind?: ServerKind;
  readonly partition: string;
  /** Address of the interface to speak on; default 127.0.0.1. */
  readonly address?: string;
  /** Of Classic's master; default 127.0.0.1:11345. */
  readonly master?: MasterAddress;
  /** Whether the world has cameras, so that a display is needed. Default true. */
  readonly cameras?: boolean;
  /** Whether pictures are taken at exact times, physics waiting for them. Default true. */
  readonly exactCameras?: boolean;
  /** Whether time stands still at first. Default true. */
  readonly paused?: boolean;
  /** Whole number ≥ 0 for the server's random numbers. */
  readonly seed?: number;
  readonly env?: NodeJS.ProcessEnv;
}

export interface GazeboServer {
  readonly kind: ServerKind;
  readonly pid: number;
  /** Resolves when the server has ended, with why; never rejects. */
  readonly ended: Promise<SinewError>;
  /** The line of its output so far that tells most about what is wrong. */
  says(): string;
  /** Ends it: asks first, then forces. */
  stop(): Promise<void>;
}

/** After so long a server that was asked to end is forced to (ms). */
const PATIENCE_MS = 5000;
/** Lines kept of what the server says, for the message about its end. */
const KEPT_LINES = 40;

/** @throws SinewError when there is no server, no world file or no display */
export async function launchGazebo(options: LaunchOptions): Promise<GazeboServer> {
  const { worldFile, partition, address = '127.0.0.1', env = process.env } = options;
  if (!existsSync(worldFile)) throw new SinewError('no such world file', { where: worldFile });
  const { kind, file, args } = findServer(options.kind && [options.kind], env);
  const display =
    (options.cameras ?? true) && kind === 'classic' && !env['DISPLAY']
      ? await startDisplay(env)
      : undefined;
  const master = options.master ?? { host: '127.0.0.1', port: 11345 };
  const { command, before } = tied(file, env);
  const child = spawn(command, [...before, ...args, ...serverArguments(kind, options)], {
    stdio: ['ignore', 'pipe', 'pipe'],
    // A group of its own: `gz` and `ign` are scripts that start the server.
    detached: true,
    env: {
      ...env,
      GZ_PARTITION: partition,
      IGN_PARTITION: partition,
      GZ_IP: address,
      IGN_IP: address,
      GAZEBO_MASTER_URI: `http://${master.host}:${master.port}`,
      ...(display && { DISPLAY: display.name }),
    },
  });
  return watch(kind, child, display);
}

/** The options of a server for what is wanted of it. */
export function serverArguments(kind: ServerKind, options: LaunchOptions): string[] {
  const { worldFile, seed, paused = true, cameras = true, exactCameras = true } = options;
  const seeding = seed === undefined ? [] : ['--seed', String(seed)];
  if (kind === 'classic') {
    const flags = [...(paused ? ['-u'] : []), ...(exactCameras && cameras ? ['--lockstep'] : [])];
    return ['--verbose', ...flags, ...seeding, worldFile];
  }
  const flags = [...(paused ? [] : ['-r']), ...(cameras ? ['--headless-rendering'] : [])];
  return ['-s', '-v', '2', ...flags, ...seeding, worldFile];
}

function watch(kind: ServerKind, child: ChildProcess, display?: VirtualDisplay): GazeboServer {
  const lines: string[] = [];
  for (const stream of [child.stdout, child.stderr]) {
    if (stream === null) continue;
    createInterface({ input: stream }).on('line', (text) => {
      const line = plain(text);
      if (line === '') return;
      lines.push(line);
      lines.splice(0, lines.length - KEPT_LINES);
    });
  }
  const signal = (name: NodeJS.Signals) => {
    if (child.pid === undefined) return;
    try {
      process.kill(-child.pid, name);
    } catch {
      // It ended by itself.
    }
  };
  const kill = () => signal('SIGKILL');
  process.once('exit', kill);
  const ended = new Promise<SinewError>((resolve) => {
    const finish = (why: string) => {
      process.off('exit', kill);
      display?.stop();
      resolve(new SinewError(why, { where: `Gazebo server (${kind})` }));
    };
    child.once('error', (error) => finish(error.message));
    child.once('close', (code, name) => {
      const how = name === null ? `exit ${code}` : name;
      finish(`ended (${how}): ${telling(lines)}`);
    });
  });
  return {
    kind,
    pid: child.pid ?? 0,
    ended,
    says: () => telling(lines),
    stop: async () => {
      signal('SIGINT');
      const timer = setTimeout(kill, PATIENCE_MS);
      await ended;
      clearTimeout(timer);
      // What the scripts of gz and ign started may outlive them.
      kill();
    },
  };
}

/** A line without colours. */
function plain(line: string): string {
  // biome-ignore lint/suspicious/noControlCharactersInRegex: the codes of a terminal begin so
  return line.replace(/\u001b\[[0-9;]*m/g, '').trim();
}

/** The line of a server's output that says most about what is wrong. */
export function telling(lines: readonly string[]): string {
  const grave = lines.filter(
    (line) =>
      /\[Err\]|\berror\b|exception|fatal|cannot|unable|failed/i.test(line) &&
      !/ALSA|OpenAL|audio/i.test(line),
  );
  return grave.at(-1) ?? lines.at(-1) ?? 'it said nothing';
}

/**
 * Connects to a server that was just started: tries until it answers, it ends, or time is up.
 *
 * @param connect one try; its errors count only when time is up
 * @param timeout s
 * @throws SinewError why the server ended, or why the last try failed and what the server says: Classic
 *   stays when it cannot read its world
 */
export async function untilAnswer<T>(
  server: GazeboServer,
  connect: () => Promise<T>,
  timeout: number,
): Promise<T> {
  const end = performance.now() + timeout * 1000;
  let why: SinewError | undefined;
  void server.ended.then((error) => {
    why = error;
  });
  for (;;) {
    try {
      return await connect();
    } catch (error) {
      if (why !== undefined) throw why;
      if (performance.now() > end) {
        throw new SinewError(`${errorLine(error)}; it says: ${server.says()}`, {
          where: `Gazebo server (${server.kind})`,
        });
      }
    }
    await Promise.race([server.ended, new Promise((resolve) => setTimeout(resolve, RETRY_MS))]);
    if (why !== undefined) throw why;
  }
}

const RETRY_MS = 200;
