/**
 * Forward kinematics and Jacobian of a chain or tree of joints. Everything is prepared at
 * construction; the calls allocate nothing and are fit for a control tick.
 */
import { SinewError } from '../core/error.js';
import { buildFrames, type Frame } from './kinematic_frames.js';
import type { RobotDescription } from './robot_description.js';
import { multiply, setIdentity, setRotation, TRANSFORM_SIZE } from './transform.js';

export interface KinematicsOptions {
  /** Names of the joints that `q` holds, in its order. */
  readonly joints: readonly string[];
  /** Link whose pose `forward` gives. */
  readonly tool: string;
  /** Link in whose frame poses are given; the robot's root if absent. */
  readonly base?: string;
  /** Positions of movable joints that `q` does not hold; 0 for those not named. */
  readonly fixed?: Readonly<Record<string, number>>;
}

/** Poses are 4×4 row-major, translation in m; `q` is in rad (m for prismatic joints). */
export class Kinematics {
  readonly joints: readonly string[];
  readonly tool: string;
  readonly base: string;
  /** Names of all links from the base outwards; `linkPoses` holds theirs in this order. */
  readonly links: readonly string[];
  /** One pose for each of `links`, 16 numbers apart; as of the last call of `update`. */
  readonly linkPoses: Float64Array;

  private readonly frames: readonly Frame[];
  /** By offset of a link: the frames between the base and it, in this order. */
  private readonly chains: Map<number, readonly Frame[]>;
  private readonly chain: readonly Frame[];
  private readonly toolAt: number;
  private readonly local = new Float64Array(TRANSFORM_SIZE);
  private readonly placed = new Float64Array(TRANSFORM_SIZE);

  /** @throws SinewError when a joint or link is unknown, or the tool does not hang on the base */
  constructor(robot: RobotDescription, options: KinematicsOptions) {
    this.joints = [...options.joints];
    this.tool = options.tool;
    this.base = options.base ?? robot.root;
    this.frames = buildFrames(robot, this.base, this.joints, options.fixed ?? {});
    this.links = [this.base, ...this.frames.map((frame) => frame.link)];
    this.linkPoses = new Float64Array(this.links.length * TRANSFORM_SIZE);
    setIdentity(this.linkPoses, 0);
    const toolIndex = this.links.indexOf(this.tool);
    if (toolIndex < 0) {
      throw new SinewError(`link "${this.tool}" does not hang on "${this.base}"`, {
        where: robot.file,
        expected: `one of ${this.links.join(', ')}`,
      });
    }
    this.toolAt = toolIndex * TRANSFORM_SIZE;
    this.chains = new Map([[0, []]]);
    for (const frame of this.frames) {
      this.chains.set(frame.at, [...(this.chains.get(frame.parentAt) ?? []), frame]);
    }
    this.chain = this.chains.get(this.toolAt) ?? [];
  }

  /** Offset in `linkPoses` of a link's pose. */
  linkOffset(link: string): number {
    const index = this.links.indexOf(link);
    if (index < 0) {
      throw new SinewError(`link "${link}" does not hang on "${this.base}"`, {
        expected: `one of ${this.links.join(', ')}`,
      });
    }
    return index * TRANSFORM_SIZE;
  }

  /** Computes the poses of all links into `linkPoses`. */
  update(q: ArrayLike<number>): void {
    for (const frame of this.frames) this.place(frame, q);
  }

  /** Writes the tool's pose in the base frame, 16 numbers, into `out`. */
  forward(q: ArrayLike<number>, out: Float64Array): void {
    for (const frame of this.chain) this.place(frame, q);
    for (let i = 0; i < TRANSFORM_SIZE; i++) out[i] = this.linkPoses[this.toolAt + i] ?? 0;
  }

  /**
   * Writes the geometric Jacobian of the tool's origin, 6×n row-major (n = number of joints in
   * `q`), into `out`: rows 0 to 2 linear velocity, 3 to 5 angular velocity, both in base axes, per
   * unit of joint velocity.
   */
  jacobian(q: ArrayLike<number>, out: Float64Array): void {
    for (const frame of this.chain) this.place(frame, q);
    this.jacobianHere(out);
  }

  /** `jacobian` at the `q` of the last `forward`, `update` or `jacobian`. */
  jacobianHere(out: Float64Array): void {
    const poses = this.linkPoses;
    const n = this.joints.length;
    const at = this.toolAt;
    this.pointJacobian(at, poses[at + 3] ?? 0, poses[at + 7] ?? 0, poses[at + 11] ?? 0, out);
    out.fill(0, 3 * n, 6 * n);
    for (const { at: frameAt, index, axis, prismatic, multiplier } of this.chain) {
      if (index < 0 || prismatic) continue;
      add(out, 3 * n + index, multiplier * row(poses, frameAt, axis));
      add(out, 4 * n + index, multiplier * row(poses, frameAt + 4, axis));
      add(out, 5 * n + index, multiplier * row(poses, frameAt + 8, axis));
    }
  }

  /**
   * Writes the Jacobian, 3×n row-major, of the velocity of a point that moves with a link, at the
   * `q` of the last `update`.
   *
   * @param linkAt the link's offset in `linkPoses`
   * @param px, py, pz the point in the base frame, m
   */
  pointJacobian(linkAt: number, px: number, py: number, pz: number, out: Float64Array): void {
    const poses = this.linkPoses;
    const n = this.joints.length;
    out.fill(0, 0, 3 * n);
    for (const frame of this.chains.get(linkAt) ?? []) {
      if (frame.index < 0) continue;
      const { at, index, axis, multiplier } = frame;
      // The joint's motion leaves its own axis where it is, so the child's frame gives it too.
      const x = multiplier * row(poses, at, axis);
      const y = multiplier * row(poses, at + 4, axis);
      const z = multiplier * row(poses, at + 8, axis);
      if (frame.prismatic) {
        add(out, index, x);
        add(out, n + index, y);
        add(out, 2 * n + index, z);
        continue;
      }
      const rx = px - (poses[at + 3] ?? 0);
      const ry = py - (poses[at + 7] ?? 0);
      const rz = pz - (poses[at + 11] ?? 0);
      add(out, index, y * rz - z * ry);
      add(out, n + index, z * rx - x * rz);
      add(out, 2 * n + index, x * ry - y * rx);
    }
  }

  /** Pose of a frame's link from that of its parent. */
  private place(frame: Frame, q: ArrayLike<number>): void {
    const { axis, at, parentAt, origin } = frame;
    const value =
      frame.index < 0 ? frame.offset : frame.multiplier * (q[frame.index] ?? 0) + frame.offset;
    if (frame.fixed) {
      multiply(this.linkPoses, parentAt, origin, 0, this.linkPoses, at);
      return;
    }
    if (frame.prismatic) {
      setIdentity(this.local, 0);
      this.local[3] = axis[0] * value;
      this.local[7] = axis[1] * value;
      this.local[11] = axis[2] * value;
    } else {
      setRotation(this.local, 0, axis[0], axis[1], axis[2], value);
    }
    multiply(this.linkPoses, parentAt, origin, 0, this.placed, 0);
    multiply(this.placed, 0, this.local, 0, this.linkPoses, at);
  }
}

function row(poses: Float64Array, at: number, axis: readonly [number, number, number]): number {
  return (
    (poses[at] ?? 0) * axis[0] + (poses[at + 1] ?? 0) * axis[1] + (poses[at + 2] ?? 0) * axis[2]
  );
}

function add(out: Float64Array, at: number, value: number): void {
  out[at] = (out[at] ?? 0) + value;
}
