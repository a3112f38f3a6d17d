/**
 * Disturbs an arm that the expert drives, so that the demonstrations show how to come back: smooth
 * random displacements of the set-points, counted from the observation that a chunk was made from
 * (the expert has seen what lies before it).
 */
import type { SeededRandom } from './random.js';

export interface Disturbance {
  /** Adds what was displaced between `seen` and `now` (s) to `setPoint`, in place. */
  apply(setPoint: Float64Array, seen: number, now: number): void;
}

/** Standard deviation of one push, rad: arm joints base outwards, then the gripper. */
const PUSH = [0.07, 0.05, 0.05, 0.09, 0.16, 0] as const;
const GRIPPER_PUSH = 0.3;

interface Push {
  readonly start: number;
  readonly length: number;
  readonly by: readonly number[];
}

export class RandomPushes implements Disturbance {
  readonly #pushes: Push[] = [];

  /** @param interval mean seconds between pushes @param strength 1: as the constants say */
  constructor(random: SeededRandom, seconds: number, interval: number, strength: number) {
    let start = 0;
    while (start < seconds) {
      start += -interval * Math.log(1 - random.next());
      const scale = strength * (random.next() < 0.2 ? 2.5 : 1);
      const length = random.uniform(0.25, 0.8);
      const withGripper = random.next() < 0.2;
      const by = PUSH.map((deviation) => scale * deviation * random.normal());
      by[5] = (withGripper ? GRIPPER_PUSH : 0) * random.normal();
      this.#pushes.push({ start, length, by });
    }
  }

  apply(setPoint: Float64Array, seen: number, now: number): void {
    for (const { start, length, by } of this.#pushes) {
      const share = risen((now - start) / length) - risen((seen - start) / length);
      if (share === 0) continue;
      for (let j = 0; j < setPoint.length; j++) {
        setPoint[j] = (setPoint[j] ?? 0) + share * (by[j] ?? 0);
      }
    }
  }
}

/** From 0 at 0 to 1 at 1, smoothly. */
function risen(x: number): number {
  const t = Math.max(0, Math.min(1, x));
  return t * t * (3 - 2 * t);
}
