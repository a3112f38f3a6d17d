// Step: rclnodejs's native part (its prebuilt where that loads, else compiled) and its JavaScript
// messages. Both are kept in .setup/store/ under the hash of what they depend on, so that a change of
// another npm package does not compile them again.
import { spawnSync } from 'node:child_process';
import {
  cpSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { delimiter, dirname, join } from 'node:path';
import { chooseRos, rosEnvironment, wheelPrefix } from '../ros_env.mjs';
import { missingLine } from './missing.mjs';
import { SetupError } from './progress.mjs';
import { choosePython } from './python.mjs';
import { hashFile, hashOf, isStamped, projectRoot, writeStamp } from './stamp.mjs';

const folder = join(projectRoot, 'node_modules', 'rclnodejs');
const addon = join('build', 'Release', 'rclnodejs.node');
const stamp = join(folder, 'generated', 'setup.stamp');

/** Counts up when this file builds otherwise. */
const RECIPE = 2;

/** Everything that the addon and the generated messages depend on. */
function inputs() {
  const ros = chooseRos();
  const interfaces = ros.prefixes.map((prefix) => {
    const index = join(prefix, 'share', 'ament_index', 'resource_index', 'rosidl_interfaces');
    return existsSync(index) ? readdirSync(index).sort() : [];
  });
  const lock = join(projectRoot, 'package-lock.json');
  const locked = JSON.parse(readFileSync(lock, 'utf8')).packages['node_modules/rclnodejs'];
  const wheels = ros.kind === 'wheels' && hashFile(join(projectRoot, 'scripts', 'ros_wheels.lock'));
  const node = process.versions.node.split('.')[0];
  return [RECIPE, locked.integrity, node, process.arch, osRelease(), ros, interfaces, wheels];
}

function osRelease() {
  const file = '/etc/os-release';
  const text = existsSync(file) ? readFileSync(file, 'utf8') : '';
  const value = (name) => text.match(new RegExp(`^${name}="?([^"\\n]*)`, 'm'))?.[1] ?? '';
  return { id: value('ID'), version: value('VERSION_ID'), codename: value('VERSION_CODENAME') };
}

/** ROS 2's variables, and its `ros2` command where rclnodejs's build looks for it. */
function buildEnvironment() {
  const env = rosEnvironment();
  if (chooseRos().kind === 'wheels') {
    env.PATH = [join(wheelPrefix(), 'bin'), env.PATH].join(delimiter);
    delete env.PYTHONPATH;
  }
  return env;
}

/**
 * A prebuilt addon that came with rclnodejs for this ROS 2. They are named after the Ubuntu that they
 * were built on, but what counts is whether they load: Debian 13 can take that of Ubuntu 24.04.
 * @returns {string | undefined} its path
 */
function usablePrebuilt() {
  const builds = join(folder, 'prebuilds', `linux-${process.arch}`);
  if (!existsSync(builds)) return undefined;
  const { distro } = chooseRos();
  const fits = (name) => {
    if (!name.startsWith(`${distro}-`) || !name.endsWith('-node-rclnodejs.node')) return false;
    const load = `process.dlopen({exports:{}}, ${JSON.stringify(join(builds, name))})`;
    return spawnSync(process.execPath, ['-e', load], { env: rosEnvironment() }).status === 0;
  };
  const name = readdirSync(builds).find(fits);
  return name && join(builds, name);
}

/**
 * Takes the teeth out of rclnodejs's own recovery: where its addon does not load, as in a process
 * without ROS 2's libraries, importing it deletes the build and compiles anew.
 */
function disarmRebuild() {
  const file = join(folder, 'package.json');
  const manifest = JSON.parse(readFileSync(file, 'utf8'));
  const hint = 'rclnodejs does not load here: start by npx sinew, or run npm run setup';
  manifest.scripts.rebuild = `echo "${hint}" >&2 && exit 1`;
  writeFileSync(file, `${JSON.stringify(manifest, null, 2)}\n`);
}

/**
 * Folder with the headers of the running Node, if it came with them.
 * @returns {string | undefined} undefined: node-gyp fetches them, into the project
 */
export function nodeHeaders(execPath = process.execPath, version = process.versions.node) {
  const prefix = dirname(dirname(execPath));
  try {
    const text = readFileSync(join(prefix, 'include', 'node', 'node_version.h'), 'utf8');
    const part = (name) => text.match(new RegExp(`define NODE_${name}_VERSION (\\d+)`))?.[1];
    return ['MAJOR', 'MINOR', 'PATCH'].map(part).join('.') === version ? prefix : undefined;
  } catch {
    return undefined;
  }
}

async function compile(run) {
  const headers = nodeHeaders();
  const { python } = choosePython();
  const env = {
    ...buildEnvironment(),
    npm_config_devdir: join(projectRoot, '.setup', 'node-gyp'),
    ...(python ? { npm_config_python: python.command } : {}),
    ...(headers ? { npm_config_nodedir: headers } : {}),
  };
  const gyp = join(projectRoot, 'node_modules', 'node-gyp', 'bin', 'node-gyp.js');
  await run(process.execPath, [gyp, 'rebuild', '-j', 'max'], { env, cwd: folder });
}

const works = (command) => spawnSync(command, ['--version'], { stdio: 'ignore' }).status === 0;

/** @type {import('./steps.mjs').Step} */
export const rclnodejsStep = {
  title: 'rclnodejs and messages',
  isCurrent: () => existsSync(join(folder, addon)) && isStamped(stamp, hashOf(inputs())),
  needs() {
    if (existsSync(storeFolder())) return [];
    // Before `npm ci` the prebuilts are not there to be tried; most of them want this C library.
    if (existsSync(folder) ? usablePrebuilt() : isAtLeast(PREBUILT_GLIBC)) return [];
    return compilerNeeds();
  },
  async work({ run }) {
    const store = storeFolder();
    if (!existsSync(join(store, 'complete'))) {
      rmSync(store, { recursive: true, force: true });
      await makeAddon(run);
      await generate(run);
      for (const part of [addon, 'generated', 'types']) {
        cpSync(join(folder, part), join(store, part), { recursive: true });
      }
      writeStamp(join(store, 'complete'), 'yes');
    } else {
      for (const part of readdirSync(store).filter((name) => name !== 'complete')) {
        cpSync(join(store, part), join(folder, part), { recursive: true });
      }
    }
    disarmRebuild();
    writeStamp(stamp, hashOf(inputs()));
  },
};

/** C library that the prebuilts for Ubuntu 24.04 need. */
const PREBUILT_GLIBC = [2, 38];

function isAtLeast([major, minor]) {
  const version = process.report.getReport().header.glibcVersionRuntime ?? '0.0';
  const [ownMajor, ownMinor] = version.split('.').map(Number);
  return ownMajor > major || (ownMajor === major && ownMinor >= minor);
}

/** What compiling needs and this system lacks. */
export function compilerNeeds(isThere = works) {
  const needs = [];
  if (!isThere(process.env.CXX ?? 'g++'))
    needs.push({ what: 'no C++ compiler', packages: ['g++'] });
  if (!isThere('make')) needs.push({ what: 'no make', packages: ['make'] });
  if (!isThere('python3')) needs.push({ what: 'no python3', packages: ['python3'] });
  return needs;
}

async function makeAddon(run) {
  const prebuilt = usablePrebuilt();
  if (prebuilt) {
    rmSync(join(folder, 'build'), { recursive: true, force: true });
    cpSync(prebuilt, join(folder, addon));
    return;
  }
  const needs = compilerNeeds();
  if (needs.length > 0) throw new SetupError(missingLine(needs));
  await compile(run);
}

function storeFolder() {
  return join(projectRoot, '.setup', 'store', `rclnodejs-${hashOf(inputs())}`);
}

async function generate(run) {
  rmSync(join(folder, 'generated'), { recursive: true, force: true });
  mkdirSync(join(folder, 'generated'), { recursive: true });
  const script = join('scripts', 'generate_messages.cjs');
  const output = await run(process.execPath, [script], { env: buildEnvironment(), cwd: folder });
  // The script ends with 0 when it fails, too.
  if (!output.includes('Generation complete')) {
    throw new SetupError(`rclnodejs could not generate its messages:\n${output.trimEnd()}`);
  }
}
