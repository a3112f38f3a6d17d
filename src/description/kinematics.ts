/**
 * Forward kinematics and Jacobian of a chain or tree of joints. Everything is prepared at
 * construction; the calls allocate nothing and are fit for a control tick.
 */
import { SinewError } from '../core/error.js';
import { FrameTable } from './frame_table.js';
import { buildFrames } from './kinematic_frames.js';
import type { RobotDescription } from './robot_description.js';
import { setIdentity, TRANSFORM_SIZE } from './transform.js';

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

  private readonly table: FrameTable;
  /** For each of `links`, the frames between the base and it, in this order. */
  private readonly chains: readonly Int32Array[];
  private readonly chain: Int32Array;
  private readonly toolAt: number;

  /** @throws SinewError when a joint or link is unknown, or the tool does not hang on the base */
  constructor(robot: RobotDescription, options: KinematicsOptions) {
    this.joints = [...options.joints];
    this.tool = options.tool;
    this.base = options.base ?? robot.root;
    const frames = buildFrames(robot, this.base, this.joints, options.fixed ?? {});
    this.table = new FrameTable(frames);
    this.links = [this.base, ...frames.map((frame) => frame.link)];
    this.linkPoses = new Float64Array(this.links.length * TRANSFORM_SIZE);
    for (let i = 0; i < this.links.length; i++) setIdentity(this.linkPoses, i * TRANSFORM_SIZE);
    const toolIndex = this.links.indexOf(this.tool);
    if (toolIndex < 0) {
      throw new SinewError(`link "${this.tool}" does not hang on "${this.base}"`, {
        where: robot.file,
        expected: `one of ${this.links.join(', ')}`,
      });
    }
    this.toolAt = toolIndex * TRANSFORM_SIZE;
    const chains = [new Int32Array(0)];
    frames.forEach((frame, f) => {
      const parent = chains[frame.parentAt / TRANSFORM_SIZE] ?? [];
      chains.push(Int32Array.of(...parent, f));
    });
    this.chains = chains;
    this.chain = chains[toolIndex] ?? new Int32Array(0);
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
    const frames = this.links.length - 1;
    for (let f = 0; f < frames; f++) this.table.place(f, q, this.linkPoses);
  }

  /** Writes the tool's pose in the base frame, 16 numbers, into `out`. */
  forward(q: ArrayLike<number>, out: Float64Array): void {
    this.placeTool(q);
    for (let i = 0; i < TRANSFORM_SIZE; i++) out[i] = this.linkPoses[this.toolAt + i] ?? 0;
  }

  /**
   * Writes the geometric Jacobian of the tool's origin, 6×n row-major (n = number of joints in
   * `q`), into `out`: rows 0 to 2 linear velocity, 3 to 5 angular velocity, both in base axes, per
   * unit of joint velocity.
   */
  jacobian(q: ArrayLike<number>, out: Float64Array): void {
    this.placeTool(q);
    this.jacobianHere(out);
  }

  /** `jacobian` at the `q` of the last `forward`, `update` or `jacobian`. */
  jacobianHere(out: Float64Array): void {
    const n = this.joints.length;
    this.originJacobian(this.toolAt, out);
    out.fill(0, 3 * n, 6 * n);
    const { kinds, indices, multipliers, axes } = this.table;
    for (let link = 0; link < this.chain.length; link++) {
      const f = this.chain[link] ?? 0;
      if (kinds[f] !== 1) continue;
      for (let i = 0; i < 3; i++) {
        add(out, (3 + i) * n + (indices[f] ?? 0), (multipliers[f] ?? 0) * (axes[3 * f + i] ?? 0));
      }
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
    const n = this.joints.length;
    out.fill(0, 0, 3 * n);
    this.addPointGradient(linkAt, px, py, pz, 1, 0, 0, 1, out, 0);
    this.addPointGradient(linkAt, px, py, pz, 0, 1, 0, 1, out, n);
    this.addPointGradient(linkAt, px, py, pz, 0, 0, 1, 1, out, 2 * n);
  }

  /**
   * Adds to `out`, from `outAt` on, for each joint of `q`: `scale` · g · the velocity, per unit of
   * joint velocity, of a point that moves with a link, at the `q` of the last `update`.
   *
   * @param linkAt the link's offset in `linkPoses`
   * @param px, py, pz the point in the base frame, m
   * @param gx, gy, gz a direction in base axes, of any length
   */
  addPointGradient(
    linkAt: number,
    px: number,
    py: number,
    pz: number,
    gx: number,
    gy: number,
    gz: number,
    scale: number,
    out: Float64Array,
    outAt: number,
  ): void {
    const chain = this.chains[linkAt / TRANSFORM_SIZE];
    if (chain === undefined) return;
    const poses = this.linkPoses;
    const { kinds, indices, multipliers, offsets, axes } = this.table;
    for (let link = 0; link < chain.length; link++) {
      const f = chain[link] ?? 0;
      const kind = kinds[f] ?? 0;
      if (kind === 0) continue;
      const x = axes[3 * f] ?? 0;
      const y = axes[3 * f + 1] ?? 0;
      const z = axes[3 * f + 2] ?? 0;
      let rate: number;
      if (kind === 1) {
        const at = offsets[f] ?? 0;
        const rx = px - (poses[at + 3] ?? 0);
        const ry = py - (poses[at + 7] ?? 0);
        const rz = pz - (poses[at + 11] ?? 0);
        rate = gx * (y * rz - z * ry) + gy * (z * rx - x * rz) + gz * (x * ry - y * rx);
      } else {
        rate = gx * x + gy * y + gz * z;
      }
      add(out, outAt + (indices[f] ?? 0), scale * (multipliers[f] ?? 0) * rate);
    }
  }

  /**
   * Writes the Jacobian, 3×n row-major, of the velocity of a link's origin, at the `q` of the last
   * `update`: `pointJacobian` for a control tick, where numbers passed on would have to be allocated.
   */
  originJacobian(linkAt: number, out: Float64Array): void {
    const n = this.joints.length;
    const chain = this.chains[linkAt / TRANSFORM_SIZE];
    out.fill(0, 0, 3 * n);
    if (chain === undefined) return;
    const poses = this.linkPoses;
    const { kinds, indices, multipliers, offsets, axes } = this.table;
    for (let link = 0; link < chain.length; link++) {
      const f = chain[link] ?? 0;
      const kind = kinds[f] ?? 0;
      if (kind === 0) continue;
      const i = indices[f] ?? 0;
      const scale = multipliers[f] ?? 0;
      const x = axes[3 * f] ?? 0;
      const y = axes[3 * f + 1] ?? 0;
      const z = axes[3 * f + 2] ?? 0;
      if (kind === 1) {
        const at = offsets[f] ?? 0;
        const rx = (poses[linkAt + 3] ?? 0) - (poses[at + 3] ?? 0);
        const ry = (poses[linkAt + 7] ?? 0) - (poses[at + 7] ?? 0);
        const rz = (poses[linkAt + 11] ?? 0) - (poses[at + 11] ?? 0);
        add(out, i, scale * (y * rz - z * ry));
        add(out, n + i, scale * (z * rx - x * rz));
        add(out, 2 * n + i, scale * (x * ry - y * rx));
      } else {
        add(out, i, scale * x);
        add(out, n + i, scale * y);
        add(out, 2 * n + i, scale * z);
      }
    }
  }

  private placeTool(q: ArrayLike<number>): void {
    for (let link = 0; link < this.chain.length; link++) {
      this.table.place(this.chain[link] ?? 0, q, this.linkPoses);
    }
  }
}

function add(out: Float64Array, at: number, value: number): void {
  out[at] = (out[at] ?? 0) + value;
}
