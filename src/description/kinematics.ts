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

/** A point, m, and a direction of any length. */
export interface Witness {
  px: number;
  py: number;
  pz: number;
  gx: number;
  gy: number;
  gz: number;
}

/** Poses are 4×4 row-major, translation in m; `q` is in rad (m for prismatic joints). */
export class Kinematics {
  readonly joints: readonly string[];
  readonly tool: string;
  readonly base: string;
  /** Names of all links from the base outwards; `linkPoses` holds theirs in this order. */
  readonly links: readonly string[];
  /** One pose for each of `links`, 16 numbers apart; as of the last `update`, or as far as `placeLink`. */
  readonly linkPoses: Float64Array;

  private readonly table: FrameTable;
  /** For each of `links`, the frames between the base and it, in this order. */
  private readonly chains: readonly Int32Array[];
  private readonly chain: Int32Array;
  private readonly toolAt: number;
  /** Joints that move the tool, and room for what each makes of it. */
  private readonly movers: Int32Array;
  private readonly columns: Float64Array;
  /** Positions of `moveTo`, and for each frame whether it is placed there. */
  private readonly q: Float64Array;
  private readonly placed: Uint8Array;

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
    this.movers = this.moversOf(this.toolAt).joints;
    this.columns = new Float64Array(6 * this.movers.length);
    this.q = new Float64Array(this.joints.length);
    this.placed = new Uint8Array(frames.length);
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

  /**
   * Moves the robot to the positions in `q` from `from` on. Poses are computed link by link, by `placeLink`:
   * those of other links are of no meaning.
   */
  moveTo(q: Float64Array, from: number): void {
    for (let i = 0; i < this.q.length; i++) this.q[i] = q[from + i] as number;
    this.placed.fill(0);
  }

  /** Computes the pose of a link, and of all between the base and it, where `moveTo` moved the robot. */
  placeLink(linkAt: number): void {
    const chain = this.chains[linkAt / TRANSFORM_SIZE] as Int32Array;
    const { placed } = this;
    let link = chain.length;
    while (link > 0 && placed[chain[link - 1] as number] === 0) link--;
    for (; link < chain.length; link++) {
      const f = chain[link] as number;
      this.table.place(f, this.q, this.linkPoses);
      placed[f] = 1;
    }
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
    const { columns, movers } = this;
    this.moverColumns(this.toolAt, columns, 0);
    out.fill(0, 0, 6 * n);
    for (let i = 0; i < movers.length; i++) {
      for (let row = 0; row < 6; row++) {
        add(out, row * n + (movers[i] as number), columns[6 * i + row] as number);
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
    this.addPointGradient(linkAt, { px, py, pz, gx: 1, gy: 0, gz: 0 }, out, 0);
    this.addPointGradient(linkAt, { px, py, pz, gx: 0, gy: 1, gz: 0 }, out, n);
    this.addPointGradient(linkAt, { px, py, pz, gx: 0, gy: 0, gz: 1 }, out, 2 * n);
  }

  /**
   * Adds to `out`, from `outAt` on, for each joint of `q`: g · the velocity, per unit of joint velocity, of
   * the point p that moves with a link, which must be placed.
   *
   * @param linkAt the link's offset in `linkPoses`
   * @param witness both in base axes; an object, since numbers passed on may be allocated
   */
  addPointGradient(
    linkAt: number,
    { px, py, pz, gx, gy, gz }: Readonly<Witness>,
    out: Float64Array,
    outAt: number,
  ): void {
    const chain = this.chains[linkAt / TRANSFORM_SIZE] as Int32Array;
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
      add(out, outAt + (indices[f] ?? 0), (multipliers[f] ?? 0) * rate);
    }
  }

  /**
   * The joints of `q` that move a link, from the base outwards, one that moves several frames several
   * times; and by how much each moves its frame for a unit of its own.
   */
  moversOf(linkAt: number): { joints: Int32Array; multipliers: Float64Array } {
    const { kinds, indices, multipliers } = this.table;
    const moving = (this.chains[linkAt / TRANSFORM_SIZE] as Int32Array).filter(
      (f) => kinds[f] !== 0,
    );
    return {
      joints: moving.map((f) => indices[f] as number),
      multipliers: Float64Array.from(moving, (f) => multipliers[f] as number),
    };
  }

  /**
   * Writes for each of `moversOf` how the origin of a link, which must be placed, moves and how the link
   * turns with a unit of the joint: 3 + 3 numbers in base axes, from `outAt` on.
   */
  moverColumns(linkAt: number, out: Float64Array, outAt: number): void {
    const chain = this.chains[linkAt / TRANSFORM_SIZE] as Int32Array;
    const poses = this.linkPoses;
    const { kinds, multipliers, offsets, axes } = this.table;
    let to = outAt;
    for (let link = 0; link < chain.length; link++) {
      const f = chain[link] as number;
      if (kinds[f] === 0) continue;
      const scale = multipliers[f] as number;
      const x = scale * (axes[3 * f] as number);
      const y = scale * (axes[3 * f + 1] as number);
      const z = scale * (axes[3 * f + 2] as number);
      const turns = kinds[f] === 1;
      const at = offsets[f] as number;
      const rx = (poses[linkAt + 3] as number) - (poses[at + 3] as number);
      const ry = (poses[linkAt + 7] as number) - (poses[at + 7] as number);
      const rz = (poses[linkAt + 11] as number) - (poses[at + 11] as number);
      out[to] = turns ? y * rz - z * ry : x;
      out[to + 1] = turns ? z * rx - x * rz : y;
      out[to + 2] = turns ? x * ry - y * rx : z;
      out[to + 3] = turns ? x : 0;
      out[to + 4] = turns ? y : 0;
      out[to + 5] = turns ? z : 0;
      to += 6;
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
