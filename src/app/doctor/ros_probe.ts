/** Doctor: which ROS 2 this process sees, and whether the chosen RMW is part of it. */
import { existsSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import type { Finding, Probe } from './probe.js';

/** RMW that ROS 2 takes when none is named. */
export const DEFAULT_RMW = 'rmw_fastrtps_cpp';

/** Distributions that rclnodejs supports. */
const DISTROS = ['humble', 'jazzy', 'kilted', 'lyrical', 'rolling'];

const START = 'start by `npx sinew`, or source the setup.bash of your ROS 2';

/** Judges the ROS 2 that `env` describes. */
export function judgeRos(env: NodeJS.ProcessEnv, exists = existsSync): Finding {
  const distro = env['ROS_DISTRO'];
  const prefixes = (env['AMENT_PREFIX_PATH'] ?? '').split(delimiter).filter(Boolean);
  if (!distro || prefixes.length === 0) {
    return { ok: false, detail: 'no ROS 2 in the environment', cure: START };
  }
  if (!DISTROS.includes(distro)) {
    return { ok: false, detail: `${distro} is not supported`, cure: `use ${DISTROS.join(', ')}` };
  }
  if (!prefixes.some((prefix) => exists(join(prefix, 'lib', 'librcl.so')))) {
    const cure = 'npm run setup';
    return { ok: false, detail: `${distro}: no librcl.so below ${prefixes.join(', ')}`, cure };
  }
  const rmw = env['RMW_IMPLEMENTATION'] || DEFAULT_RMW;
  if (!prefixes.some((prefix) => exists(join(prefix, 'lib', `lib${rmw}.so`)))) {
    const package_ = `ros-${distro}-${rmw.replaceAll('_', '-')}`;
    const cure = `sudo apt install ${package_}, or unset RMW_IMPLEMENTATION`;
    return { ok: false, detail: `${distro}, but ${rmw} is not installed`, cure };
  }
  const range = env['ROS_AUTOMATIC_DISCOVERY_RANGE'] ?? 'default';
  return { ok: true, detail: `${distro}, ${rmw}, discovery ${range.toLowerCase()}` };
}

export const rosProbe: Probe = {
  name: 'ROS 2 and RMW',
  essential: true,
  run: () => judgeRos(process.env),
};
