// The environment in which a process can load ROS 2: the sourced one, else that of the wheels in
// .ros/. The dynamic linker reads LD_LIBRARY_PATH when a process starts, so whoever starts a node
// (bin/sinew.mjs, the tests) sets this first; children inherit it.
// As a command it prints the environment: `eval "$(node scripts/ros_env.mjs)"`.
import { existsSync, readdirSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { projectRoot } from './setup/stamp.mjs';

/** The distribution that the wheels are of. */
export const WHEEL_DISTRO = 'kilted';

/** Distributions older than ROS_AUTOMATIC_DISCOVERY_RANGE (Iron and up have it). */
const LOCALHOST_ONLY_DISTROS = new Set(['foxy', 'galactic', 'humble']);

/** Distributions with Fast DDS 2, which reads the profile's path from another variable. */
const FAST_DDS_2_DISTROS = new Set(['foxy', 'galactic', 'humble', 'iron', 'jazzy']);

/** @returns {string} folder of the wheels' virtual environment */
export function wheelPrefix(root = projectRoot) {
  return join(root, '.ros');
}

/** Sets of messages that the wheels lack; scripts/message_packages.mjs makes them. */
const MESSAGE_SETS = ['ros2_control', 'ros_gz'];

/** @returns {string} where a set of messages is put */
export function messagePrefix(set, root = projectRoot) {
  return join(root, '.setup', set);
}

/** Folders with shared libraries of the wheels: the prefix's lib, then what each wheel brought. */
function wheelLibraryFolders(prefix) {
  const lib = join(prefix, 'lib');
  if (!existsSync(lib)) return [];
  const bundled = readdirSync(lib)
    .filter((name) => /^python3\.\d+$/.test(name))
    .map((name) => join(lib, name, 'site-packages'))
    .filter((packages) => existsSync(packages))
    .flatMap((packages) =>
      readdirSync(packages)
        .filter((name) => /^ros_.*\.libs$/.test(name))
        .sort()
        .map((name) => join(packages, name)),
    );
  return [lib, ...bundled];
}

/** Puts `folders` before what a path variable holds, each folder once. */
function prepend(folders, value = '') {
  return [...new Set([...folders, ...value.split(delimiter).filter(Boolean)])].join(delimiter);
}

/**
 * Says which ROS 2 the project runs on.
 * @param {NodeJS.ProcessEnv} env
 * @param {string} root project folder
 * @returns {{kind: 'sourced' | 'wheels', distro: string, prefixes: string[]}}
 *   `prefixes` are ament prefixes, the first one wins
 */
export function chooseRos(env = process.env, root = projectRoot) {
  const prefix = wheelPrefix(root);
  const prefixes = (env.AMENT_PREFIX_PATH ?? '').split(delimiter).filter(Boolean);
  if (env.ROS_DISTRO && prefixes.length > 0 && !prefixes.includes(prefix)) {
    return { kind: 'sourced', distro: env.ROS_DISTRO, prefixes };
  }
  return { kind: 'wheels', distro: WHEEL_DISTRO, prefixes: [prefix] };
}

/** Where Fast DDS finds its profile and how far discovery reaches, unless the user has said so. */
function ddsVariables(distro, env, root) {
  const variables = {};
  if (!env.FASTDDS_DEFAULT_PROFILES_FILE && !env.FASTRTPS_DEFAULT_PROFILES_FILE) {
    const prefix = FAST_DDS_2_DISTROS.has(distro) ? 'FASTRTPS' : 'FASTDDS';
    variables[`${prefix}_DEFAULT_PROFILES_FILE`] = join(root, 'config', 'fastdds.xml');
  }
  if (!env.ROS_AUTOMATIC_DISCOVERY_RANGE && !env.ROS_LOCALHOST_ONLY) {
    if (LOCALHOST_ONLY_DISTROS.has(distro)) variables.ROS_LOCALHOST_ONLY = '1';
    else variables.ROS_AUTOMATIC_DISCOVERY_RANGE = 'LOCALHOST';
  }
  return variables;
}

/**
 * The variables to set over `env` before a process that speaks ROS 2 starts.
 * @param {NodeJS.ProcessEnv} env
 * @param {string} root project folder
 * @returns {Record<string, string>}
 */
export function rosVariables(env = process.env, root = projectRoot) {
  const ros = chooseRos(env, root);
  const dds = ddsVariables(ros.distro, env, root);
  if (ros.kind === 'sourced') return dds;
  const prefix = wheelPrefix(root);
  const more = MESSAGE_SETS.map((set) => messagePrefix(set, root)).filter((folder) =>
    existsSync(join(folder, 'stamp')),
  );
  return {
    ...dds,
    AMENT_PREFIX_PATH: [...more, prefix].join(delimiter),
    ROS_DISTRO: WHEEL_DISTRO,
    ROS_VERSION: '2',
    LD_LIBRARY_PATH: prepend(
      [...more.map((folder) => join(folder, 'lib')), ...wheelLibraryFolders(prefix)],
      env.LD_LIBRARY_PATH,
    ),
    // Whoever asks for python3 wants the one that has rclpy.
    PATH: prepend([join(prefix, 'bin')], env.PATH),
    RMW_IMPLEMENTATION: env.RMW_IMPLEMENTATION ?? 'rmw_fastrtps_cpp',
    ROS_LOG_DIR: env.ROS_LOG_DIR ?? join(prefix, 'log'),
  };
}

/** @returns {NodeJS.ProcessEnv} `env` with the ROS 2 variables set */
export function rosEnvironment(env = process.env, root = projectRoot) {
  return { ...env, ...rosVariables(env, root) };
}

/** Variables as lines that a POSIX shell can source; what the user set meanwhile is not kept. */
export function shellExports(variables) {
  const quote = (value) => `'${value.replaceAll("'", `'\\''`)}'`;
  return Object.entries(variables)
    .map(([name, value]) => `export ${name}=${quote(value)}\n`)
    .join('');
}

if (process.argv[1] && import.meta.url === pathToFileURL(process.argv[1]).href) {
  process.stdout.write(shellExports(rosVariables()));
}
