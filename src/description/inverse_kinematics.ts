/**
 * Inverse kinematics by damped least squares (Levenberg–Marquardt) within joint limits, for arms of
 * any number of joints: what a short arm cannot do can be left free by a weight of 0.
 */
import { SinewError } from '../core/error.js';
import { solveDamped } from './damped_solver.js';
import type { JointLimits } from './joint_limits.js';
import type { Kinematics } from './kinematics.js';
import { ERROR_ROWS, ToolError } from './tool_error.js';

export interface IkOptions {
  /** Weight of the tool's position along the base's x, y, z. Default 1. */
  readonly positionWeight?: number;
  /** Weight of the direction of the tool's z axis, m/rad; 0 leaves it free. Default 0.1. */
  readonly approachWeight?: number;
  /** Weight of the turn about the tool's z axis, m/rad; 0 leaves it free. Default 0.1. */
  readonly rollWeight?: number;
  /** Iterations of one try. Default 60. */
  readonly iterations?: number;
  /** Tries: from the given start, then from poses spread over the limits. Default 100. */
  readonly tries?: number;
  /** Largest remaining error of the position, m. Default 1e-5. */
  readonly positionTolerance?: number;
  /** Largest remaining error of the weighted directions, rad. Default 1e-4. */
  readonly orientationTolerance?: number;
  /** Kept from each limit, rad. Default 0. */
  readonly margin?: number;
}

export interface IkResult {
  /** Both errors are within tolerance. */
  readonly converged: boolean;
  /** m */
  readonly positionError: number;
  /** Of the directions whose weight is not 0, rad. */
  readonly orientationError: number;
  /** Over all tries. */
  readonly iterations: number;
}

/** A try ends after this many steps in a row that gained less than this share of the error. */
const SLOW_STEPS = 4;
const SLOW_GAIN = 0.01;

const PRIMES = [2, 3, 5, 7, 11, 13, 17, 19, 23, 29, 31, 37, 41, 43];

/** Solves for the joints of `kinematics`; one object may be used again and again. */
export class InverseKinematics {
  private readonly options: Required<IkOptions>;
  private readonly lower: Float64Array;
  private readonly upper: Float64Array;
  private readonly tool: ToolError;
  private readonly remaining = new Float64Array(ERROR_ROWS);
  private readonly trial: Float64Array;
  private readonly current: Float64Array;
  private readonly step: Float64Array;
  private readonly solver: (lambda: number, blocked: Uint8Array) => void;
  private readonly blocked: Uint8Array;

  /**
   * @param limits of at least the joints of `kinematics`, in any order; each must be bounded or
   *   continuous
   */
  constructor(
    private readonly kinematics: Kinematics,
    limits: readonly JointLimits[],
    options: IkOptions = {},
  ) {
    this.options = {
      positionWeight: 1,
      approachWeight: 0.1,
      rollWeight: 0.1,
      iterations: 60,
      tries: 100,
      positionTolerance: 1e-5,
      orientationTolerance: 1e-4,
      margin: 0,
      ...options,
    };
    const n = kinematics.joints.length;
    this.lower = new Float64Array(n);
    this.upper = new Float64Array(n);
    kinematics.joints.forEach((name, i) => {
      const limit = limits.find((candidate) => candidate.name === name);
      if (limit === undefined) throw new SinewError(`no limits for joint "${name}"`);
      this.lower[i] = limit.lower + this.options.margin;
      this.upper[i] = limit.upper - this.options.margin;
    });
    this.tool = new ToolError(kinematics, {
      position: this.options.positionWeight,
      approach: this.options.approachWeight,
      roll: this.options.rollWeight,
    });
    this.trial = new Float64Array(n);
    this.current = new Float64Array(n);
    this.step = new Float64Array(n);
    this.blocked = new Uint8Array(n);
    const solve = solveDamped(ERROR_ROWS, n);
    this.solver = (lambda, blocked) =>
      solve(this.tool.jacobian, this.remaining, lambda, blocked, this.step);
  }

  /**
   * Finds joint positions that bring the tool to `target`.
   *
   * @param target the tool's pose in the base frame, 4×4 row-major (see `pointingPose`)
   * @param start where to search from; the solution nearest to it tends to be found
   * @param out the best positions found, within limits; also when it did not converge
   */
  solve(target: Float64Array, start: ArrayLike<number>, out: Float64Array): IkResult {
    const n = this.kinematics.joints.length;
    let best = Number.POSITIVE_INFINITY;
    let iterations = 0;
    for (let attempt = 0; attempt < this.options.tries; attempt++) {
      this.seed(attempt, start);
      iterations += this.descend(target);
      const cost = this.tool.evaluate(this.current, target);
      // The first try always counts, so that `out` is set even for a target that is not finite.
      if (attempt > 0 && !(cost < best)) continue;
      best = Number.isNaN(cost) ? Number.POSITIVE_INFINITY : cost;
      for (let i = 0; i < n; i++) out[i] = this.current[i] ?? 0;
      if (this.withinTolerance()) break;
    }
    this.tool.evaluate(out, target);
    return {
      converged: this.withinTolerance(),
      positionError: this.tool.distance,
      orientationError: this.tool.angle,
      iterations,
    };
  }

  /** The start of a try: the caller's, then the points of a Halton sequence over the limits. */
  private seed(attempt: number, start: ArrayLike<number>): void {
    for (let i = 0; i < this.current.length; i++) {
      const lower = this.lower[i] ?? 0;
      const upper = this.upper[i] ?? 0;
      const bounded = Number.isFinite(lower) && Number.isFinite(upper);
      const low = bounded ? lower : -Math.PI;
      const high = bounded ? upper : Math.PI;
      // A little beyond the limits, so that some tries start on them, where narrow solutions lie.
      const spread =
        low + (high - low) * (1.4 * halton(attempt, PRIMES[i % PRIMES.length] ?? 2) - 0.2);
      const value = attempt === 0 ? (start[i] ?? 0) : spread;
      this.current[i] = Math.min(Math.max(value, lower), upper);
    }
  }

  /** Levenberg–Marquardt from `current` to a minimum; returns the iterations used. */
  private descend(target: Float64Array): number {
    let lambda = 1e-3;
    let cost = this.tool.evaluate(this.current, target);
    let slow = 0;
    for (let iteration = 1; iteration <= this.options.iterations; iteration++) {
      this.tool.linearize(this.current);
      if (!this.takeStep(lambda)) return iteration;
      const next = this.tool.evaluate(this.trial, target);
      if (next < cost) {
        const gain = cost - next;
        this.current.set(this.trial);
        lambda = Math.max(lambda / 8, 1e-9);
        slow = gain < SLOW_GAIN * cost ? slow + 1 : 0;
        cost = next;
        if (slow >= SLOW_STEPS || next < 1e-20) return iteration;
      } else {
        lambda *= 6;
        if (lambda > 1e6) return iteration;
        this.tool.evaluate(this.current, target);
      }
    }
    return this.options.iterations;
  }

  /**
   * A damped step into `trial`. A joint that it would push through its limit is put there, and the
   * rest is solved again for what that leaves of the error. False when no joint can move.
   */
  private takeStep(lambda: number): boolean {
    const n = this.current.length;
    this.blocked.fill(0);
    this.remaining.set(this.tool.error);
    for (let round = 0; round <= n; round++) {
      this.solver(lambda, this.blocked);
      let again = false;
      let moved = 0;
      for (let i = 0; i < n; i++) {
        const from = this.current[i] ?? 0;
        if (this.blocked[i] === 0) {
          const to = from + (this.step[i] ?? 0);
          const bounded = Math.min(Math.max(to, this.lower[i] ?? 0), this.upper[i] ?? 0);
          this.trial[i] = bounded;
          if (bounded !== to) {
            this.block(i, bounded - from);
            again = true;
          }
        }
        moved = Math.max(moved, Math.abs((this.trial[i] ?? 0) - from));
      }
      if (!again) return moved > 1e-13;
    }
    return false;
  }

  /** Settles joint `i`'s part of the step and takes what it does off the remaining error. */
  private block(i: number, displacement: number): void {
    const n = this.current.length;
    this.blocked[i] = 1;
    for (let k = 0; k < ERROR_ROWS; k++) {
      this.remaining[k] =
        (this.remaining[k] ?? 0) - (this.tool.jacobian[k * n + i] ?? 0) * displacement;
    }
  }

  private withinTolerance(): boolean {
    const { positionTolerance, orientationTolerance } = this.options;
    return this.tool.distance <= positionTolerance && this.tool.angle <= orientationTolerance;
  }
}

/** Element `index` of the van der Corput sequence in a prime base, in [0, 1). */
function halton(index: number, base: number): number {
  let result = 0;
  let fraction = 1;
  for (let i = index; i > 0; i = Math.floor(i / base)) {
    fraction /= base;
    result += fraction * (i % base);
  }
  return result;
}
