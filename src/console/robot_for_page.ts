/** Makes the robot's model for the page from its description. */
import type { LinkCapsule } from '../description/collision_shapes.js';
import type { SceneShape } from '../description/collision_types.js';
import type { Robot } from '../description/robot.js';
import type { RobotModel } from './robot_model.js';

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
