#!/usr/bin/env node
// Adds to package-lock.json the optional packages of other platforms that npm left out. npm omits an
// optional package that its registry cannot name at that moment, and `npm ci` then refuses the lock as
// out of step with package.json. For maintainers: run after every change of the lockfile.
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { projectRoot } from './setup/stamp.mjs';

const SYSTEMS = [
  'aix',
  'android',
  'darwin',
  'freebsd',
  'linux',
  'netbsd',
  'openbsd',
  'openharmony',
];
const PROCESSORS = [
  'arm64',
  'arm',
  'ia32',
  'loong64',
  'mips64el',
  'ppc64',
  'riscv64',
  's390x',
  'x64',
];

/**
 * Reads the platform off a package's name, as `@rollup/rollup-linux-arm64-musl`.
 * @returns {{os: string, cpu: string, libc?: string} | undefined} undefined if the name does not tell
 */
export function platformOf(name) {
  const parts = name.replace(/^@[^/]+\//, '').split('-');
  const os = parts.find((part) => SYSTEMS.includes(part)) ?? (parts.includes('win32') && 'win32');
  const cpu = PROCESSORS.find((processor) => parts.includes(processor));
  if (!os || !cpu) return undefined;
  const libc = parts.some((part) => part.startsWith('musl')) ? 'musl' : 'glibc';
  return os === 'linux' ? { os, cpu, libc } : { os, cpu };
}

/**
 * @param {{packages: Record<string, object>}} lock parsed package-lock.json; completed in place
 * @returns {string[]} the packages added
 */
export function completeLock(lock) {
  const added = [];
  for (const [owner, entry] of Object.entries(lock.packages)) {
    for (const [name, version] of Object.entries(entry.optionalDependencies ?? {})) {
      const nested = `${owner}/node_modules/${name}`;
      const path = `node_modules/${name}`;
      if (owner === '' || lock.packages[path] || lock.packages[nested]) continue;
      const platform = platformOf(name);
      if (!platform || !/^\d+\.\d+\.\d+/.test(version)) continue;
      lock.packages[path] = {
        version,
        cpu: [platform.cpu],
        ...(entry.dev ? { dev: true } : {}),
        ...(platform.libc ? { libc: [platform.libc] } : {}),
        optional: true,
        os: [platform.os],
      };
      added.push(`${name}@${version}`);
    }
  }
  const sorted = Object.entries(lock.packages).sort(([a], [b]) => a.localeCompare(b, 'en'));
  lock.packages = Object.fromEntries(sorted);
  return added;
}

if (process.argv[1] && import.meta.url === pathToFileURL(process.argv[1]).href) {
  const file = join(projectRoot, 'package-lock.json');
  const lock = JSON.parse(readFileSync(file, 'utf8'));
  const added = completeLock(lock);
  if (added.length > 0) writeFileSync(file, `${JSON.stringify(lock, null, 2)}\n`);
  console.log(`package-lock.json: ${added.length} optional packages added`);
}
