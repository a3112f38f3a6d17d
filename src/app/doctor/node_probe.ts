/** Doctor: is this Node new enough? */
import type { Finding, Probe } from './probe.js';

const OLDEST_MAJOR = 20;

/** @param version such as `20.11.0` */
export function judgeNode(version: string): Finding {
  const ok = Number(version.split('.')[0]) >= OLDEST_MAJOR;
  const cure = `install Node ${OLDEST_MAJOR} or newer`;
  return ok ? { ok, detail: version } : { ok, detail: `${version} is too old`, cure };
}

export const nodeProbe: Probe = {
  name: 'Node',
  essential: true,
  run: () => judgeNode(process.versions.node),
};
