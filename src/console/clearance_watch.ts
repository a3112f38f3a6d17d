/**
 * How near the arm is to itself and to the scene, for the page. It looks at the same model as the
 * safety filter but decides nothing: what is shown and what is enforced are computed apart.
 */
import { item } from '../core/vector.js';
import type { CollisionModel } from '../description/collision_types.js';
import { CAPSULE_SIZE, capsuleDistance, newDistance } from '../description/distance.js';
import { Kinematics } from '../description/kinematics.js';
import { PlacedCapsules } from '../description/placed_capsules.js';
import { sceneMeasure } from '../description/scene_distance.js';
import type { Clearance } from './protocol.js';

interface Measure {
  readonly name: string;
  readonly run: () => void;
  /** Radii on the two sides, m: results name points on the axes. */
  readonly radii: readonly [number, number];
}

export class ClearanceWatch {
  readonly #kinematics: Kinematics;
  readonly #capsules: PlacedCapsules;
  readonly #distance = newDistance();
  readonly #measures: readonly Measure[];

  constructor(model: CollisionModel) {
    const { description, base, joints, fixed } = model;
    this.#kinematics = new Kinematics(description, { joints, base, tool: base, fixed });
    this.#capsules = new PlacedCapsules(model.capsules, this.#kinematics);
    const { world } = this.#capsules;
    const radius = (index: number) => model.capsules[index]?.radius ?? 0;
    const link = (index: number) => model.capsules[index]?.link ?? '';
    const pairs = model.pairs.map(({ first, second }): Measure => {
      const i = first * CAPSULE_SIZE;
      const k = second * CAPSULE_SIZE;
      return {
        name: `${link(first)} · ${link(second)}`,
        run: () => capsuleDistance(world, i, world, k, this.#distance),
        radii: [radius(first), radius(second)],
      };
    });
    const scene = model.scene.map(({ shape, capsule }): Measure => {
      const i = capsule * CAPSULE_SIZE;
      return {
        name: `${link(capsule)} · ${shape.name}`,
        run: sceneMeasure(world, i, shape, this.#distance),
        radii: [radius(capsule), shape.type === 'sphere' ? shape.radius : 0],
      };
    });
    this.#measures = [...pairs, ...scene];
  }

  /**
   * The nearest pairs, each pair of names once, the nearest first.
   *
   * @param q joint positions in the model's order, rad
   */
  nearest(q: ArrayLike<number>, count: number): Clearance[] {
    this.#kinematics.update(q);
    this.#capsules.update();
    const best = new Map<string, Clearance>();
    for (const { name, run, radii } of this.#measures) {
      run();
      const { value, px, py, pz, qx, qy, qz } = this.#distance;
      if (value >= (best.get(name)?.distance ?? Number.POSITIVE_INFINITY)) continue;
      const [from, to] = onSurfaces([px, py, pz], [qx, qy, qz], radii);
      best.set(name, { name, distance: value, from, to });
    }
    return [...best.values()].sort((a, b) => a.distance - b.distance).slice(0, count);
  }
}

/** The two points moved from the axes to the surfaces. */
function onSurfaces(
  p: readonly number[],
  q: readonly number[],
  [first, second]: readonly [number, number],
): [number[], number[]] {
  const step = [0, 1, 2].map((i) => item(q, i) - item(p, i));
  const length = Math.hypot(...step) || 1;
  const along = (from: readonly number[], distance: number) =>
    from.map((value, i) => value + (item(step, i) / length) * distance);
  return [along(p, first), along(q, -second)];
}
