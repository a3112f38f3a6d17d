/**
 * What becomes of the steps of a new chunk where the old one has steps for the same times. A rule
 * changes the new chunk in place, before it takes over; it keeps the points' times in rising order.
 * Times are compared as they are, never indices: chunks may lie on different grids.
 */
import { at } from '../../core/vector.js';
import type { Interpolation } from '../interpolation.js';
import type { Chunk } from './chunk.js';

export interface MergeRule {
  /** The curve through the present stays as it was: a new chunk takes nothing over. */
  readonly seamless?: boolean;
  /**
   * @param now time of the takeover, s
   * @param old chunk being executed, as the rule left it when it took over
   * @param incoming chunk that takes over; some of its steps lie after `now`
   */
  merge(now: number, old: Chunk, incoming: Chunk, interpolation: Interpolation): void;
}

/** The new chunk as it is: steps that have elapsed are passed over by looking it up by time. */
export const NEWEST: MergeRule = { merge() {} };

/** LeRobot's aggregations by name: the shares of old and new steps of the same time. */
export const AGGREGATIONS = {
  weighted_average: { old: 0.3, fresh: 0.7 },
  latest_only: { old: 0, fresh: 1 },
  average: { old: 0.5, fresh: 0.5 },
  conservative: { old: 0.7, fresh: 0.3 },
} as const;

export type Aggregation = keyof typeof AGGREGATIONS;

/** Two times closer than this are one: stamps come as whole nanoseconds. */
const SAME_TIME = 1e-6;

/**
 * Steps become a weighted sum of old and new where the old chunk reaches. Those that are due already
 * too: no one executes them any more, but the curve through the present goes on from them. Were they
 * kept as executed, the curve would go from old to new within a single step, at a speed that no arm
 * has, where the fade of the takeover is there to do it smoothly.
 */
export class AggregateRule implements MergeRule {
  readonly #old: number;
  readonly #fresh: number;

  constructor(aggregation: Aggregation) {
    ({ old: this.#old, fresh: this.#fresh } = AGGREGATIONS[aggregation]);
  }

  merge(_now: number, old: Chunk, incoming: Chunk, interpolation: Interpolation): void {
    const { joints, times, positions } = incoming;
    let span = 0;
    for (let i = 0; i < incoming.count; i++) {
      const time = at(times, i);
      if (time < old.start - SAME_TIME) continue;
      if (time > old.end + SAME_TIME) return;
      span = old.spanAt(time, span);
      for (let j = 0; j < joints; j++) {
        const before = old.positionAt(Math.min(time, old.end), span, j, interpolation);
        const k = i * joints + j;
        positions[k] = this.#old * before + this.#fresh * at(positions, k);
      }
    }
  }
}
