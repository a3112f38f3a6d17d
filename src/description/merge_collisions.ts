/** Collision shapes for a description whose own are meshes, which are not read. */
import type { Link, RobotDescription } from './robot_description.js';

/** `description`, with the shapes of `shapes` for every link that has meshes, by the link's name. */
export function mergeCollisions(
  description: RobotDescription,
  shapes: RobotDescription,
): RobotDescription {
  const links = new Map(
    [...description.links].map(([name, link]): [string, Link] => {
      const meshes = link.collisions.some(({ geometry }) => geometry.type === 'mesh');
      const other = shapes.links.get(name);
      return [name, meshes && other ? { ...link, collisions: other.collisions } : link];
    }),
  );
  return { ...description, links };
}
