/**
 * Everything that the filter keeps apart, as one numbered list: link and link, link and scene, tool
 * centre and the workspace's planes. Each has a distance, its gradient over the joints, and a bound on
 * how fast it can change, so that what is far need not be looked at.
 */

import type { CollisionModel } from '../../description/collision_types.js';
import { CAPSULE_SIZE, capsuleDistance, newDistance } from '../../description/distance.js';
import { Kinematics, type Witness } from '../../description/kinematics.js';
import { PlacedCapsules } from '../../description/placed_capsules.js';
import { pointReach } from '../../description/reach.js';
import { sceneMeasure } from '../../description/scene_distance.js';
import type { BarrierSettings, CartesianLimits, HalfSpace } from '../options.js';
import { Reason } from '../reasons.js';
import { ReachTable } from './reach_table.js';
import { ToolMotion } from './tool_motion.js';

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
  readonly toolMotions: readonly ToolMotion[];
  /** Results of `measure`, m. */
  readonly distances: Float64Array;
  readonly joints: number;
  readonly tools: number;

  readonly #kinematics: Kinematics;
  readonly #capsules: PlacedCapsules;
  readonly #list: readonly Clearance[];
  readonly #distance = newDistance();
  /** The second point of the distance measured last, and how that changes with it. */
  readonly #other: Witness = { px: 0, py: 0, pz: 0, gx: 0, gy: 0, gz: 0 };
  /** Capsules that are where the robot was placed last. */
  readonly #brought: Uint8Array;

  /** @throws SinewError for a tool that is not a link of the robot */
  constructor(limits: CartesianLimits) {
    const { model, tools, workspace } = limits;
    const { joints, base, fixed } = model;
    const tree = { joints, base, fixed, tool: base };
    this.#kinematics = new Kinematics(model.description, tree);
    this.#capsules = new PlacedCapsules(model.capsules, this.#kinematics);
    this.#list = [
      ...model.pairs.map((pair) => this.#self(model, pair)),
      ...model.scene.map((entry) => this.#scene(model, entry)),
      ...tools.flatMap((link) => workspace.map((plane) => this.#plane(model, link, plane))),
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
    const free = new Kinematics(model.description, tree);
    this.toolMotions = tools.map((link) => new ToolMotion(free, link));
    this.#brought = new Uint8Array(model.capsules.length);
    this.configure(limits.barrier);
  }

  get count(): number {
    return this.#list.length;
  }

  /** Takes over margins. */
  configure({ selfMargin, sceneMargin }: Readonly<BarrierSettings>): void {
    for (let k = 0; k < this.count; k++) {
      this.margins[k] = this.reasons[k] === Reason.selfCollision ? selfMargin : sceneMargin;
      this.floors[k] = FLOOR * (this.margins[k] as number);
    }
  }

  /** Moves the robot to the joint positions in `q` from `from` on, rad. */
  place(q: Float64Array, from = 0): void {
    this.#kinematics.moveTo(q, from);
    this.#brought.fill(0);
  }

  /** Measures distance number `k` where the robot is, into `distances`. */
  measure(k: number): void {
    (this.#list[k] as Clearance).measure();
    this.distances[k] = this.#distance.value;
  }

  /** Writes the gradient of the distance measured last, which must be `k`, to `out`. */
  gradient(k: number, out: Float64Array): void {
    const { first, second } = this.#list[k] as Clearance;
    const distance = this.#distance;
    out.fill(0);
    this.#kinematics.addPointGradient(first, distance, out, 0);
    if (second < 0) return;
    const other = this.#other;
    other.px = distance.qx;
    other.py = distance.qy;
    other.pz = distance.qz;
    other.gx = -distance.gx;
    other.gy = -distance.gy;
    other.gz = -distance.gz;
    this.#kinematics.addPointGradient(second, other, out, 0);
  }

  /** Puts a capsule where the robot is. */
  #bring(capsule: number): void {
    if (this.#brought[capsule] === 1) return;
    this.#kinematics.placeLink(this.#capsules.linkOffsets[capsule] as number);
    this.#capsules.follow(capsule);
    this.#brought[capsule] = 1;
  }

  #self(model: CollisionModel, pair: CollisionModel['pairs'][number]): Clearance {
    const { world } = this.#capsules;
    const i = pair.first * CAPSULE_SIZE;
    const k = pair.second * CAPSULE_SIZE;
    return {
      name: `${model.capsules[pair.first]?.link} – ${model.capsules[pair.second]?.link}`,
      reason: Reason.selfCollision,
      reach: pair.reach,
      first: this.#capsules.linkOffsets[pair.first] as number,
      second: this.#capsules.linkOffsets[pair.second] as number,
      measure: () => {
        this.#bring(pair.first);
        this.#bring(pair.second);
        capsuleDistance(world, i, world, k, this.#distance);
      },
    };
  }

  #scene(model: CollisionModel, entry: CollisionModel['scene'][number]): Clearance {
    const { capsule, shape } = entry;
    const measure = sceneMeasure(
      this.#capsules.world,
      capsule * CAPSULE_SIZE,
      shape,
      this.#distance,
    );
    return {
      name: `${model.capsules[capsule]?.link} – ${shape.name}`,
      reason: Reason.scene,
      reach: entry.reach,
      first: this.#capsules.linkOffsets[capsule] as number,
      second: -1,
      measure: () => {
        this.#bring(capsule);
        measure();
      },
    };
  }

  #plane(model: CollisionModel, link: string, plane: HalfSpace): Clearance {
    const poses = this.#kinematics.linkPoses;
    const offset = this.#kinematics.linkOffset(link);
    const [x, y, z] = plane.normal;
    const out = this.#distance;
    return {
      name: `${link} – ${plane.name}`,
      reason: Reason.workspace,
      reach: pointReach(model, link),
      first: offset,
      second: -1,
      measure: () => {
        this.#kinematics.placeLink(offset);
        out.px = poses[offset + 3] as number;
        out.py = poses[offset + 7] as number;
        out.pz = poses[offset + 11] as number;
        out.gx = x;
        out.gy = y;
        out.gz = z;
        out.value = x * out.px + y * out.py + z * out.pz - plane.offset;
      },
    };
  }
}
