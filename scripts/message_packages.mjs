// Makes message packages that a ROS 2 lacks (the wheels bring few), by ROS 2's own generators, from the
// definitions in interfaces/. Each set goes into a folder of .setup/, which scripts/ros_env.mjs adds to
// the environment once it is there; needs a C++ compiler.
import { execFile } from 'node:child_process';
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { chooseRos, messagePrefix, rosEnvironment, wheelPrefix } from './ros_env.mjs';
import { hashOf, isStamped, projectRoot, writeStamp } from './setup/stamp.mjs';

const run = promisify(execFile);
/**
 * @typedef {object} MessageSet
 * @property {string} name folder below .setup/
 * @property {string[]} packages in the order in which they build on each other
 */

const LIBRARIES = [
  'generator_c',
  'typesupport_introspection_c',
  'typesupport_fastrtps_c',
  'typesupport_c',
];
/** Counts up when this file builds otherwise. */
const RECIPE = 1;

const generated = join(projectRoot, 'node_modules', 'rclnodejs', 'generated');

function sourceFiles(folder) {
  return readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath ?? entry.path, entry.name))
    .sort();
}

/** Compiles one library of a package. */
async function compile(prefix, ros, name, library) {
  const folder = join(prefix, 'src', library, name);
  const sources = sourceFiles(folder).filter((file) => /\.(c|cpp)$/.test(file));
  const roots = [join(ros, 'include')];
  const includes = [
    ...LIBRARIES.map((part) => join(prefix, 'src', part)),
    ...roots.flatMap((root) => [root, ...readdirSync(root).map((entry) => join(root, entry))]),
  ].flatMap((path) => ['-I', path]);
  const objects = [];
  for (const source of sources) {
    const object = `${source}.o`;
    const compiler = source.endsWith('.cpp') ? ['g++', '-std=c++17'] : ['gcc', '-std=c11'];
    const [command, ...flags] = compiler;
    await run(command, [...flags, '-O1', '-fPIC', '-w', ...includes, '-c', source, '-o', object]);
    objects.push(object);
  }
  const file = join(prefix, 'lib', `lib${name}__rosidl_${library}.so`);
  await run('g++', ['-shared', '-Wl,-z,lazy', '-o', file, ...objects]);
}

/** Links a library anew, now that the ones that it needs are there. */
async function link(prefix, ros, packages, name, library) {
  const lib = join(prefix, 'lib');
  const objects = sourceFiles(join(prefix, 'src', library, name)).filter((f) => f.endsWith('.o'));
  const file = join(lib, `lib${name}__rosidl_${library}.so`);
  const own = packages.map((part) => `-l${part}__rosidl_generator_c`);
  const ownSupport = packages.map((part) => `-l${part}__rosidl_${library}`);
  const others = readdirSync(join(ros, 'lib'))
    .filter((entry) =>
      new RegExp(`_(msgs|interfaces)__rosidl_(generator_c|${library})\\.so$`).test(entry),
    )
    .map((entry) => `-l${entry.slice(3, -3)}`);
  const needs = [...(library === 'generator_c' ? [] : [...own, ...ownSupport]), ...others];
  const runtime = [
    '-lrosidl_runtime_c',
    '-lrosidl_typesupport_c',
    '-lrosidl_typesupport_introspection_c',
    '-lrosidl_typesupport_fastrtps_c',
    '-lrosidl_typesupport_fastrtps_cpp',
    '-lfastcdr',
    '-lrcutils',
  ];
  const self = `-l${name}__rosidl_${library}`;
  const flags = [
    '-L',
    lib,
    '-L',
    join(ros, 'lib'),
    '-Wl,--as-needed',
    '-Wl,--allow-shlib-undefined',
  ];
  await run('g++', [
    ...['-shared', '-o', file, ...objects, ...flags],
    ...needs.filter((entry) => entry !== self),
    ...runtime,
  ]);
}

/** Whether this ROS 2 has all the packages, or they have been made. */
function known(packages) {
  const ros = chooseRos();
  if (ros.kind === 'wheels') return false;
  return packages.every((name) => ros.prefixes.some((p) => existsSync(join(p, 'share', name))));
}

/** Installs what the generators need into a folder of its own, pinned by hash; its path. */
async function installGenerators(wheels, prefix) {
  const folder = join(prefix, 'generators');
  const lock = join(projectRoot, 'scripts', 'ros2_control', 'generators.lock');
  const pip = ['-m', 'pip', 'install', '--quiet', '--no-deps', '--require-hashes'];
  await run(join(wheels, 'bin', 'python'), [...pip, '--target', folder, '-r', lock]);
  return folder;
}

/**
 * Makes the packages, unless they are there already.
 * @param {MessageSet} set
 * @param {(line: string) => void} log
 */
export async function makeMessages({ name: set, packages }, log = () => {}) {
  if (known(packages)) return;
  const ros = chooseRos();
  if (ros.kind !== 'wheels') {
    throw new Error(
      `this ROS 2 lacks ${packages.join(' and ')}: install ${packages
        .map((name) => `ros-${ros.distro}-${name.replaceAll('_', '-')}`)
        .join(' and ')}, then run npm run setup`,
    );
  }
  const prefix = messagePrefix(set);
  const wheels = wheelPrefix();
  const folder = join(projectRoot, 'interfaces');
  const script = join(projectRoot, 'scripts', 'ros2_control', 'generate.py');
  const sources = packages.flatMap((name) => sourceFiles(join(folder, name)));
  const inputs = [script, ...sources].map((file) => readFileSync(file, 'utf8'));
  const hash = hashOf([RECIPE, prefix, readFileSync(join(wheels, 'setup.stamp'), 'utf8'), inputs]);
  const stamp = join(prefix, 'stamp');
  if (!isStamped(stamp, hash)) {
    rmSync(prefix, { recursive: true, force: true });
    mkdirSync(join(prefix, 'lib'), { recursive: true });
    log('installing the generators');
    const env = { ...rosEnvironment(), PYTHONPATH: await installGenerators(wheels, prefix) };
    const shares = [join(wheels, 'share'), join(prefix, 'share')];
    for (const name of packages) {
      log(`generating ${name}`);
      const args = [script, name, join(folder, name), prefix, ...shares];
      await run(join(wheels, 'bin', 'python'), args, { env });
      log(`compiling ${name}`);
      for (const library of LIBRARIES) await compile(prefix, wheels, name, library);
    }
    for (const name of packages) {
      for (const library of LIBRARIES) await link(prefix, wheels, packages, name, library);
    }
    for (const part of ['src', 'generators']) rmSync(join(prefix, part), { recursive: true });
    writeStamp(stamp, hash);
  }
  if (isStamped(join(generated, `${set}.stamp`), hash)) return;
  log('generating JavaScript');
  for (const name of packages) rmSync(join(generated, name), { recursive: true, force: true });
  const index = join(projectRoot, 'node_modules', 'rclnodejs', 'rosidl_gen', 'index.cjs');
  const program = `require(${JSON.stringify(index)}).generateInPath(${JSON.stringify(prefix)})`;
  await run(process.execPath, ['-e', program], { env: rosEnvironment() });
  writeStamp(join(generated, `${set}.stamp`), hash);
}

/** Runs {@link makeMessages} as a command. */
export async function makeMessagesCommand(set) {
  try {
    await makeMessages(set, (line) => console.log(line));
  } catch (error) {
    console.error(`${set.name}: ${error.message.split('\n').slice(0, 30).join('\n')}`);
    process.exitCode = 1;
  }
}
