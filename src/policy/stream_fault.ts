/** Why the policy may not act on its inputs: data for diagnostics, and one line each for people. */

export type StreamFaultKind =
  | 'missing'
  | 'stale'
  | 'size'
  | 'encoding'
  | 'layout'
  | 'future'
  | 'not_finite'
  | 'frozen'
  | 'skew'
  | 'history';

export interface StreamFault {
  /** Name of the observation, such as observation.images.wrist. */
  readonly stream: string;
  readonly kind: StreamFaultKind;
  /** What was found and what was expected. */
  readonly detail: string;
  /** Age of the newest good data, s; infinite when there was none. */
  readonly age: number;
}

/** One line for a log. */
export function faultLine({ stream, kind, detail }: StreamFault): string {
  return `${stream}: ${kind.replace('_', ' ')} (${detail})`;
}

/** `0.123 s` */
export function secondsText(seconds: number): string {
  return `${Number(seconds.toFixed(3))} s`;
}
