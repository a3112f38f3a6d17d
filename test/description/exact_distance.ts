/** Exact distances of capsules from shapes of the scene: what the filter's smooth ones are held against. */
import type { SceneShape } from '../../src/description/collision_model.js';
import { trueCapsuleDistance } from '../../src/description/distance.js';
import { fromOrigin } from '../../src/description/transform.js';

type Box = SceneShape & { readonly type: 'box' };

/** Exact distance of the capsule at `i` in `block` from a shape, m; from a box, 0 if its axis is inside. */
export function sceneDistance(block: Float64Array, i: number, shape: SceneShape): () => number {
  const radius = () => block[i + 6] ?? NaN;
  const axis = (t: number, k: number) =>
    (block[i + k] ?? NaN) + t * ((block[i + 3 + k] ?? NaN) - (block[i + k] ?? NaN));
  if (shape.type === 'half_space') {
    const [x, y, z] = shape.normal;
    const height = (t: number) => x * axis(t, 0) + y * axis(t, 1) + z * axis(t, 2) - shape.offset;
    return () => Math.min(height(0), height(1)) - radius();
  }
  if (shape.type === 'sphere') {
    const ball = Float64Array.of(...shape.center, ...shape.center, shape.radius);
    return () => trueCapsuleDistance(block, i, ball, 0);
  }
  return boxDistance(block, i, shape);
}

function boxDistance(block: Float64Array, i: number, { center, size, rpy }: Box): () => number {
  const pose = fromOrigin({ xyz: center, rpy });
  const corner = Math.hypot(...size) / 2;
  const start = new Float64Array(3);
  const way = new Float64Array(3);
  const inBox = (end: number, k: number) => {
    let along = 0;
    for (let axis = 0; axis < 3; axis++) {
      along += (pose[4 * axis + k] ?? NaN) * ((block[end + axis] ?? NaN) - (center[axis] ?? NaN));
    }
    return along;
  };
  const from = (t: number) => {
    let square = 0;
    for (let k = 0; k < 3; k++) {
      const out = Math.abs((start[k] ?? NaN) + t * (way[k] ?? NaN)) - (size[k] ?? NaN) / 2;
      if (out > 0) square += out * out;
    }
    return Math.sqrt(square);
  };
  return () => {
    for (let k = 0; k < 3; k++) {
      start[k] = inBox(i, k);
      way[k] = inBox(i + 3, k) - (start[k] ?? NaN);
    }
    const radius = block[i + 6] ?? NaN;
    const far = Math.hypot(...start) - Math.hypot(...way) - corner - radius;
    if (far > 0.2) return far; // less than the distance, and enough to know
    // The distance from a convex shape is convex along the axis: close in on its least value.
    let low = 0;
    let high = 1;
    for (let step = 0; step < 40; step++) {
      const one = low + (high - low) / 3;
      const two = high - (high - low) / 3;
      if (from(one) < from(two)) high = two;
      else low = one;
    }
    return from((low + high) / 2) - radius;
  };
}
