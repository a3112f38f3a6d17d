/** Doctor: may this user open the serial ports that servo buses hang on? */
import { accessSync, constants, readdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import type { Finding, Probe } from './probe.js';

const PORT = /^tty(ACM|USB|AMA|THS)\d+$/;
const CURE = 'sudo usermod -aG dialout $USER, then log in again';

/** What the judgement needs of this system. */
export interface SerialFacts {
  /** Paths of serial ports. */
  readonly ports: readonly string[];
  /** Those that can be read and written. */
  readonly open: readonly string[];
  /** Whether a port plugged in later could be opened. */
  readonly member: boolean;
}

export function judgeSerial({ ports, open, member }: SerialFacts): Finding {
  const closed = ports.filter((port) => !open.includes(port));
  if (closed.length > 0)
    return { ok: false, detail: `no permission for ${closed.join(', ')}`, cure: CURE };
  if (ports.length > 0) return { ok: true, detail: ports.join(', ') };
  if (member) return { ok: true, detail: 'permitted; no serial port is plugged in' };
  return { ok: false, detail: 'user is not in the group dialout', cure: CURE };
}

/** Number of the group that owns serial ports on Debian and Ubuntu. */
export function dialoutGroup(groupFile: string): number | undefined {
  const id = groupFile.match(/^dialout:[^:]*:(\d+):/m)?.[1];
  return id === undefined ? undefined : Number(id);
}

function canOpen(path: string): boolean {
  try {
    accessSync(path, constants.R_OK | constants.W_OK);
    return statSync(path).isCharacterDevice();
  } catch {
    return false;
  }
}

function run(): Finding {
  const ports = readdirSync('/dev')
    .filter((name) => PORT.test(name))
    .map((name) => join('/dev', name));
  const group = dialoutGroup(readFileSync('/etc/group', 'utf8'));
  const root = process.getuid?.() === 0;
  const member = root || (group !== undefined && (process.getgroups?.() ?? []).includes(group));
  return judgeSerial({ ports, open: ports.filter(canOpen), member });
}

export const serialProbe: Probe = { name: 'serial', essential: false, run };
