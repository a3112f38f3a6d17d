/** Doctor: is there room in /dev/shm for the DDS segments of all processes? */
import { accessSync, constants, statfsSync } from 'node:fs';
import type { Finding, Probe } from './probe.js';

const FOLDER = '/dev/shm';
const MIB = 2 ** 20;
/** Simulator, policy, controller, supervisor and two more, 16 MiB each. */
const WANTED_MIB = 96;

/** @param free MiB that this process may use */
export function judgeSharedMemory(free: number): Finding {
  const detail = `${FOLDER} has ${Math.round(free)} MiB free`;
  if (free >= WANTED_MIB) return { ok: true, detail };
  const cure = `sudo mount -o remount,size=1G ${FOLDER}; in a container: --shm-size=1g`;
  return { ok: false, detail: `${detail}, wanted ${WANTED_MIB}`, cure };
}

function run(): Finding {
  try {
    accessSync(FOLDER, constants.R_OK | constants.W_OK);
  } catch {
    const cure = `sudo chmod 1777 ${FOLDER}`;
    return { ok: false, detail: `${FOLDER} cannot be written`, cure };
  }
  const { bavail, bsize } = statfsSync(FOLDER);
  return judgeSharedMemory((bavail * bsize) / MIB);
}

export const sharedMemoryProbe: Probe = { name: 'shared memory', essential: true, run };
