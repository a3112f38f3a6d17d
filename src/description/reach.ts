/**
 * How far shapes can be from the joints that move them: bounds on how fast a distance can change with
 * each joint, over all configurations. What is farther than the joints can close needs no look.
 */
import type { Ball } from './capsule_fit.js';
import { framePose } from './frame_table.js';
import { buildFrames, type Frame, frameChains, framesBetween } from './kinematic_frames.js';
import type { RobotDescription, Vector3 } from './robot_description.js';

/** A robot whose joints `joints` move, in this order; the others keep their position in `fixed`. */
export interface JointTree {
  readonly description: RobotDescription;
  readonly joints: readonly string[];
  readonly base: string;
  /** By joint name, rad; 0 for those not named. */
  readonly fixed: Readonly<Record<string, number>>;
}

/** A body: the hull of these points, which move with the link, in its frame. */
export interface Body {
  readonly link: string;
  readonly points: readonly Vector3[];
}

/** Sliding joints are taken to leave their range by up to this much at either end, m. */
const OUTSIDE = 0.1;

/**
 * For each joint, at most how fast the point can move, m/rad (m/m for sliding joints). Turning joints
 * count with full turns, so the bounds hold outside the limits too.
 */
export function pointReach(tree: JointTree, link: string, point: Vector3 = [0, 0, 0]): number[] {
  return new Reach(tree).of({ link, points: [point] });
}

/** Bounds for the bodies of one robot. */
export class Reach {
  readonly base: string;
  /** The base and all links that hang on it. */
  readonly links: readonly string[];
  private readonly joints: readonly string[];
  private readonly description: RobotDescription;
  private readonly chains: ReadonlyMap<string, readonly Frame[]>;

  /** @throws SinewError when a joint or the base link does not exist */
  constructor(tree: JointTree) {
    this.joints = tree.joints;
    this.description = tree.description;
    this.base = tree.base;
    const frames = buildFrames(tree.description, tree.base, tree.joints, tree.fixed);
    this.chains = frameChains(tree.base, frames);
    this.links = [...this.chains.keys()];
  }

  /** Whether a joint moves the link in the base frame. */
  moves(link: string): boolean {
    return this.chain(link).some(({ index }) => index >= 0);
  }

  /** For each joint, at most how fast any point of the body can move in the base frame, m/rad. */
  of(body: Body): number[] {
    return this.sum(this.radii(body, this.chain(body.link), []));
  }

  /**
   * For each joint, at most how fast the distance of the bodies can change, m/rad; 0 for joints
   * that move neither against the other. The distance must be one whose gradient is a unit vector
   * along the line through its two witness points, which lie in the bodies: then it changes by what
   * either of the two does about the joint's axis, so the one nearer to it counts.
   */
  between(first: Body, second: Body): number[] {
    const [one, other] = framesBetween(this.chain(first.link), this.chain(second.link));
    const radii = this.radii(first, one, other);
    for (const [frame, radius] of this.radii(second, other, one)) {
      radii.set(frame, Math.min(radius, radii.get(frame) ?? radius));
    }
    return this.sum(radii);
  }

  private chain(link: string): readonly Frame[] {
    return this.chains.get(link) ?? [];
  }

  /** Speeds for each unit of the frames' own motion, added up by the joint that causes them. */
  private sum(radii: ReadonlyMap<Frame, number>): number[] {
    const reach = this.joints.map(() => 0);
    for (const [{ index, multiplier }, radius] of radii) {
      reach[index] = (reach[index] ?? 0) + Math.abs(multiplier) * radius;
    }
    return reach;
  }

  /**
   * Greatest distance of the body from the axis of each moving frame on the way from its link down
   * the chain `down` and up the chain `up`; 1 for sliding frames.
   */
  private radii(body: Body, down: readonly Frame[], up: readonly Frame[]): Map<Frame, number> {
    const radii = new Map<Frame, number>();
    // The distance from a line is convex, so that of the hull's points is greatest at its corners.
    for (const point of body.points) {
      let ball: Ball = { center: point, radius: 0 };
      for (const frame of down.toReversed()) {
        note(radii, frame, ball);
        ball = fromChild(frame, this.swept(frame, ball, 1));
      }
      for (const frame of up) {
        ball = toChild(frame, ball);
        note(radii, frame, ball);
        ball = this.swept(frame, ball, -1);
      }
    }
    return radii;
  }

  /** A ball, in the frame's axes, around wherever the frame's motion can take `ball`. */
  private swept(frame: Frame, ball: Ball, sign: 1 | -1): Ball {
    if (frame.index < 0) return ball;
    const { axis } = frame;
    const [x, y, z] = ball.center;
    if (!frame.prismatic) {
      const along = axis[0] * x + axis[1] * y + axis[2] * z;
      return {
        center: [along * axis[0], along * axis[1], along * axis[2]],
        radius: ball.radius + aside(axis, ball.center),
      };
    }
    const limit = this.description.joints.get(this.joints[frame.index] ?? '')?.limit;
    const lower = (limit?.lower ?? Number.NEGATIVE_INFINITY) - OUTSIDE;
    const upper = (limit?.upper ?? Number.POSITIVE_INFINITY) + OUTSIDE;
    const half = (Math.abs(frame.multiplier) * (upper - lower)) / 2;
    if (!Number.isFinite(half)) return { center: ball.center, radius: half };
    const middle = sign * (frame.multiplier * ((lower + upper) / 2) + frame.offset);
    return {
      center: [x + middle * axis[0], y + middle * axis[1], z + middle * axis[2]],
      radius: ball.radius + half,
    };
  }
}

function note(radii: Map<Frame, number>, frame: Frame, ball: Ball): void {
  if (frame.index < 0) return;
  const radius = frame.prismatic ? 1 : aside(frame.axis, ball.center) + ball.radius;
  radii.set(frame, Math.max(radius, radii.get(frame) ?? 0));
}

/** Distance of a point from the line through the origin along a unit vector. */
function aside([ax, ay, az]: Vector3, [x, y, z]: Vector3): number {
  return Math.hypot(ay * z - az * y, az * x - ax * z, ax * y - ay * x);
}

/** Into the axes of the frame's parent, its motion left out. */
function fromChild(frame: Frame, { center: [x, y, z], radius }: Ball): Ball {
  const pose = restPose(frame);
  const row = (i: number) =>
    (pose[i] ?? 0) * x + (pose[i + 1] ?? 0) * y + (pose[i + 2] ?? 0) * z + (pose[i + 3] ?? 0);
  return { center: [row(0), row(4), row(8)], radius };
}

/** From the axes of the frame's parent into its own, its motion left out. */
function toChild(frame: Frame, { center, radius }: Ball): Ball {
  const pose = restPose(frame);
  const x = center[0] - (pose[3] ?? 0);
  const y = center[1] - (pose[7] ?? 0);
  const z = center[2] - (pose[11] ?? 0);
  const column = (i: number) =>
    (pose[i] ?? 0) * x + (pose[4 + i] ?? 0) * y + (pose[8 + i] ?? 0) * z;
  return { center: [column(0), column(1), column(2)], radius };
}

/** A rigid frame's pose; a moving frame's joint origin. */
function restPose(frame: Frame): Float64Array {
  return frame.index < 0 ? framePose(frame, frame.offset) : frame.origin;
}
