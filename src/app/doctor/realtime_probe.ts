/** Doctor: may the controller take a real-time priority? Without it a busy computer delays the tick. */
import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import type { Finding, Probe } from './probe.js';

/** SCHED_FIFO priority that the controller takes. */
const PRIORITY = 50;

const CURE =
  `echo "$USER - rtprio ${PRIORITY + 10}" | sudo tee /etc/security/limits.d/sinew.conf, ` +
  'then log in again; in a container: --cap-add=SYS_NICE';

/** Soft limit of real-time priority in a text like /proc/self/limits; 0 if it has none. */
export function priorityLimit(limits: string): number {
  const value = limits.match(/^Max realtime priority\s+(\S+)/m)?.[1];
  return value === 'unlimited' ? 99 : Number(value ?? 0);
}

function run(): Finding {
  const tried = spawnSync('chrt', ['-f', String(PRIORITY), 'true'], { stdio: 'ignore' });
  if (tried.status === 0) return { ok: true, detail: `SCHED_FIFO ${PRIORITY} permitted` };
  const limit = priorityLimit(readFileSync('/proc/self/limits', 'utf8'));
  if (tried.error) {
    const detail = `chrt is missing, so no process can be given a priority (limit ${limit})`;
    return { ok: false, detail, cure: 'sudo apt install util-linux' };
  }
  const detail = `SCHED_FIFO ${PRIORITY} not permitted (limit ${limit}): the tick may come late`;
  return { ok: false, detail, cure: CURE };
}

export const realtimeProbe: Probe = { name: 'real-time', essential: false, run };
