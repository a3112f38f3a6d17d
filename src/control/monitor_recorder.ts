/** Writes what each joint is measured, asked for and commanded in every tick, for people to look at. */
import type { RecordRing } from '../core/record_ring.js';
import { at } from '../core/vector.js';
import type { SafeCommand } from '../safety/safe_command.js';

/** Numbers of a joint in a record: rad, and a code of Reason; NaN where there is none. */
export const MONITOR = {
  measured: 0,
  /** What the policy asks for, followed or not. */
  policy: 1,
  /** What the operator asks for. */
  operator: 2,
  commanded: 3,
  reason: 4,
  width: 5,
} as const;

/** Numbers of one tick's record: its time, then the joints. */
export function monitorWidth(joints: number): number {
  return 1 + MONITOR.width * joints;
}

/** Positions of all joints, rad; absent where nobody asks for any. */
export interface MonitoredTick {
  readonly measured: Float64Array;
  policy: Float64Array | undefined;
  operator: Float64Array | undefined;
}

export class MonitorRecorder {
  readonly #ring: RecordRing;
  readonly #row: Float64Array;

  constructor(ring: RecordRing) {
    this.#ring = ring;
    this.#row = new Float64Array(ring.width);
  }

  /** @param command what was sent, if anything was */
  record(now: number, tick: MonitoredTick, command: SafeCommand | undefined): void {
    const row = this.#row;
    row[0] = now;
    for (let j = 0; j < tick.measured.length; j++) {
      const k = 1 + MONITOR.width * j;
      row[k + MONITOR.measured] = at(tick.measured, j);
      row[k + MONITOR.policy] = tick.policy === undefined ? Number.NaN : at(tick.policy, j);
      row[k + MONITOR.operator] = tick.operator === undefined ? Number.NaN : at(tick.operator, j);
      row[k + MONITOR.commanded] = command === undefined ? Number.NaN : at(command.positions, j);
      row[k + MONITOR.reason] = command === undefined ? Number.NaN : (command.reasons[j] as number);
    }
    this.#ring.push(row);
  }
}
