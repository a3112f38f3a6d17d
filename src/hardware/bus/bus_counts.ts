/** What happened on a bus since it was opened, for diagnostics. */

export interface BusCounts {
  /** Requests sent, repeats included. */
  requests: number;
  /** Replies taken. */
  replies: number;
  /** Replies that did not come in time. */
  timeouts: number;
  /** Requests sent again. */
  retries: number;
  /** Packets with a wrong checksum. */
  badChecksums: number;
  /** Bytes that belonged to no awaited reply. */
  strayBytes: number;
}

export function zeroCounts(): BusCounts {
  return { requests: 0, replies: 0, timeouts: 0, retries: 0, badChecksums: 0, strayBytes: 0 };
}
