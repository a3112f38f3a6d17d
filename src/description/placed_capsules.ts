/** A robot's capsules where its links are now. */
import type { LinkCapsule } from './collision_shapes.js';
import { CAPSULE_SIZE } from './distance.js';
import type { Kinematics } from './kinematics.js';

/** Moves capsules along with the links of `kinematics`; `update` allocates nothing. */
export class PlacedCapsules {
  /** CAPSULE_SIZE numbers for each capsule, in the base frame; as of the last `update`. */
  readonly world: Float64Array;
  /** Offset of each capsule's link in `kinematics.linkPoses`, for its point Jacobians. */
  readonly linkOffsets: Int32Array;
  private readonly local: Float64Array;

  /** @throws SinewError for a capsule on a link that does not hang on the base */
  constructor(
    readonly capsules: readonly LinkCapsule[],
    private readonly kinematics: Kinematics,
  ) {
    this.linkOffsets = Int32Array.from(capsules, ({ link }) => kinematics.linkOffset(link));
    this.local = Float64Array.from(capsules.flatMap(({ a, b, radius }) => [...a, ...b, radius]));
    this.world = Float64Array.from(this.local);
  }

  /** Offset in `world` of the capsule `index`. */
  offset(index: number): number {
    return index * CAPSULE_SIZE;
  }

  /** Follows the poses of the last `kinematics.update`. */
  update(): void {
    for (let index = 0; index < this.capsules.length; index++) this.follow(index);
  }

  /** Has the capsule `index` follow the pose of its link. */
  follow(index: number): void {
    const poses = this.kinematics.linkPoses;
    const { world, local } = this;
    const from = this.linkOffsets[index] ?? 0;
    const at = index * CAPSULE_SIZE;
    const ax = local[at] ?? 0;
    const ay = local[at + 1] ?? 0;
    const az = local[at + 2] ?? 0;
    const bx = local[at + 3] ?? 0;
    const by = local[at + 4] ?? 0;
    const bz = local[at + 5] ?? 0;
    for (let i = 0; i < 3; i++) {
      const row = from + 4 * i;
      const x = poses[row] ?? 0;
      const y = poses[row + 1] ?? 0;
      const z = poses[row + 2] ?? 0;
      const shift = poses[row + 3] ?? 0;
      world[at + i] = x * ax + y * ay + z * az + shift;
      world[at + 3 + i] = x * bx + y * by + z * bz + shift;
    }
  }
}
