/**
 * The motion that a latency is measured by: a sine whose frequency rises, so that no shift of it looks
 * like another, begun and ended gently.
 */

export interface Chirp {
  /** rad. */
  readonly amplitude: number;
  /** s. */
  readonly duration: number;
  /** Frequency at the start and at the end, Hz. */
  readonly from: number;
  readonly to: number;
}

/** Share of the duration over which it swells, and over which it fades. */
const EDGE = 0.12;

/** Displacement at `time` s after the start, rad; 0 outside of it. */
export function chirpAt({ amplitude, duration, from, to }: Chirp, time: number): number {
  if (time <= 0 || time >= duration) return 0;
  const edge = EDGE * duration;
  const near = Math.min(time, duration - time, edge) / edge;
  const window = 0.5 - 0.5 * Math.cos(Math.PI * near);
  const phase = 2 * Math.PI * (from * time + ((to - from) * time * time) / (2 * duration));
  return amplitude * window * Math.sin(phase);
}

/** Greatest speed that it can ask for, rad/s, and greatest acceleration, rad/s². */
export function chirpPeaks({ amplitude, from, to }: Chirp): {
  readonly velocity: number;
  readonly acceleration: number;
} {
  const omega = 2 * Math.PI * Math.max(from, to);
  return { velocity: amplitude * omega, acceleration: amplitude * omega * omega };
}
