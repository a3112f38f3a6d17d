/**
 * Joint velocities for a velocity of the tool, by damped least squares. Near a singularity the motion
 * slows down and comes to rest at last, as long as it leads further in; out of it, it is free. An arm
 * of few joints moves the tool as asked and lets the turn go that it cannot do.
 */
import { clamp } from '../core/vector.js';
import { solveDamped } from '../description/damped_solver.js';
import type { Kinematics } from '../description/kinematics.js';
import { conditionNumber } from './condition_number.js';

export interface ToolMotionOptions {
  /** Condition numbers from which the motion slows down, and at which it comes to rest. */
  readonly slowFrom: number;
  readonly haltAt: number;
  /** Position range of each joint, rad. */
  readonly limits: readonly { readonly lower: number; readonly upper: number }[];
}

/** A turn of a radian counts as much as a way of so many metres; less where it may give way. */
const TURN = 0.1;
const KEPT_TURN = 0.02;
const DAMPING = 1e-5;
/** Kept from the end of a joint's range, rad. */
const MARGIN = 0.01;
/** Looked ahead for a singularity by so much, rad. */
const AHEAD = 0.02;
const ROWS = 6;

export class ToolMotion {
  /** rad/s, in the order of the kinematics' joints; set by `solve`. */
  readonly velocity: Float64Array;
  /** Share of the asked speed that the last `solve` left, for a singularity. */
  share = 1;
  readonly #kinematics: Kinematics;
  readonly #options: ToolMotionOptions;
  readonly #jacobian: Float64Array;
  readonly #weighted: Float64Array;
  readonly #wanted = new Float64Array(ROWS);
  readonly #blocked: Uint8Array;
  readonly #ahead: Float64Array;
  readonly #solve: ReturnType<typeof solveDamped>;

  constructor(kinematics: Kinematics, options: ToolMotionOptions) {
    const n = kinematics.joints.length;
    this.#kinematics = kinematics;
    this.#options = options;
    this.velocity = new Float64Array(n);
    this.#jacobian = new Float64Array(ROWS * n);
    this.#weighted = new Float64Array(ROWS * n);
    this.#blocked = new Uint8Array(n);
    this.#ahead = new Float64Array(n);
    this.#solve = solveDamped(ROWS, n);
  }

  /**
   * Sets `velocity`.
   *
   * @param q joint positions, rad
   * @param twist linear velocity, m/s, then angular, rad/s, both in base axes
   * @param firm whether the turn counts as much as the way, where the arm cannot do both
   */
  solve(q: ArrayLike<number>, twist: ArrayLike<number>, firm: boolean): void {
    const turning = Math.hypot(twist[3] ?? 0, twist[4] ?? 0, twist[5] ?? 0) > 0;
    const weight = turning && firm ? TURN : KEPT_TURN;
    this.#kinematics.jacobian(q, this.#jacobian);
    this.#weigh(weight);
    for (let i = 0; i < ROWS; i++) this.#wanted[i] = (i < 3 ? 1 : weight) * (twist[i] ?? 0);
    this.#blocked.fill(0);
    for (let round = 0; round <= this.velocity.length; round++) {
      this.#solve(this.#weighted, this.#wanted, DAMPING, this.#blocked, this.velocity);
      if (!this.#block(q)) break;
    }
    this.share = this.#room(q);
    for (let j = 0; j < this.velocity.length; j++) {
      this.velocity[j] = this.share * (this.velocity[j] ?? 0);
    }
  }

  #weigh(weight: number): void {
    const n = this.velocity.length;
    for (let i = 0; i < ROWS * n; i++) {
      this.#weighted[i] = (i < 3 * n ? 1 : weight) * (this.#jacobian[i] ?? 0);
    }
  }

  /** Takes joints out of the motion that it would lead over the end of their range. */
  #block(q: ArrayLike<number>): boolean {
    let found = false;
    for (let j = 0; j < this.velocity.length; j++) {
      const limits = this.#options.limits[j];
      const speed = this.velocity[j] ?? 0;
      const at = q[j] ?? 0;
      if (limits === undefined || this.#blocked[j] === 1) continue;
      const up = speed > 0 && at > limits.upper - MARGIN;
      const down = speed < 0 && at < limits.lower + MARGIN;
      if (!up && !down) continue;
      this.#blocked[j] = 1;
      found = true;
    }
    return found;
  }

  /** Share of the motion that a singularity ahead of it leaves. */
  #room(q: ArrayLike<number>): number {
    const fastest = this.velocity.reduce((most, speed) => Math.max(most, Math.abs(speed)), 0);
    if (fastest === 0) return 1;
    const here = this.#condition(q);
    const { slowFrom, haltAt } = this.#options;
    for (let j = 0; j < this.velocity.length; j++) {
      this.#ahead[j] = (q[j] ?? 0) + (AHEAD * (this.velocity[j] ?? 0)) / fastest;
    }
    const ahead = this.#condition(this.#ahead);
    if (ahead <= here) return 1;
    return clamp((haltAt - ahead) / (haltAt - slowFrom), 0, 1);
  }

  #condition(q: ArrayLike<number>): number {
    this.#kinematics.jacobian(q, this.#jacobian);
    this.#weigh(TURN);
    return conditionNumber(this.#weighted, ROWS, this.velocity.length);
  }
}
