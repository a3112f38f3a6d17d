// Shell wrappers that start programs unpacked into a folder by that folder's own loader and
// libraries. They find the folder from where they lie, so it may be moved or shared.
import { chmodSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';

const TRIPLE = 'x86_64-linux-gnu';
const LIBRARIES = [`lib/${TRIPLE}`, `usr/lib/${TRIPLE}`, 'usr/lib', 'lib'];
const PRIVATE = [
  `usr/lib/${TRIPLE}/gazebo-11/plugins`,
  `usr/lib/${TRIPLE}/OGRE-1.9.0`,
  `usr/lib/${TRIPLE}/dri`,
  `usr/lib/${TRIPLE}/blas`,
  `usr/lib/${TRIPLE}/lapack`,
  `usr/lib/${TRIPLE}/pulseaudio`,
];

/** Environment of Gazebo Classic: all it looks for in the folder, nothing from the network. */
const CLASSIC_ENV = `share="$root/usr/share/gazebo-11"
export GAZEBO_RESOURCE_PATH="\${GAZEBO_RESOURCE_PATH:+$GAZEBO_RESOURCE_PATH:}$share"
export GAZEBO_PLUGIN_PATH="\${GAZEBO_PLUGIN_PATH:+$GAZEBO_PLUGIN_PATH:}$root/usr/lib/${TRIPLE}/gazebo-11/plugins"
export GAZEBO_MODEL_PATH="\${GAZEBO_MODEL_PATH:+$GAZEBO_MODEL_PATH:}$share/models"
export GAZEBO_MODEL_DATABASE_URI=
export OGRE_RESOURCE_PATH="$root/usr/lib/${TRIPLE}/OGRE-1.9.0"
export LIBGL_DRIVERS_PATH="$root/usr/lib/${TRIPLE}/dri"
export LIBGL_ALWAYS_SOFTWARE=1
export SDF_PATH="$root/usr/share/sdformat9/1.7"
export QT_QPA_PLATFORM=offscreen
`;

function writeScript(file, body) {
  mkdirSync(dirname(file), { recursive: true });
  writeFileSync(file, `#!/bin/sh\n${body}`);
  chmodSync(file, 0o755);
}

/**
 * Text that runs a program of the folder.
 * @param {string} root the unpacked suite's folder, as the wrapper's folder sees it
 * @param {string} program path below `root`
 * @param {{environment?: string, args?: string}} options
 */
function launchText(root, program, { environment = '', args = '' } = {}) {
  const path = [...LIBRARIES, ...PRIVATE].map((folder) => `$root/${folder}`).join(':');
  return `here=$(dirname "$(readlink -f "$0")")
root=$(readlink -f "$here/${root}")
${environment}exec "$root/lib/${TRIPLE}/ld-linux-x86-64.so.2" --library-path "${path}" "$root/${program}" ${args}"$@"
`;
}

/**
 * Writes bin/gzserver, bin/gz, bin/Xvfb of Gazebo Classic.
 * @param {string} prefix folder of the installation; the suite lies in `prefix`/bullseye
 */
export function writeClassicWrappers(prefix) {
  const root = '../bullseye';
  const bin = join(prefix, 'bin');
  const launch = (program, options) => launchText(root, program, options);
  writeScript(
    join(bin, 'gzserver'),
    launch('usr/bin/gzserver-11.1.0', { environment: CLASSIC_ENV }),
  );
  writeScript(join(bin, 'gz'), launch('usr/bin/gz-11.1.0', { environment: CLASSIC_ENV }));
  // Xvfb calls its keymap compiler by a path that is built in; the copy calls xkbcomp in the folder
  // it is started in, which is `bin`, where the next wrapper is.
  const suite = join(prefix, 'bullseye');
  const binary = readFileSync(join(suite, 'usr/bin/Xvfb'));
  const builtIn = Buffer.from('/usr/bin\0', 'latin1');
  const local = Buffer.from('.\0\0\0\0\0\0\0\0', 'latin1');
  for (let at = binary.indexOf(builtIn); at >= 0; at = binary.indexOf(builtIn, at + 1)) {
    if (binary[at - 1] === 0) local.copy(binary, at);
  }
  writeFileSync(join(suite, 'usr/bin/Xvfb.local'), binary, { mode: 0o755 });
  const environment = `${CLASSIC_ENV}cd "$here" || exit 1\n`;
  const args = '-xkbdir "$root/usr/share/X11/xkb" ';
  writeScript(join(bin, 'Xvfb'), launch('usr/bin/Xvfb.local', { environment, args }));
  writeScript(join(bin, 'xkbcomp'), launch('usr/bin/xkbcomp'));
}

/**
 * Writes bin/ign-transport-topic and bin/ign-transport-service.
 * @param {string} prefix folder of the installation; the suite lies in `prefix`/bookworm
 */
export function writeTransportWrappers(prefix) {
  for (const name of ['topic', 'service']) {
    const program = `usr/libexec/ignition/transport11/ign-transport-${name}`;
    const text = launchText('../bookworm', program);
    writeScript(join(prefix, 'bin', `ign-transport-${name}`), text);
  }
}
