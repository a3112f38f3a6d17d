/**
 * The arm as the scripted expert sees it: where the hand is, and which joint positions put a point
 * of the hand at a place with a wanted inclination and rotation. Five joints move the hand, so
 * place (3), inclination (1) and rotation (1) determine them.
 */
import { SinewError } from '../core/error.js';
import type { RobotDescription } from '../description/robot_description.js';
import { solveLinear } from './expert_solve.js';

/** Joints between the base and the hand. */
export const ARM_JOINTS = 5;

/** Position (3) and rotation matrix, row by row (9), of the hand in the base. */
export type HandPose = Float64Array;

/** A wanted place of a point of the hand. */
export interface HandGoal {
  /** m, in the base. */
  readonly position: readonly [number, number, number];
  /** Angle between the fingers and straight down, rad; positive: tips away from the base. */
  readonly tilt: number;
  /** Either the heading of the line from fixed to moving jaw, rad in the base … */
  readonly heading?: number;
  /** … or the position of the roll joint, rad. */
  readonly roll?: number;
}

interface Segment {
  readonly origin: Float64Array;
  readonly axis: readonly [number, number, number];
}

/** Weight of an angle against a length, m/rad: about the reach of the fingers. */
const ANGLE_WEIGHT = 0.1;
const STEP = 1e-5;
/** A posture with the hand before the base, fingers down: where searches start. */
const MIDDLE = [0, -0.4, 0.8, 1.1, 0] as const;

export class ExpertArm {
  /** The hand's joints, base outwards. */
  readonly names: readonly string[];
  /** x, y of the first joint's axis, m. */
  readonly pan: readonly [number, number];
  readonly lower: Float64Array;
  readonly upper: Float64Array;
  readonly #segments: readonly Segment[];
  readonly #pose = new Float64Array(12);
  readonly #trial = new Float64Array(ARM_JOINTS);
  readonly #residual = new Float64Array(ARM_JOINTS);
  readonly #moved = new Float64Array(ARM_JOINTS);
  readonly #jacobian = new Float64Array(ARM_JOINTS * ARM_JOINTS);

  /**
   * @param hand the link that carries the fixed jaw
   * @throws SinewError when the hand does not hang on five revolute joints
   */
  constructor(robot: RobotDescription, hand = 'gripper_link') {
    const chain = [];
    const carrier = new Map([...robot.joints.values()].map((joint) => [joint.child, joint]));
    for (let joint = carrier.get(hand); joint !== undefined; joint = carrier.get(joint.parent)) {
      chain.unshift(joint);
    }
    if (chain.length !== ARM_JOINTS || chain.some((joint) => joint.type !== 'revolute')) {
      throw new SinewError(`link "${hand}" is carried by ${chain.length} joints`, {
        where: robot.file,
        expected: `${ARM_JOINTS} revolute joints, as on the SO-101`,
      });
    }
    this.names = chain.map((joint) => joint.name);
    const [x = 0, y = 0] = chain[0]?.origin.xyz ?? [];
    this.pan = [x, y];
    this.lower = Float64Array.from(chain, (joint) => joint.limit?.lower ?? -Math.PI);
    this.upper = Float64Array.from(chain, (joint) => joint.limit?.upper ?? Math.PI);
    this.#segments = chain.map((joint) => ({
      origin: originPose(joint.origin.xyz, joint.origin.rpy),
      axis: joint.axis,
    }));
  }

  /** Where the hand is at joint positions `q` (the first five count). */
  forward(q: ArrayLike<number>, out: HandPose): HandPose {
    out.fill(0);
    out[3] = out[7] = out[11] = 1;
    for (let i = 0; i < ARM_JOINTS; i++) {
      const segment = this.#segments[i];
      if (segment === undefined) break;
      compose(out, segment.origin);
      rotate(out, segment.axis, q[i] ?? 0);
    }
    return out;
  }

  /**
   * Joint positions that put `point` (m, in the hand) at `goal`. The search starts from a posture
   * that the goal alone decides, so equal goals give equal answers.
   *
   * @returns what is left of the error, as from {@link solve}
   */
  reach(goal: HandGoal, point: ArrayLike<number>, out: Float64Array): number {
    const [x, y] = goal.position;
    const azimuth = Math.atan2(y - this.pan[1], x - this.pan[0]);
    out.set(MIDDLE);
    out[0] = -azimuth;
    out[4] = goal.roll ?? wrapAngle((goal.heading ?? azimuth) - azimuth);
    return this.solve(goal, point, out, 20);
  }

  /**
   * Moves `q` (in place, first five) towards positions that put `point` (m, in the hand) at `goal`,
   * by damped Newton steps from where it is; kept `margin` rad inside the limits.
   *
   * @returns what is left of the error, m (angles weighted with 0.1 m/rad)
   */
  solve(
    goal: HandGoal,
    point: ArrayLike<number>,
    q: Float64Array,
    iterations = 12,
    margin = 0.02,
  ): number {
    let error = this.#error(goal, point, q, this.#residual);
    for (let n = 0; n < iterations && error > 1e-5; n++) {
      for (let k = 0; k < ARM_JOINTS; k++) {
        this.#trial.set(q.subarray(0, ARM_JOINTS));
        this.#trial[k] = (q[k] ?? 0) + STEP;
        this.#error(goal, point, this.#trial, this.#moved);
        for (let row = 0; row < ARM_JOINTS; row++) {
          const slope = ((this.#moved[row] ?? 0) - (this.#residual[row] ?? 0)) / STEP;
          this.#jacobian[row * ARM_JOINTS + k] = slope;
        }
      }
      const step = solveLinear(this.#jacobian, this.#residual, ARM_JOINTS, 1e-6);
      for (let k = 0; k < ARM_JOINTS; k++) {
        const next = (q[k] ?? 0) - Math.max(-0.4, Math.min(0.4, step[k] ?? 0));
        q[k] = Math.max(
          (this.lower[k] ?? 0) + margin,
          Math.min((this.upper[k] ?? 0) - margin, next),
        );
      }
      error = this.#error(goal, point, q, this.#residual);
    }
    return error;
  }

  #error(
    goal: HandGoal,
    point: ArrayLike<number>,
    q: ArrayLike<number>,
    out: Float64Array,
  ): number {
    const pose = this.forward(q, this.#pose);
    const [x, y, z] = toWorld(pose, point);
    out[0] = x - goal.position[0];
    out[1] = y - goal.position[1];
    out[2] = z - goal.position[2];
    out[3] = ANGLE_WEIGHT * (tiltOf(pose) - goal.tilt);
    const turn =
      goal.heading === undefined
        ? (q[4] ?? 0) - (goal.roll ?? 0)
        : wrapAngle(headingOf(pose) - goal.heading);
    out[4] = ANGLE_WEIGHT * turn;
    return Math.hypot(...out);
  }
}

/** The angle in (−π, π]. */
export function wrapAngle(angle: number): number {
  return Math.atan2(Math.sin(angle), Math.cos(angle));
}

/** Heading of the line from the fixed to the moving jaw (the hand's x axis), seen from above. */
export function headingOf(pose: HandPose): number {
  return Math.atan2(pose[6] ?? 0, pose[3] ?? 0);
}

/** Inclination of the fingers (the hand's −z axis) from straight down, positive outwards. */
export function tiltOf(pose: HandPose): number {
  const [ax, ay, az] = [-(pose[5] ?? 0), -(pose[8] ?? 0), -(pose[11] ?? 0)];
  const reach = Math.hypot(pose[0] ?? 0, pose[1] ?? 0) || 1;
  const outwards = (ax * (pose[0] ?? 0) + ay * (pose[1] ?? 0)) / reach;
  return Math.atan2(outwards, -az);
}

/** A point of the hand in the base. */
export function toWorld(pose: HandPose, p: ArrayLike<number>): [number, number, number] {
  const at = (row: number): number =>
    (pose[row] ?? 0) +
    (pose[3 + row * 3] ?? 0) * (p[0] ?? 0) +
    (pose[4 + row * 3] ?? 0) * (p[1] ?? 0) +
    (pose[5 + row * 3] ?? 0) * (p[2] ?? 0);
  return [at(0), at(1), at(2)];
}

/** A point of the base in the hand. */
export function toHand(pose: HandPose, p: ArrayLike<number>): [number, number, number] {
  const d = [0, 1, 2].map((i) => (p[i] ?? 0) - (pose[i] ?? 0));
  const at = (column: number): number =>
    (pose[3 + column] ?? 0) * (d[0] ?? 0) +
    (pose[6 + column] ?? 0) * (d[1] ?? 0) +
    (pose[9 + column] ?? 0) * (d[2] ?? 0);
  return [at(0), at(1), at(2)];
}

/** Fixed-axis roll, pitch, yaw (URDF) and translation as a pose. */
function originPose(xyz: readonly number[], rpy: readonly number[]): Float64Array {
  const [r = 0, p = 0, y = 0] = rpy;
  const [sr, cr, sp, cp, sy, cy] = [
    Math.sin(r),
    Math.cos(r),
    Math.sin(p),
    Math.cos(p),
    Math.sin(y),
    Math.cos(y),
  ];
  return Float64Array.from([
    ...xyz,
    cy * cp,
    cy * sp * sr - sy * cr,
    cy * sp * cr + sy * sr,
    sy * cp,
    sy * sp * sr + cy * cr,
    sy * sp * cr - cy * sr,
    -sp,
    cp * sr,
    cp * cr,
  ]);
}

/** a = a · b. */
function compose(a: Float64Array, b: Float64Array): void {
  const [bx = 0, by = 0, bz = 0, b0 = 0, b1 = 0, b2 = 0, b3 = 0, b4 = 0, b5 = 0] = b;
  const [b6 = 0, b7 = 0, b8 = 0] = b.subarray(9);
  for (let row = 0; row < 3; row++) {
    const i = 3 + row * 3;
    const [m0, m1, m2] = [a[i] ?? 0, a[i + 1] ?? 0, a[i + 2] ?? 0];
    a[row] = (a[row] ?? 0) + m0 * bx + m1 * by + m2 * bz;
    a[i] = m0 * b0 + m1 * b3 + m2 * b6;
    a[i + 1] = m0 * b1 + m1 * b4 + m2 * b7;
    a[i + 2] = m0 * b2 + m1 * b5 + m2 * b8;
  }
}

/** a = a · rotation about the unit `axis` by `angle` (Rodrigues). */
function rotate(a: Float64Array, axis: readonly [number, number, number], angle: number): void {
  const [x, y, z] = axis;
  const [s, c] = [Math.sin(angle), Math.cos(angle)];
  const t = 1 - c;
  const r0 = t * x * x + c,
    r1 = t * x * y - s * z,
    r2 = t * x * z + s * y;
  const r3 = t * x * y + s * z,
    r4 = t * y * y + c,
    r5 = t * y * z - s * x;
  const r6 = t * x * z - s * y,
    r7 = t * y * z + s * x,
    r8 = t * z * z + c;
  for (let i = 3; i < 12; i += 3) {
    const m0 = a[i] ?? 0,
      m1 = a[i + 1] ?? 0,
      m2 = a[i + 2] ?? 0;
    a[i] = m0 * r0 + m1 * r3 + m2 * r6;
    a[i + 1] = m0 * r1 + m1 * r4 + m2 * r7;
    a[i + 2] = m0 * r2 + m1 * r5 + m2 * r8;
  }
}
