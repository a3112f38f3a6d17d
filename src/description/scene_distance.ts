/** The distance of a capsule to a shape of the scene, chosen once by the shape's type. */
import type { SceneShape } from './collision_types.js';
import { boxDistance, capsuleDistance, halfSpaceDistance, newBox } from './distance.js';
import type { Distance } from './distance_result.js';

/**
 * @param block capsules as in PlacedCapsules.world, m
 * @param i offset of the capsule in it
 * @param out receives the result of each call of what is returned; the call allocates nothing
 */
export function sceneMeasure(
  block: Float64Array,
  i: number,
  shape: SceneShape,
  out: Distance,
): () => void {
  if (shape.type === 'half_space') {
    const [x, y, z] = shape.normal;
    return () => halfSpaceDistance(block, i, x, y, z, shape.offset, out);
  }
  if (shape.type === 'box') {
    const box = newBox(shape.center, shape.size, shape.rpy);
    return () => boxDistance(block, i, box, out);
  }
  const ball = Float64Array.of(...shape.center, ...shape.center, shape.radius);
  return () => capsuleDistance(block, i, ball, 0, out);
}
