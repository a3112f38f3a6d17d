/**
 * Writes the record of every tick: its lateness, the latency of a new chunk, how many joints the
 * filter limited, and an independent look at whether the command keeps the limits.
 */
import type { RecordRing } from '../core/record_ring.js';
import { at } from '../core/vector.js';
import type { FilterLimits } from '../safety/limits.js';
import { Reason } from '../safety/reasons.js';
import type { SafeCommand } from '../safety/safe_command.js';
import { TICK_RECORD } from './control_memory.js';

/** Relative excess over a limit that counts as a violation; rounding stays far below. */
const VIOLATION = 1e-6;

export class TickRecorder {
  readonly #ring: RecordRing;
  readonly #limits: readonly FilterLimits[];
  /** Positions commanded last, rad; NaN when there were none. */
  readonly #last: Float64Array;
  readonly #row = new Float64Array(TICK_RECORD.width);

  constructor(ring: RecordRing, limits: readonly FilterLimits[]) {
    this.#ring = ring;
    this.#limits = limits;
    this.#last = new Float64Array(limits.length).fill(Number.NaN);
  }

  /** @param command what was sent, if anything was @param chunk stamp of the one followed, or NaN */
  record(
    command: SafeCommand | undefined,
    now: number,
    period: number,
    lateness: number,
    observationToCommand: number,
    chunk: number,
  ): void {
    const row = this.#row;
    row[TICK_RECORD.time] = now;
    row[TICK_RECORD.lateness] = lateness;
    row[TICK_RECORD.observationToCommand] = observationToCommand;
    row[TICK_RECORD.limited] = 0;
    row[TICK_RECORD.violations] = 0;
    row[TICK_RECORD.period] = period;
    row[TICK_RECORD.chunk] = chunk;
    if (command === undefined) this.#last.fill(Number.NaN);
    else this.#judge(command);
    this.#ring.push(row);
  }

  #judge(command: SafeCommand): void {
    let limited = 0;
    let violations = 0;
    for (let i = 0; i < this.#limits.length; i++) {
      const reason = command.reasons[i] as number;
      if (reason !== Reason.none && reason !== Reason.stop) limited++;
      const { lower, upper, velocity, acceleration } = this.#limits[i] as FilterLimits;
      const position = at(command.positions, i);
      // A joint that started outside its range may stay there or move inward, never outward.
      const last = at(this.#last, i);
      const inside = !(position < Math.min(lower, last) || position > Math.max(upper, last));
      const slow = Math.abs(at(command.velocities, i)) <= velocity * (1 + VIOLATION);
      const soft = Math.abs(at(command.accelerations, i)) <= acceleration * (1 + VIOLATION);
      if (!(inside && slow && soft)) violations++;
      this.#last[i] = position;
    }
    this.#row[TICK_RECORD.limited] = limited;
    this.#row[TICK_RECORD.violations] = violations;
  }
}
