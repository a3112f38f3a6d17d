/** Memory of processes as the kernel counts it. */
import { readFileSync } from 'node:fs';

export interface Memory {
  /** Resident set, bytes: pages shared with other processes count in full in each. */
  readonly rss: number;
  /** Proportional set, bytes: shared pages count in part, so that sums are right. */
  readonly pss: number;
}

function field(text: string, name: string): number {
  const kibibytes = new RegExp(`^${name}:\\s+(\\d+) kB`, 'm').exec(text)?.[1];
  return Number(kibibytes ?? Number.NaN) * 1024;
}

/** Sum over the processes `pids`, which must be alive. */
export function memoryOf(pids: readonly number[]): Memory {
  let [rss, pss] = [0, 0];
  for (const pid of pids) {
    rss += field(readFileSync(`/proc/${pid}/status`, 'utf8'), 'VmRSS');
    pss += field(readFileSync(`/proc/${pid}/smaps_rollup`, 'utf8'), 'Pss');
  }
  return { rss, pss };
}
