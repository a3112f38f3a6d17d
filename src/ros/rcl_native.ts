/**
 * Tries rclnodejs's native part before rclnodejs does: when it does not load, rclnodejs would wipe
 * and rebuild it, under the feet of every other process, and hide the reason.
 */
import { existsSync, readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { errorLine, SinewError } from '../core/error.js';

const require = createRequire(import.meta.url);

/**
 * Loads the addon that rclnodejs will then find loaded: a prebuilt for this system, or the built
 * one.
 *
 * @param folder rclnodejs's; default: the installed one
 * @throws SinewError with the linker's reason when neither is there or loads
 */
export function loadNative(folder = dirname(require.resolve('rclnodejs/package.json'))): void {
  const built = join(folder, 'build', 'Release', 'rclnodejs.node');
  const prebuilt = join(folder, 'prebuilds', `linux-${process.arch}`, prebuiltName());
  let reason = 'rclnodejs is not built';
  for (const file of [prebuilt, built]) {
    if (!existsSync(file)) continue;
    try {
      require(file);
      return;
    } catch (error) {
      reason = `rclnodejs does not load: ${errorLine(error)}`;
    }
  }
  throw new SinewError(reason, {
    cure: 'run "npm run setup", then "npx sinew doctor" names what is missing',
  });
}

/** The name under which rclnodejs ships its binary for this ROS and this Ubuntu. */
function prebuiltName(): string {
  let codename = '';
  try {
    const release = readFileSync('/etc/os-release', 'utf8');
    codename = /^VERSION_CODENAME=(.*)$/m.exec(release)?.[1]?.trim() ?? '';
  } catch {
    // Not a system that it has a prebuilt for.
  }
  return `${process.env.ROS_DISTRO}-${codename}-${process.arch}-node-rclnodejs.node`;
}
