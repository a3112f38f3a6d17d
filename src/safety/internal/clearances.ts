/**
 * Everything that the filter keeps apart, as one numbered list: link and link, link and scene, tool
 * centre and the workspace's planes. Each has a distance, its gradient over the joints, and a bound on
 * how fast it can change, so that what is far need not be looked at.
 */

import { at } from '../../core/vector.js';
import type { CollisionModel } from '../../description/collision_types.js';
import { CAPSULE_SIZE, capsuleDistance, newDistance } from '../../description/distance.js';
import { Kinematics } from '../../description/kinematics.js';
import { PlacedCapsules } from '../../description/placed_capsules.js';
import { pointBend, pointReach } from '../../description/reach.js';
import { sceneMeasure } from '../../description/scene_distance.js';
import type { BarrierSettings, CartesianLimits, HalfSpace } from '../options.js';
import { Reason } from '../reasons.js';
import { ReachTable } from './reach_table.js';

/**
 * Share of the margin that steps leave. Half of the margin is never used up: what a stop in ticks
 * deviates from the way to rest that was foreseen has to be smaller than the rest.
 */
const FLOOR = 0.8;

/** One clearance: measures into the shared result and names the frames that the result moves with. */
interface Clearance {
  readonly name: string;
  readonly reason: number;
  readonly reach: readonly number[];
  /** Offset of the link that point p of the result moves with, and of q's; −1 for the world. */
  readonly first: number;
  readonly second: number;
  readonly measure: () => void;
}

export class Clearances {
  readonly names: readonly string[];
  /** Reason that stands for each, by number. */
  readonly reasons: readonly number[];
  /** m: distance to be kept, and the part of it that is never used up. */
  readonly margins: Float64Array;
  readonly floors: Float64Array;
  /** m/rad: greatest change of each distance with each joint. */
  readonly reach: ReachTable;
  /** The same for each tool centre, a row each: how fast it can move. */
  readonly toolReach: readonly (readonly number[])[];
  /** m/rad²: how fast its Jacobian can change, a square matrix over the joints for each tool. */
  readonly toolBends: readonly Float64Array[];
  /** Results of `measure`, m. */
  readonly distances: Float64Array;
  readonly joints: number;
  readonly tools: number;
  /** Result of `toolTravel`, m, and of `toolSpeed`, m/s. */
  rate = 0;

  readonly #kinematics: Kinematics;
  readonly #capsules: PlacedCapsules;
  readonly #list: readonly Clearance[];
  readonly #toolOffsets: readonly number[];
  readonly #distance = newDistance();
  readonly #jacobian: Float64Array;
  readonly #q: Float64Array;
  /** Where the tool centres were marked, m. */
  readonly #marked: Float64Array;

  /** @throws SinewError for a tool that is not a link of the robot */
  constructor(limits: CartesianLimits) {
    const { model, tools, workspace } = limits;
    const { joints, base, fixed } = model;
    const tool = tools[0] ?? base;
    this.#kinematics = new Kinematics(model.description, { joints, base, fixed, tool });
    this.#capsules = new PlacedCapsules(model.capsules, this.#kinematics);
    this.#toolOffsets = tools.map((link) => this.#kinematics.linkOffset(link));
    this.#list = [
      ...model.pairs.map((pair) => this.#self(model, pair)),
      ...model.scene.map((entry) => this.#scene(model, entry)),
      ...tools.flatMap((link, i) => workspace.map((plane) => this.#plane(model, link, i, plane))),
    ];
    this.joints = joints.length;
    this.tools = tools.length;
    this.names = this.#list.map(({ name }) => name);
    this.reasons = this.#list.map(({ reason }) => reason);
    this.margins = new Float64Array(this.#list.length);
    this.distances = new Float64Array(this.#list.length);
    this.floors = new Float64Array(this.#list.length);
    this.reach = new ReachTable(this.#list.map(({ reach }) => reach));
    this.toolReach = tools.map((link) => pointReach(model, link));
    this.toolBends = tools.map((link) => Float64Array.from(pointBend(model, link).flat()));
    this.#jacobian = new Float64Array(3 * this.joints);
    this.#q = new Float64Array(this.joints);
    this.#marked = new Float64Array(3 * this.tools);
    this.configure(limits.barrier);
  }

  get count(): number {
    return this.#list.length;
  }

  /** Takes over margins. */
  configure({ selfMargin, sceneMargin }: Readonly<BarrierSettings>): void {
    for (let k = 0; k < this.count; k++) {
      this.margins[k] = this.reasons[k] === Reason.selfCollision ? selfMargin : sceneMargin;
      this.floors[k] = FLOOR * at(this.margins, k);
    }
  }

  /** Moves the robot to the joint positions in `q` from `from` on, rad. */
  place(q: Float64Array, from = 0): void {
    for (let i = 0; i < this.joints; i++) this.#q[i] = at(q, from + i);
    this.#kinematics.update(this.#q);
    this.#capsules.update();
  }

  /** Measures distance number `k` where the robot is, into `distances`. */
  measure(k: number): void {
    (this.#list[k] as Clearance).measure();
    this.distances[k] = this.#distance.value;
  }

  /** Writes the gradient of the distance measured last, which must be `k`, to `out`. */
  gradient(k: number, out: Float64Array): void {
    const { first, second } = this.#list[k] as Clearance;
    const { px, py, pz, qx, qy, qz, gx, gy, gz } = this.#distance;
    const kinematics = this.#kinematics;
    out.fill(0);
    kinematics.addPointGradient(first, px, py, pz, gx, gy, gz, 1, out, 0);
    if (second >= 0) kinematics.addPointGradient(second, qx, qy, qz, gx, gy, gz, -1, out, 0);
  }

  /** Has `toolTravel` count from where the robot is. */
  markTools(): void {
    const poses = this.#kinematics.linkPoses;
    for (let tool = 0; tool < this.tools; tool++) {
      const link = at(this.#toolOffsets, tool);
      for (let axis = 0; axis < 3; axis++) {
        this.#marked[3 * tool + axis] = at(poses, link + 4 * axis + 3);
      }
    }
  }

  /**
   * Finds how far a tool centre is from where it was marked. Writes the gradient over the joint positions
   * to `out`.
   */
  toolTravel(tool: number, out: Float64Array): void {
    const poses = this.#kinematics.linkPoses;
    const link = at(this.#toolOffsets, tool);
    this.#kinematics.originJacobian(link, this.#jacobian);
    const dx = at(poses, link + 3) - at(this.#marked, 3 * tool);
    const dy = at(poses, link + 7) - at(this.#marked, 3 * tool + 1);
    const dz = at(poses, link + 11) - at(this.#marked, 3 * tool + 2);
    this.#along(dx, dy, dz, out);
  }

  /**
   * Finds the speed of a tool centre at the joint velocities in `velocities` from `from` on. Writes its
   * gradient over the joint velocities to `out`.
   */
  toolSpeed(tool: number, velocities: Float64Array, from: number, out: Float64Array): void {
    const n = this.joints;
    const jacobian = this.#jacobian;
    this.#kinematics.originJacobian(at(this.#toolOffsets, tool), this.#jacobian);
    let vx = 0;
    let vy = 0;
    let vz = 0;
    for (let i = 0; i < n; i++) {
      const v = at(velocities, from + i);
      vx += at(jacobian, i) * v;
      vy += at(jacobian, n + i) * v;
      vz += at(jacobian, 2 * n + i) * v;
    }
    this.#along(vx, vy, vz, out);
  }

  /** Copies the Jacobian, 3×n, of the tool that speed or travel was asked for last. */
  copyJacobian(out: Float64Array, from: number): void {
    out.set(this.#jacobian, from);
  }

  /** Finds the length of a vector; writes what of the last Jacobian is along it to `out`. */
  #along(x: number, y: number, z: number, out: Float64Array): void {
    const n = this.joints;
    const jacobian = this.#jacobian;
    const length = Math.sqrt(x * x + y * y + z * z);
    const scale = length > 0 ? 1 / length : 0;
    for (let i = 0; i < n; i++) {
      const along = x * at(jacobian, i) + y * at(jacobian, n + i) + z * at(jacobian, 2 * n + i);
      out[i] = scale * along;
    }
    this.rate = length;
  }

  #self(model: CollisionModel, pair: CollisionModel['pairs'][number]): Clearance {
    const { world } = this.#capsules;
    const i = pair.first * CAPSULE_SIZE;
    const k = pair.second * CAPSULE_SIZE;
    return {
      name: `${model.capsules[pair.first]?.link} – ${model.capsules[pair.second]?.link}`,
      reason: Reason.selfCollision,
      reach: pair.reach,
      first: at(this.#capsules.linkOffsets, pair.first),
      second: at(this.#capsules.linkOffsets, pair.second),
      measure: () => capsuleDistance(world, i, world, k, this.#distance),
    };
  }

  #scene(model: CollisionModel, entry: CollisionModel['scene'][number]): Clearance {
    return {
      name: `${model.capsules[entry.capsule]?.link} – ${entry.shape.name}`,
      reason: Reason.scene,
      reach: entry.reach,
      first: at(this.#capsules.linkOffsets, entry.capsule),
      second: -1,
      measure: sceneMeasure(
        this.#capsules.world,
        entry.capsule * CAPSULE_SIZE,
        entry.shape,
        this.#distance,
      ),
    };
  }

  #plane(model: CollisionModel, link: string, tool: number, plane: HalfSpace): Clearance {
    const poses = this.#kinematics.linkPoses;
    const offset = at(this.#toolOffsets, tool);
    const [x, y, z] = plane.normal;
    const out = this.#distance;
    return {
      name: `${link} – ${plane.name}`,
      reason: Reason.workspace,
      reach: pointReach(model, link),
      first: offset,
      second: -1,
      measure: () => {
        out.px = at(poses, offset + 3);
        out.py = at(poses, offset + 7);
        out.pz = at(poses, offset + 11);
        out.gx = x;
        out.gy = y;
        out.gz = z;
        out.value = x * out.px + y * out.py + z * out.pz - plane.offset;
      },
    };
  }
}
