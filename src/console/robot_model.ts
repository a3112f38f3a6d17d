/** The robot as the page draws it: its URDF as plain data, limits and joint groups. */
import type { LinkCapsule } from '../description/collision_shapes.js';
import type { SceneShape } from '../description/collision_types.js';
import type { Robot } from '../description/robot.js';
import type { Geometry, Origin, Vector3 } from '../description/robot_description.js';

export interface ModelShape {
  readonly origin: Origin;
  readonly geometry: Geometry;
  /** Red, green, blue, alpha in [0, 1]. */
  readonly color: readonly number[];
}

export interface ModelLink {
  readonly name: string;
  readonly shapes: readonly ModelShape[];
}

export interface ModelJoint {
  readonly name: string;
  readonly type: string;
  readonly parent: string;
  readonly child: string;
  readonly origin: Origin;
  readonly axis: Vector3;
  readonly mimic?: { readonly joint: string; readonly multiplier: number; readonly offset: number };
}

export interface ModelLimits {
  readonly name: string;
  /** rad (m for a sliding joint). */
  readonly lower: number;
  readonly upper: number;
  /** rad/s. */
  readonly velocity: number;
  readonly sliding: boolean;
}

export interface RobotModel {
  readonly name: string;
  readonly root: string;
  readonly base: string;
  readonly tool: string;
  /** In the order of all joint vectors. */
  readonly joints: readonly ModelLimits[];
  readonly groups: Readonly<Record<string, readonly string[]>>;
  readonly links: readonly ModelLink[];
  /** Parents before children. */
  readonly tree: readonly ModelJoint[];
  readonly capsules: readonly LinkCapsule[];
  readonly scene: readonly SceneShape[];
}

const GREY = [0.7, 0.71, 0.73, 1];

/** Joints that no group names form the group "arm". */
export function robotModel(
  robot: Robot,
  capsules: readonly LinkCapsule[],
  scene: readonly SceneShape[],
): RobotModel {
  const { config, description, limits } = robot;
  const links = [...description.links.values()].map(({ name, visuals, collisions }) => ({
    name,
    shapes: (visuals.length > 0 ? visuals : collisions).map(({ origin, geometry, color }) => ({
      origin,
      geometry,
      color: color ?? GREY,
    })),
  }));
  const tree = [...description.joints.values()].map((joint) => ({
    name: joint.name,
    type: joint.type,
    parent: joint.parent,
    child: joint.child,
    origin: joint.origin,
    axis: joint.axis,
    ...(joint.mimic === undefined ? {} : { mimic: joint.mimic }),
  }));
  const groups =
    Object.keys(config.groups).length > 0 ? config.groups : { arm: [...config.joints] };
  return {
    name: config.name,
    root: description.root,
    base: config.baseLink,
    tool: config.toolLink,
    joints: limits.map(({ name, lower, upper, velocity }) => ({
      name,
      lower,
      upper,
      velocity,
      sliding: description.joints.get(name)?.type === 'prismatic',
    })),
    groups,
    links,
    tree,
    capsules,
    scene,
  };
}
