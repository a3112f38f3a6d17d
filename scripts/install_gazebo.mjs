#!/usr/bin/env node
// Installs a real Gazebo into a folder from Debian packages alone: Gazebo Classic 11 with a virtual
// display (suite bullseye), and the command-line peers of gz-transport 11 (suite bookworm). No root;
// 270 MB to download, once. Prints the folder: its bin/ has gzserver, Xvfb, ign-transport-topic, …
//
//   node scripts/install_gazebo.mjs           into .setup/gazebo
//   SINEW_GAZEBO=/opt/gazebo node scripts/install_gazebo.mjs
import { rmSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import { unpackSuite } from './gazebo/apt_root.mjs';
import { writeClassicWrappers, writeTransportWrappers } from './gazebo/wrappers.mjs';
import { Progress, SetupError } from './setup/progress.mjs';
import { hashOf, isStamped, projectRoot, writeStamp } from './setup/stamp.mjs';

const CLASSIC = {
  suite: 'bullseye',
  packages: ['gazebo', 'gazebo-plugin-base', 'libgl1-mesa-dri', 'xvfb'],
};
const TRANSPORT = {
  suite: 'bookworm',
  packages: ['ignition-transport-cli'],
};
/** Raised when the layout of the folder changes. */
const LAYOUT = 1;

/** @returns {string} folder of the installation, there or not */
export function gazeboFolder(env = process.env) {
  return resolve(env.SINEW_GAZEBO || join(projectRoot, '.setup', 'gazebo'));
}

/**
 * Installs what is missing.
 * @returns {Promise<string>} the folder
 */
export async function installGazebo(prefix = gazeboFolder()) {
  const missing = [CLASSIC, TRANSPORT].filter(
    (part) => !isStamped(join(prefix, `${part.suite}.stamp`), hashOf([LAYOUT, part])),
  );
  const progress = new Progress(missing.length);
  for (const part of missing) {
    const { suite, packages } = part;
    const title = `${packages[0]} and what it needs, of Debian ${suite}`;
    await progress.step(title, async ({ run }) => {
      const target = join(prefix, suite);
      const folder = join(prefix, `${suite}.apt`);
      rmSync(target, { recursive: true, force: true });
      await unpackSuite({ run, folder, suite, packages, target });
      rmSync(folder, { recursive: true, force: true });
      writeStamp(join(prefix, `${suite}.stamp`), hashOf([LAYOUT, part]));
    });
  }
  writeClassicWrappers(prefix);
  writeTransportWrappers(prefix);
  return prefix;
}

if (process.argv[1] && import.meta.url === pathToFileURL(process.argv[1]).href) {
  try {
    console.log(await installGazebo());
  } catch (error) {
    if (!(error instanceof SetupError)) throw error;
    console.error(error.message);
    process.exitCode = 1;
  }
}
