/** Without ROS 2 the room says so in a line, instead of failing somewhere in rclnodejs. */
import { spawnSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { expect, it, vi } from 'vitest';

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

it('is the only place that imports rclnodejs', () => {
  const root = fileURLToPath(new URL('../..', import.meta.url));
  const found = spawnSync('grep', ['-rlE', "(from|import\\()\\s*'rclnodejs'", 'src'], {
    cwd: root,
  });
  expect(found.stdout.toString().trim()).toBe('src/ros/rcl.ts');
});
