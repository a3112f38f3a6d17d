#!/usr/bin/env node
// Copies what runs to a folder: the built sources, their data, and the npm packages that they need at
// run time, without those of development and without other platforms' binaries. For CMakeLists.txt.
// Usage: node scripts/install_tree.mjs FOLDER
import { cpSync, existsSync, mkdirSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { projectRoot } from './setup/stamp.mjs';

const PARTS = ['dist', 'bin', 'config', 'launch', 'urdf', 'models', 'package.json', 'LICENSE'];
/** What bin/ and the installed executables need of scripts/. */
const SCRIPTS = ['ros_env.mjs', join('setup', 'stamp.mjs')];
const BINARY_FOLDER =
  /(?:^|\/)(?:prebuilds|bin\/napi-v\d+)\/(?:(\w+)-(\w+)|(\w+)(?:\/(\w+))?)(?:\/|$)/;

/**
 * Folders of the packages that run, from a parsed package-lock.json.
 * @returns {string[]} such as `node_modules/zod`, sorted
 */
export function runtimePackages(lock) {
  return Object.entries(lock.packages)
    .filter(([path, entry]) => path !== '' && !entry.dev && !entry.devOptional)
    .map(([path]) => path)
    .sort();
}

/** Whether a path inside node_modules is a native binary of another system or processor. */
export function isForeign(path, platform = process.platform, arch = process.arch) {
  const match = BINARY_FOLDER.exec(path);
  if (!match) return false;
  const [, dashedSystem, dashedArch, system, folderArch] = match;
  const foundArch = dashedArch ?? folderArch;
  return (dashedSystem ?? system) !== platform || (foundArch !== undefined && foundArch !== arch);
}

function main(target) {
  for (const part of [...PARTS, 'node_modules'])
    rmSync(join(target, part), { recursive: true, force: true });
  mkdirSync(join(target, 'scripts', 'setup'), { recursive: true });
  const copy = (path, filter) =>
    cpSync(join(projectRoot, path), join(target, path), { recursive: true, filter });
  for (const part of PARTS.filter((name) => existsSync(join(projectRoot, name)))) {
    copy(
      part,
      (source) => !source.includes(join('models', 'training')) && !source.includes('__pycache__'),
    );
  }
  for (const script of SCRIPTS) copy(join('scripts', script));
  const lock = JSON.parse(readFileSync(join(projectRoot, 'package-lock.json'), 'utf8'));
  for (const path of runtimePackages(lock).filter((name) => existsSync(join(projectRoot, name)))) {
    copy(path, (source) => !isForeign(source.slice(projectRoot.length + 1)));
  }
}

if (process.argv[1] && import.meta.url === pathToFileURL(process.argv[1]).href) {
  if (!process.argv[2]) {
    console.error('usage: node scripts/install_tree.mjs FOLDER');
    process.exit(2);
  }
  main(process.argv[2]);
}
