/** How far a tool is from where it should be, weighted, and how that changes with the joints. */
import type { Kinematics } from './kinematics.js';
import { identity, rotationBetween } from './transform.js';

/** Position weights without unit, weights of angles in m/rad; 0 leaves a direction free. */
export interface ToolWeights {
  readonly position: number;
  readonly approach: number;
  readonly roll: number;
}

/** Rows of the error and of its Jacobian: position in base axes, then turn in tool axes. */
export const ERROR_ROWS = 6;

export class ToolError {
  /** Weighted error of the last `evaluate`. */
  readonly error = new Float64Array(ERROR_ROWS);
  /** Weighted Jacobian of the last `linearize`, 6×n row-major. */
  readonly jacobian: Float64Array;

  private readonly raw: Float64Array;
  private readonly pose = identity();
  private readonly turn = new Float64Array(3);

  constructor(
    private readonly kinematics: Kinematics,
    private readonly weights: ToolWeights,
  ) {
    this.raw = new Float64Array(ERROR_ROWS * kinematics.joints.length);
    this.jacobian = new Float64Array(this.raw.length);
  }

  /** Sets `error` for joint positions `q`; returns the sum of its squares. */
  evaluate(q: ArrayLike<number>, target: Float64Array): number {
    const { position, approach, roll } = this.weights;
    this.kinematics.forward(q, this.pose);
    if (roll > 0) rotationBetween(this.pose, target, this.turn);
    else turnToAxis(this.pose, target, this.turn);
    const tx = this.turn[0] ?? 0;
    const ty = this.turn[1] ?? 0;
    const tz = this.turn[2] ?? 0;
    let cost = 0;
    for (let i = 0; i < 3; i++) {
      const translation = (target[4 * i + 3] ?? 0) - (this.pose[4 * i + 3] ?? 0);
      this.error[i] = position * translation;
      this.error[3 + i] = (i === 2 ? roll : approach) * this.alongTool(i, tx, ty, tz);
    }
    for (let i = 0; i < ERROR_ROWS; i++) cost += (this.error[i] ?? 0) ** 2;
    return cost;
  }

  /** Sets `jacobian` at `q`, which must be the `q` of the last `evaluate`. */
  linearize(q: ArrayLike<number>): void {
    const n = this.kinematics.joints.length;
    const { position, approach, roll } = this.weights;
    this.kinematics.jacobian(q, this.raw);
    for (let j = 0; j < n; j++) {
      const wx = this.raw[3 * n + j] ?? 0;
      const wy = this.raw[4 * n + j] ?? 0;
      const wz = this.raw[5 * n + j] ?? 0;
      for (let i = 0; i < 3; i++) {
        this.jacobian[i * n + j] = position * (this.raw[i * n + j] ?? 0);
        this.jacobian[(3 + i) * n + j] =
          (i === 2 ? roll : approach) * this.alongTool(i, wx, wy, wz);
      }
    }
  }

  /** Distance of the last `evaluate`, m. */
  get distance(): number {
    const { error } = this;
    return Math.hypot(error[0] ?? 0, error[1] ?? 0, error[2] ?? 0) / this.weights.position;
  }

  /** Angle of the last `evaluate` over the directions that are not free, rad. */
  get angle(): number {
    const { error, weights } = this;
    const tilt = weights.approach > 0 ? Math.hypot(error[3] ?? 0, error[4] ?? 0) : 0;
    return Math.hypot(
      weights.approach > 0 ? tilt / weights.approach : 0,
      weights.roll > 0 ? (error[5] ?? 0) / weights.roll : 0,
    );
  }

  /** Component of a vector in base axes along the tool's axis `i`. */
  private alongTool(i: number, x: number, y: number, z: number): number {
    return (this.pose[i] ?? 0) * x + (this.pose[4 + i] ?? 0) * y + (this.pose[8 + i] ?? 0) * z;
  }
}

/** Rotation vector, in base axes, of the shortest turn of `from`'s z axis onto `to`'s. */
function turnToAxis(from: Float64Array, to: Float64Array, out: Float64Array): void {
  const ax = from[2] ?? 0;
  const ay = from[6] ?? 0;
  const az = from[10] ?? 0;
  const bx = to[2] ?? 0;
  const by = to[6] ?? 0;
  const bz = to[10] ?? 0;
  const x = ay * bz - az * by;
  const y = az * bx - ax * bz;
  const z = ax * by - ay * bx;
  const sine = Math.hypot(x, y, z);
  const cosine = ax * bx + ay * by + az * bz;
  if (sine > 1e-9) {
    const scale = Math.atan2(sine, cosine) / sine;
    out[0] = scale * x;
    out[1] = scale * y;
    out[2] = scale * z;
    return;
  }
  // Parallel: no turn; opposite: half a turn about the tool's x axis.
  const half = cosine < 0 ? Math.PI : 0;
  out[0] = half * (from[0] ?? 0);
  out[1] = half * (from[4] ?? 0);
  out[2] = half * (from[8] ?? 0);
}
