// The environment that ROS 2 loads in, and the launcher that starts sinew in it.
import { spawn, spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
// @ts-expect-error plain JavaScript, which runs before TypeScript is there
import { chooseRos, rosVariables, shellExports } from '../../scripts/ros_env.mjs';
// @ts-expect-error
import { projectRoot } from '../../scripts/setup/stamp.mjs';

let root: string;
beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'sinew-env-'));
});
afterEach(() => rmSync(root, { recursive: true }));

const sourced = (distro: string) => ({
  ROS_DISTRO: distro,
  AMENT_PREFIX_PATH: `/ws/install:/opt/ros/${distro}`,
});

test('a sourced ROS 2 is used, and its own variables stay', () => {
  const ros = chooseRos(sourced('jazzy'), root);
  expect(ros).toEqual({
    kind: 'sourced',
    distro: 'jazzy',
    prefixes: ['/ws/install', '/opt/ros/jazzy'],
  });
  const variables = rosVariables(sourced('jazzy'), root);
  expect(variables).not.toHaveProperty('LD_LIBRARY_PATH');
  expect(variables).not.toHaveProperty('AMENT_PREFIX_PATH');
});

test('without one the wheels are used, with the libraries that each of them brought', () => {
  const packages = join(root, '.ros', 'lib', 'python3.12', 'site-packages');
  mkdirSync(join(packages, 'ros_rcl.libs'), { recursive: true });
  mkdirSync(join(packages, 'numpy.libs'));
  const variables = rosVariables({ LD_LIBRARY_PATH: '/mine' }, root);
  expect(variables.LD_LIBRARY_PATH).toBe(
    [join(root, '.ros', 'lib'), join(packages, 'ros_rcl.libs'), '/mine'].join(':'),
  );
  expect(variables.AMENT_PREFIX_PATH).toBe(join(root, '.ros'));
  expect(variables.RMW_IMPLEMENTATION).toBe('rmw_fastrtps_cpp');
});

test('its own environment is not mistaken for a sourced ROS 2', () => {
  const once = rosVariables({}, root);
  expect(chooseRos(once, root).kind).toBe('wheels');
  expect({ ...once, ...rosVariables(once, root) }).toEqual(once);
});

test('discovery stays on this computer and the shipped profile is used, unless the user says otherwise', () => {
  const profile = join(root, 'config', 'fastdds.xml');
  expect(rosVariables({}, root)).toMatchObject({
    FASTDDS_DEFAULT_PROFILES_FILE: profile,
    ROS_AUTOMATIC_DISCOVERY_RANGE: 'LOCALHOST',
  });
  const own = {
    FASTDDS_DEFAULT_PROFILES_FILE: '/own.xml',
    ROS_AUTOMATIC_DISCOVERY_RANGE: 'SUBNET',
    RMW_IMPLEMENTATION: 'rmw_zenoh_cpp',
  };
  expect({ ...own, ...rosVariables(own, root) }).toMatchObject(own);
});

test('older distributions get the names that they read', () => {
  const humble = rosVariables(sourced('humble'), root);
  expect(humble.ROS_LOCALHOST_ONLY).toBe('1');
  expect(humble).not.toHaveProperty('ROS_AUTOMATIC_DISCOVERY_RANGE');
  const profile = 'FASTRTPS_DEFAULT_PROFILES_FILE';
  expect(humble).toHaveProperty(profile);
  expect(rosVariables(sourced('jazzy'), root)).toHaveProperty(profile);
  expect(rosVariables(sourced('kilted'), root)).not.toHaveProperty(profile);
});

test('a shell reads the exports back as they were', () => {
  const text = shellExports({ ODD: `it's "a" $HOME \\ b` });
  const { stdout } = spawnSync('sh', ['-c', `${text}printf %s "$ODD"`], { encoding: 'utf8' });
  expect(stdout).toBe(`it's "a" $HOME \\ b`);
});

/** Lays out a project whose main program is `code`, with the real launcher. */
function projectWith(code: string): string {
  const main = join(root, 'dist', 'app');
  mkdirSync(main, { recursive: true });
  for (const folder of ['bin', 'scripts']) {
    spawnSync('cp', ['-r', join(projectRoot, folder), root]);
  }
  writeFileSync(join(root, 'package.json'), '{"type":"module"}');
  writeFileSync(join(main, 'main.js'), code);
  writeFileSync(join(root, 'dist', 'setup.stamp'), '');
  return join(root, 'bin', 'sinew.mjs');
}

test('the launcher passes arguments, environment and exit code', () => {
  const launcher = projectWith(
    'console.log(process.argv.slice(2).join(), process.env.ROS_DISTRO); process.exit(3);',
  );
  const env = { PATH: process.env['PATH'] };
  const { stdout, status } = spawnSync(process.execPath, [launcher, 'up', '--x'], {
    encoding: 'utf8',
    env,
  });
  expect(stdout).toBe('up,--x kilted\n');
  expect(status).toBe(3);
});

test('the launcher hands SIGTERM on and ends with the child', async () => {
  const launcher = projectWith(
    "process.on('SIGTERM', () => process.exit(7)); setInterval(() => {}, 1000); console.log('up');",
  );
  const child = spawn(process.execPath, [launcher], { stdio: ['ignore', 'pipe', 'inherit'] });
  child.stdout.once('data', () => child.kill('SIGTERM'));
  const code = await new Promise((resolve) => child.once('exit', resolve));
  expect(code).toBe(7);
});

test('the launcher asks for the set-up when nothing is built', () => {
  const launcher = projectWith('');
  rmSync(join(root, 'dist', 'setup.stamp'));
  const { stderr, status } = spawnSync(process.execPath, [launcher], { encoding: 'utf8' });
  expect(status).toBe(1);
  expect(stderr).toContain('npm run setup');
});
