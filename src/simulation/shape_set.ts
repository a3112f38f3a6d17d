/**
 * The primitives of a scene at one instant, prepared for casting many rays: shape parameters in flat
 * arrays, and for one ray origin and frame the transform into every shape's own frame.
 */
import { hitBox, hitCapsule, hitCylinder, hitRectangle, hitSphere } from './ray_shapes.js';
import { POSE, type RenderShape, type ShapeType } from './render_scene.js';

const CODE: Record<ShapeType, number> = {
  rectangle: 0,
  box: 1,
  cylinder: 2,
  capsule: 3,
  sphere: 4,
};

/** Half lengths of the box around a shape, in its own frame. */
function halfExtents(shape: RenderShape): [number, number, number] {
  const [a, b, c] = shape.size;
  switch (shape.type) {
    case 'rectangle':
      return [a, b, 0];
    case 'box':
      return [a, b, c];
    case 'cylinder':
      return [a, a, b];
    case 'capsule':
      return [a, a, a + b];
    case 'sphere':
      return [a, a, a];
  }
}

export class ShapeSet {
  readonly count: number;
  readonly code: Uint8Array;
  /** Three size values a shape. */
  readonly size: Float64Array;
  /** Half lengths of the bounding box, three a shape. */
  readonly extents: Float64Array;
  /**
   * {@link POSE} values a shape, for the frame given to {@link place}: the origin of the rays in the
   * shape's frame (3) and the rotation from the ray frame to the shape's frame, row by row (9).
   */
  readonly relative: Float64Array;

  constructor(shapes: readonly RenderShape[]) {
    this.count = shapes.length;
    this.code = Uint8Array.from(shapes, (shape) => CODE[shape.type]);
    this.size = Float64Array.from(shapes.flatMap((shape) => shape.size));
    this.extents = Float64Array.from(shapes.flatMap(halfExtents));
    this.relative = new Float64Array(shapes.length * POSE);
  }

  /**
   * Sets the frame that rays are given in.
   *
   * @param poses every shape's pose in the world, {@link POSE} values each
   * @param frame the ray frame's pose in the world, at offset `at` of it
   */
  place(poses: Float64Array, frame: Float64Array, at: number): void {
    const { relative } = this;
    const g = (i: number): number => frame[at + i] as number;
    for (let i = 0, p = 0; i < this.count; i++, p += POSE) {
      const x = g(0) - (poses[p] as number);
      const y = g(1) - (poses[p + 1] as number);
      const z = g(2) - (poses[p + 2] as number);
      for (let axis = 0; axis < 3; axis++) {
        // Row `axis` of the transposed rotation is column `axis` of the shape's rotation.
        const a = poses[p + 3 + axis] as number;
        const b = poses[p + 6 + axis] as number;
        const c = poses[p + 9 + axis] as number;
        relative[p + axis] = a * x + b * y + c * z;
        const row = p + 3 + axis * 3;
        relative[row] = a * g(3) + b * g(6) + c * g(9);
        relative[row + 1] = a * g(4) + b * g(7) + c * g(10);
        relative[row + 2] = a * g(5) + b * g(8) + c * g(11);
      }
    }
  }

  /** Ray parameter where the ray from the placed origin along (u, v, w) meets shape i, or Infinity. */
  hit(i: number, u: number, v: number, w: number): number {
    const p = i * POSE;
    const m = this.relative;
    return this.hitLocal(
      i,
      m[p] as number,
      m[p + 1] as number,
      m[p + 2] as number,
      (m[p + 3] as number) * u + (m[p + 4] as number) * v + (m[p + 5] as number) * w,
      (m[p + 6] as number) * u + (m[p + 7] as number) * v + (m[p + 8] as number) * w,
      (m[p + 9] as number) * u + (m[p + 10] as number) * v + (m[p + 11] as number) * w,
    );
  }

  /** The same for a ray in the shape's own frame. */
  hitLocal(
    i: number,
    ox: number,
    oy: number,
    oz: number,
    dx: number,
    dy: number,
    dz: number,
  ): number {
    const s = i * 3;
    const a = this.size[s] as number;
    const b = this.size[s + 1] as number;
    switch (this.code[i]) {
      case 0:
        return hitRectangle(ox, oy, oz, dx, dy, dz, a, b);
      case 1:
        return hitBox(ox, oy, oz, dx, dy, dz, a, b, this.size[s + 2] as number);
      case 2:
        return hitCylinder(ox, oy, oz, dx, dy, dz, a, b);
      case 3:
        return hitCapsule(ox, oy, oz, dx, dy, dz, a, b);
      default:
        return hitSphere(ox, oy, oz, dx, dy, dz, a);
    }
  }
}
