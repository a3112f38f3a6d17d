/** Without ROS 2 the room says so in a line, instead of failing somewhere in rclnodejs. */
import { spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, it, vi } from 'vitest';
import { loadNative } from '../../src/ros/rcl_native.js';

it.each(['ROS_DISTRO', 'AMENT_PREFIX_PATH'])(
  'says what to run when %s is not set',
  async (name) => {
    vi.resetModules();
    vi.stubEnv('ROS_DISTRO', 'kilted');
    vi.stubEnv('AMENT_PREFIX_PATH', '/nowhere');
    vi.stubEnv(name, undefined);
    const { RosNode } = await import('../../src/ros/ros_node.js');
    await expect(RosNode.create({ name: 'x' })).rejects.toThrow(
      `ROS 2 is not in the environment (${name} is not set); run "npm run setup"`,
    );
    vi.unstubAllEnvs();
  },
);

it('gives the reason of the linker when the native part does not load, and builds nothing', () => {
  const folder = mkdtempSync(join(tmpdir(), 'sinew-rcl-'));
  try {
    expect(() => loadNative(folder)).toThrow(/^rclnodejs is not built; run "npm run setup"/);
    mkdirSync(join(folder, 'build', 'Release'), { recursive: true });
    writeFileSync(join(folder, 'build', 'Release', 'rclnodejs.node'), 'not a library');
    expect(() => loadNative(folder)).toThrow(/^rclnodejs does not load: .*(file too short|ELF)/);
  } finally {
    rmSync(folder, { recursive: true });
  }
});

it('is the only place that imports rclnodejs', () => {
  const root = fileURLToPath(new URL('../..', import.meta.url));
  const found = spawnSync('grep', ['-rlE', "(from|import\\()\\s*'rclnodejs'", 'src'], {
    cwd: root,
  });
  expect(found.stdout.toString().trim()).toBe('src/ros/rcl.ts');
});
