/** One step of smooth, synchronised joint motion towards a goal: all joints arrive together. */

export interface MotionLimits {
  /** rad/s and rad/s². */
  readonly speed: number;
  readonly acceleration: number;
}

/** The last bit of the way takes this long at least, s: the goal is met without overshoot. */
const SETTLE = 0.15;
/** Share of the permitted acceleration that braking counts on; the rest corrects errors. */
const BRAKING = 0.7;

export class JointMotion {
  readonly #limits: MotionLimits;

  constructor(limits: MotionLimits) {
    this.#limits = limits;
  }

  /**
   * Advances `positions` and `velocities` (first `goal.length` entries) by `dt` seconds.
   *
   * @param pull greatest difference between the velocity under way and the wanted one that counts:
   *   what is beyond it is forgotten at once
   */
  step(
    positions: Float64Array,
    velocities: Float64Array,
    goal: ArrayLike<number>,
    dt: number,
    pull = Number.POSITIVE_INFINITY,
  ): void {
    const { speed, acceleration } = this.#limits;
    let time = SETTLE;
    for (let j = 0; j < goal.length; j++) {
      const distance = Math.abs((goal[j] ?? 0) - (positions[j] ?? 0));
      time = Math.max(time, distance / speed, Math.sqrt(distance / (2 * BRAKING * acceleration)));
    }
    for (let j = 0; j < goal.length; j++) {
      const wanted = ((goal[j] ?? 0) - (positions[j] ?? 0)) / time;
      const v = clamp(velocities[j] ?? 0, wanted - pull, wanted + pull);
      velocities[j] = clamp(wanted, v - acceleration * dt, v + acceleration * dt);
      positions[j] = (positions[j] ?? 0) + (velocities[j] ?? 0) * dt;
    }
  }
}

function clamp(value: number, low: number, high: number): number {
  return Math.max(low, Math.min(high, value));
}
