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

  /** Advances `positions` and `velocities` (first `goal.length` entries) by `dt` seconds. */
  step(
    positions: Float64Array,
    velocities: Float64Array,
    goal: ArrayLike<number>,
    dt: number,
  ): void {
    const { speed, acceleration } = this.#limits;
    let time = SETTLE;
    for (let j = 0; j < goal.length; j++) {
      const distance = Math.abs((goal[j] ?? 0) - (positions[j] ?? 0));
      time = Math.max(time, distance / speed, Math.sqrt(distance / (2 * BRAKING * acceleration)));
    }
    for (let j = 0; j < goal.length; j++) {
      const wanted = ((goal[j] ?? 0) - (positions[j] ?? 0)) / time;
      const v = velocities[j] ?? 0;
      const change = Math.max(-acceleration * dt, Math.min(acceleration * dt, wanted - v));
      velocities[j] = v + change;
      positions[j] = (positions[j] ?? 0) + (v + change) * dt;
    }
  }
}
