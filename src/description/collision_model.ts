/**
 * What a robot must not run into: its own links and the scene around it, as plain data that can be
 * sent to another thread.
 */
import { SinewError } from '../core/error.js';
import { type CapsulePair, collisionPairs } from './collision_pairs.js';
import { type LinkCapsule, linkCapsules } from './collision_shapes.js';
import type { CollisionModel, SceneShape } from './collision_types.js';
import { boxCorners, newBox, steepestSlope } from './distance.js';
import { type Body, type JointTree, Reach } from './reach.js';
import type { Robot } from './robot.js';

export type { Bounded, CollisionModel, SceneShape } from './collision_types.js';

/**
 * The model of a robot by its `collision` settings, over all of its joints.
 *
 * @throws SinewError for collision meshes, shapes that are malformed or name links that do not exist
 *   or cannot move, and link pairs in the settings that do not fit (see `collisionPairs`)
 */
export function collisionModel(robot: Robot, scene: readonly SceneShape[] = []): CollisionModel {
  const { config, description, home } = robot;
  const { collision } = config;
  const tree: JointTree = {
    description,
    joints: config.joints,
    base: config.baseLink,
    fixed: {},
  };
  const reach = new Reach(tree);
  const used = collision.self || scene.length > 0;
  const capsules = used
    ? linkCapsules(description, {
        perLink: collision.capsulesPerLink,
        padding: collision.padding,
      }).filter(({ link }) => reach.links.includes(link))
    : [];
  const { pairs, allowed } = collisionPairs(tree, collision.self ? capsules : [], {
    home,
    ignore: collision.ignore,
    check: collision.check,
    where: `${config.file}: collision`,
  });
  return {
    ...tree,
    capsules,
    pairs: pairs.map((pair) => ({ ...pair, reach: pairReach(reach, capsules, pair) })),
    scene: scene.flatMap((shape) => sceneEntries(shape, reach, capsules)),
    allowed,
  };
}

function pairReach(
  reach: Reach,
  capsules: readonly LinkCapsule[],
  { first, second }: CapsulePair,
): number[] {
  const one = capsules[first];
  const other = capsules[second];
  return one === undefined || other === undefined ? [] : capsulesReach(reach, one, other);
}

function capsulesReach(reach: Reach, one: LinkCapsule, other: LinkCapsule): number[] {
  const slope = steepestSlope(one, other);
  return reach.between(axisOf(one), axisOf(other)).map((bound) => slope * bound);
}

/** A shape against every capsule that it concerns. */
function sceneEntries(
  shape: SceneShape,
  reach: Reach,
  capsules: readonly LinkCapsule[],
): CollisionModel['scene'] {
  const where = `scene shape "${shape.name}"`;
  checkShape(shape, where);
  for (const link of shape.links ?? []) {
    if (reach.moves(link)) continue;
    throw new SinewError(`link "${link}" does not exist or does not move`, {
      where,
      expected: `some of ${reach.links.filter((known) => reach.moves(known)).join(', ')}`,
    });
  }
  return capsules.flatMap((capsule, index) => {
    const concerned = shape.links?.includes(capsule.link) ?? reach.moves(capsule.link);
    return concerned ? [{ shape, capsule: index, reach: shapeReach(shape, reach, capsule) }] : [];
  });
}

function shapeReach(shape: SceneShape, reach: Reach, capsule: LinkCapsule): number[] {
  if (shape.type === 'half_space') return reach.of(axisOf(capsule));
  if (shape.type === 'box') {
    const points = boxCorners(newBox(shape.center, shape.size, shape.rpy));
    return reach.between({ link: reach.base, points }, axisOf(capsule));
  }
  const { center, radius } = shape;
  return capsulesReach(reach, { link: reach.base, a: center, b: center, radius }, capsule);
}

function axisOf({ link, a, b }: LinkCapsule): Body {
  return { link, points: [a, b] };
}

function checkShape(shape: SceneShape, where: string): void {
  const numbers =
    shape.type === 'half_space'
      ? [...shape.normal, shape.offset]
      : shape.type === 'box'
        ? [...shape.center, ...shape.size, ...shape.rpy]
        : [...shape.center, shape.radius];
  if (!numbers.every(Number.isFinite)) {
    throw new SinewError(`${numbers.join(', ')} are not all finite numbers`, { where });
  }
  if (shape.type === 'half_space' && Math.abs(Math.hypot(...shape.normal) - 1) > 1e-6) {
    throw new SinewError(`normal has length ${Math.hypot(...shape.normal)}`, {
      where,
      expected: 'a unit vector',
    });
  }
  const sizes = shape.type === 'box' ? shape.size : shape.type === 'sphere' ? [shape.radius] : [];
  if (sizes.some((size) => size <= 0)) {
    throw new SinewError(`size is ${sizes.join(', ')}`, { where, expected: 'numbers above 0' });
  }
}
