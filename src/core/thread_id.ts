/** The system's number of the calling thread, for asking the scheduler about it. */
import { readlinkSync } from 'node:fs';

/** Thread id as in /proc; 0 where the system has no such thing. */
export function threadId(): number {
  try {
    return Number(readlinkSync('/proc/thread-self').split('/').at(-1));
  } catch {
    return 0;
  }
}
