/** Qualities of service by purpose; both ends of a topic must agree on them to be connected. */
import type { Rcl } from './rcl.js';

export interface QosProfile {
  /** Messages kept for a reader that is late. */
  readonly depth: number;
  readonly reliable: boolean;
  /** The last message is handed to readers that come later. */
  readonly latched: boolean;
}

export const qosProfiles = {
  /** Joint states, images: the newest counts, a lost one is not sent again. */
  sensor: { depth: 5, reliable: false, latched: false },
  /** Commands and action chunks: only the newest is ever of use. */
  command: { depth: 1, reliable: true, latched: false },
  /** Commands to a reader of best effort, and the newest of a fast stream. */
  latest: { depth: 1, reliable: false, latched: false },
  /** Facts that stay true: a late reader gets the last one. */
  latched: { depth: 1, reliable: true, latched: true },
  /** Events of which none may be lost. */
  reliable: { depth: 10, reliable: true, latched: false },
} as const satisfies Record<string, QosProfile>;

export type Qos = keyof typeof qosProfiles | QosProfile;

// Values of the rmw enumerations.
const KEEP_LAST = 1;
export const RELIABLE = 1;
const BEST_EFFORT = 2;
export const TRANSIENT_LOCAL = 1;
const VOLATILE = 2;
const LIVELINESS_SYSTEM_DEFAULT = 0;

export function profileOf(qos: Qos): QosProfile {
  return typeof qos === 'string' ? qosProfiles[qos] : qos;
}

/** The profile as rclnodejs takes it. */
export function rclQos(rcl: Rcl, qos: Qos): object {
  const { depth, reliable, latched } = profileOf(qos);
  return new rcl.QoS(
    KEEP_LAST,
    depth,
    reliable ? RELIABLE : BEST_EFFORT,
    latched ? TRANSIENT_LOCAL : VOLATILE,
    LIVELINESS_SYSTEM_DEFAULT,
  );
}
