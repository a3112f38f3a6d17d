/**
 * Writes what the filter decided in every tick, so that whoever tells of it misses none although the
 * main thread sleeps, for as long as half the ring lasts (4096 ticks); what is lost beyond is counted.
 */
import type { RecordRing } from '../core/record_ring.js';
import { at } from '../core/vector.js';
import type { SafeCommand } from '../safety/safe_command.js';

/** Numbers before those of the joints. */
export const DECISION = {
  /** Time of the tick, s on the loop's clock. */
  time: 0,
  /** A code of Band. */
  band: 1,
  head: 2,
} as const;

/** Numbers of a joint: rad, and a code of Reason. */
export const DECIDED = {
  /** Measured; NaN where it is not known. */
  actual: 0,
  /** Asked for; NaN where nothing was. */
  desired: 1,
  /** Commanded. */
  limited: 2,
  reason: 3,
  width: 4,
} as const;

/** Numbers of one tick's record. */
export function decisionWidth(joints: number): number {
  return DECISION.head + DECIDED.width * joints;
}

export class DecisionRecorder {
  readonly #ring: RecordRing;
  readonly #row: Float64Array;

  constructor(ring: RecordRing) {
    this.#ring = ring;
    this.#row = new Float64Array(ring.width);
  }

  record(command: SafeCommand, now: number): void {
    const row = this.#row;
    row[DECISION.time] = now;
    row[DECISION.band] = command.band;
    for (let j = 0; j < command.positions.length; j++) {
      const k = DECISION.head + DECIDED.width * j;
      row[k + DECIDED.actual] = at(command.measured, j);
      row[k + DECIDED.desired] = at(command.desired, j);
      row[k + DECIDED.limited] = at(command.positions, j);
      row[k + DECIDED.reason] = command.reasons[j] as number;
    }
    this.#ring.push(row);
  }
}
