/**
 * The arm as the scripted expert sees it: where the hand is, and which joint positions put a point
 * of the hand at a place with a wanted inclination and rotation. Five joints move the hand, so
 * place (3), inclination (1) and rotation (1) determine them.
 */
import { SinewError } from '../core/error.js';
import { at, item } from '../core/vector.js';
import { Kinematics } from '../description/kinematics.js';
import type { RobotDescription } from '../description/robot_description.js';
import { TRANSFORM_SIZE } from '../description/transform.js';
import { solveLinear } from './expert_solve.js';

/** Joints between the base and the hand. */
export const ARM_JOINTS = 5;

/** The hand in the base: 4 × 4, row by row, as {@link Kinematics} gives it. */
export type HandPose = Float64Array;

/** x, y, z, m. */
export type Point = Float64Array | readonly number[];

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
  readonly #kinematics: Kinematics;
  readonly #pose = newPose();
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
    this.#kinematics = new Kinematics(robot, { joints: this.names, tool: hand });
  }

  /** Where the hand is at joint positions `q` (the first five count). */
  forward(q: ArrayLike<number>, out: HandPose): HandPose {
    this.#kinematics.forward(q, out);
    return out;
  }

  /**
   * Joint positions that put `point` (m, in the hand) at `goal`. The search starts from a posture
   * that the goal alone decides, so equal goals give equal answers.
   *
   * @returns what is left of the error, as from {@link solve}
   */
  reach(goal: HandGoal, point: Point, out: Float64Array): number {
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
  solve(goal: HandGoal, point: Point, q: Float64Array, iterations = 12, margin = 0.02): number {
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

  #error(goal: HandGoal, point: Point, q: ArrayLike<number>, out: Float64Array): number {
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

/** Room for a hand's pose. */
export function newPose(): HandPose {
  return new Float64Array(TRANSFORM_SIZE);
}

/** The angle in (−π, π]. */
export function wrapAngle(angle: number): number {
  return Math.atan2(Math.sin(angle), Math.cos(angle));
}

/** Heading of the line from the fixed to the moving jaw (the hand's x axis), seen from above. */
export function headingOf(pose: HandPose): number {
  return Math.atan2(at(pose, 4), at(pose, 0));
}

/** Inclination of the fingers (the hand's −z axis) from straight down, positive outwards. */
export function tiltOf(pose: HandPose): number {
  const [x, y] = [at(pose, 3), at(pose, 7)];
  const reach = Math.hypot(x, y) || 1;
  const outwards = -(at(pose, 2) * x + at(pose, 6) * y) / reach;
  return Math.atan2(outwards, at(pose, 10));
}

/** A point of the hand in the base. */
export function toWorld(pose: HandPose, p: Point): [number, number, number] {
  const row = (i: number): number =>
    at(pose, i) * item(p, 0) + at(pose, i + 1) * item(p, 1) + at(pose, i + 2) * item(p, 2);
  return [at(pose, 3) + row(0), at(pose, 7) + row(4), at(pose, 11) + row(8)];
}

/** A point of the base in the hand. */
export function toHand(pose: HandPose, p: Point): [number, number, number] {
  const [x, y, z] = [item(p, 0) - at(pose, 3), item(p, 1) - at(pose, 7), item(p, 2) - at(pose, 11)];
  const column = (i: number): number => at(pose, i) * x + at(pose, i + 4) * y + at(pose, i + 8) * z;
  return [column(0), column(1), column(2)];
}
