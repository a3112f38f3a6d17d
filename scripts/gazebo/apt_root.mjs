// An apt of its own for one Debian suite: resolves and downloads packages with all they depend on,
// and unpacks them into a folder, so that software of another release runs beside the system's
// libraries. Needs no root and touches nothing of the system.
import { mkdirSync, readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { SetupError } from '../setup/progress.mjs';

/** Packages unpacked by one call of the shell; keeps the command line short. */
const BATCH = 40;

/**
 * Mirrors that the machine's own apt uses, without those for security updates.
 * @param {Function} run as given to a step of the set-up
 * @returns {Promise<string[]>} addresses, the configuration's order
 */
export async function debianMirrors(run) {
  const listing = await run('apt-get', [
    'indextargets',
    '--format',
    '$(REPO_URI)',
    'Created-By: Packages',
  ]);
  const mirrors = [...new Set(listing.split('\n').map((line) => line.trim()))].filter(
    (line) => /^\w+:/.test(line) && !/security/.test(line),
  );
  if (mirrors.length > 0) return mirrors;
  throw new SetupError(
    'apt names no package mirror: expected a Debian mirror in /etc/apt; run on Debian, or install Gazebo by its own packages',
  );
}

/** Writes the configuration of an apt whose folders are all below `folder`. */
function configure(folder, suite, mirrors) {
  for (const part of [
    'etc/apt/apt.conf.d',
    'etc/apt/preferences.d',
    'var/lib/apt/lists/partial',
    'var/lib/dpkg',
    'var/cache/apt/archives/partial',
  ]) {
    mkdirSync(join(folder, part), { recursive: true });
  }
  // An empty status: what the system has installed counts for nothing, so all dependencies come.
  writeFileSync(join(folder, 'var/lib/dpkg/status'), '');
  const sources = mirrors.map((mirror) => `deb ${mirror} ${suite} main\n`);
  writeFileSync(join(folder, 'etc/apt/sources.list'), sources.join(''));
  const file = join(folder, 'apt.conf');
  writeFileSync(
    file,
    `Dir "${folder}";
Dir::State::status "${join(folder, 'var/lib/dpkg/status')}";
Dir::Etc::trusted "/etc/apt/trusted.gpg";
Dir::Etc::trustedparts "/etc/apt/trusted.gpg.d";
APT::Architecture "amd64";
APT::Architectures { "amd64"; };
APT::Sandbox::User "root";
Acquire::Check-Valid-Until "false";
Acquire::Languages "none";
Debug::NoLocking "true";
`,
  );
  return file;
}

/**
 * Downloads packages of a suite with their dependencies and unpacks them below `target`.
 * @param {object} options
 * @param {Function} options.run as given to a step of the set-up
 * @param {string} options.folder for apt's own files and the downloaded packages; may be removed after
 * @param {string} options.suite name of a Debian release, such as bullseye
 * @param {string[]} options.packages names of packages
 * @param {string} options.target folder that becomes the root of the unpacked files
 */
export async function unpackSuite({ run, folder, suite, packages, target }) {
  const config = configure(folder, suite, await debianMirrors(run));
  const env = { ...process.env, APT_CONFIG: config, DEBIAN_FRONTEND: 'noninteractive' };
  await run('apt-get', ['update', '--error-on=any'], { env });
  const install = ['install', '--yes', '--no-install-recommends', '--download-only'];
  await run('apt-get', [...install, ...packages], { env });
  const archives = join(folder, 'var/cache/apt/archives');
  const files = readdirSync(archives).filter((name) => name.endsWith('.deb'));
  mkdirSync(target, { recursive: true });
  for (let start = 0; start < files.length; start += BATCH) {
    const batch = files.slice(start, start + BATCH).map((name) => join(archives, name));
    const unpack = 'for f in "$@"; do dpkg-deb -x "$f" "$0" || exit 1; done';
    await run('sh', ['-c', unpack, target, ...batch]);
  }
}
