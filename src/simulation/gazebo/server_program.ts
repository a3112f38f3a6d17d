/**
 * Finds a Gazebo server on this host: `gz sim`, `ign gazebo` or `gzserver`.
 */
import { spawnSync } from 'node:child_process';
import { accessSync, constants } from 'node:fs';
import { delimiter, dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { SinewError } from '../../core/error.js';

export const SERVER_KINDS = ['gz', 'ign', 'classic'] as const;
export type ServerKind = (typeof SERVER_KINDS)[number];

export interface ServerProgram {
  readonly kind: ServerKind;
  /** Path of the program. */
  readonly file: string;
  /** What comes before the options. */
  readonly args: readonly string[];
}

const PROGRAMS: Readonly<Record<ServerKind, { name: string; args: readonly string[] }>> = {
  gz: { name: 'gz', args: ['sim'] },
  ign: { name: 'ign', args: ['gazebo'] },
  classic: { name: 'gzserver', args: [] },
};

/** The project's folder, seen from src/ and from dist/. */
const ROOT = join(dirname(fileURLToPath(import.meta.url)), '..', '..', '..');

/** Folders that are searched: PATH, then what `npm run test:gazebo` installs. */
export function searchPath(env: NodeJS.ProcessEnv = process.env): string[] {
  const installed = env['SINEW_GAZEBO'] || join(ROOT, '.setup', 'gazebo');
  const folders = (env['PATH'] ?? '').split(delimiter).filter((folder) => folder !== '');
  return [...folders, join(installed, 'bin')];
}

/** @returns path of a program, or undefined */
export function findProgram(
  name: string,
  env: NodeJS.ProcessEnv = process.env,
): string | undefined {
  return searchPath(env)
    .map((folder) => join(folder, name))
    .find((file) => {
      try {
        accessSync(file, constants.X_OK);
        return true;
      } catch {
        return false;
      }
    });
}

/**
 * A command that ends with this process, however this ends, where the system can do that.
 * @returns program and what comes before its arguments
 */
export function tied(
  file: string,
  env: NodeJS.ProcessEnv = process.env,
): { readonly command: string; readonly before: readonly string[] } {
  const setpriv = findProgram('setpriv', env);
  if (setpriv === undefined) return { command: file, before: [] };
  return { command: setpriv, before: ['--pdeathsig', 'KILL', file] };
}

/** Whether `gz` is the one of gz-sim: Gazebo Classic has a program of that name too. */
function hasSubcommand(file: string, args: readonly string[]): boolean {
  const { status, stdout } = spawnSync(file, [...args, '--versions'], {
    encoding: 'utf8',
    timeout: 20_000,
  });
  return status === 0 && /^\s*\d+\.\d+/m.test(stdout);
}

/**
 * @param kinds which to look for, best first
 * @throws SinewError when there is none
 */
export function findServer(
  kinds: readonly ServerKind[] = SERVER_KINDS,
  env: NodeJS.ProcessEnv = process.env,
): ServerProgram {
  for (const kind of kinds) {
    const { name, args } = PROGRAMS[kind];
    const file = findProgram(name, env);
    if (file !== undefined && (args.length === 0 || hasSubcommand(file, args))) {
      return { kind, file, args };
    }
  }
  const names = kinds.map((kind) => [PROGRAMS[kind].name, ...PROGRAMS[kind].args].join(' '));
  throw new SinewError(`found no ${names.join(', no ')}`, {
    where: 'PATH',
    cure: 'install Gazebo, or run: node scripts/install_gazebo.mjs',
  });
}
