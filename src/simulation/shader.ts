/** The colour of a point on a surface: Lambert's law for two directional lights, one with shadows. */
import { FACE } from './ray_shapes.js';
import { POSE, type RenderScene, type SnapshotLayout } from './render_scene.js';
import type { ShadowGrid } from './shadow_grid.js';
import type { ShapeSet } from './shape_set.js';

/** Unit vector against the way the light travels. */
function towards(direction: readonly [number, number, number]): [number, number, number] {
  const [x, y, z] = direction;
  const length = Math.sqrt(x * x + y * y + z * z) || 1;
  return [-x / length, -y / length, -z / length];
}

export class Shader {
  /** The result of the last {@link shade}, 0..1 and above where too bright. */
  red = 0;
  green = 0;
  blue = 0;

  readonly #scene: RenderScene;
  readonly #shapes: ShapeSet;
  readonly #shadows: ShadowGrid;
  readonly #checker: Float64Array;
  readonly #sun: [number, number, number];
  readonly #fill: [number, number, number];
  #snapshot: Float64Array = new Float64Array(0);
  #colors = 0;
  #light = 1;

  constructor(scene: RenderScene, shapes: ShapeSet, shadows: ShadowGrid) {
    this.#scene = scene;
    this.#shapes = shapes;
    this.#shadows = shadows;
    this.#checker = Float64Array.from(scene.shapes, (shape) => shape.checker);
    this.#sun = towards(scene.lights.sun.direction);
    this.#fill = towards(scene.lights.fill.direction);
  }

  /** Takes over a snapshot. */
  prepare(snapshot: Float64Array, layout: SnapshotLayout): void {
    this.#snapshot = snapshot;
    this.#colors = layout.colors;
    this.#light = snapshot[layout.light] as number;
    this.#shadows.prepare(...this.#sun, snapshot);
  }

  /**
   * Colours the point at depth `t` on the ray (x, y, 1) of the camera frame.
   *
   * @param shape index, or −1 for the background
   * @param face as `hitFace` of ray_shapes.ts
   */
  shade(shape: number, face: number, t: number, x: number, y: number): void {
    if (shape < 0) {
      const [red, green, blue] = this.#scene.background;
      this.red = red;
      this.green = green;
      this.blue = blue;
      return;
    }
    const m = this.#shapes.relative;
    const p = shape * POSE;
    // The point in the shape's frame.
    const px =
      (m[p] as number) +
      t * ((m[p + 3] as number) * x + (m[p + 4] as number) * y + (m[p + 5] as number));
    const py =
      (m[p + 1] as number) +
      t * ((m[p + 6] as number) * x + (m[p + 7] as number) * y + (m[p + 8] as number));
    const pz =
      (m[p + 2] as number) +
      t * ((m[p + 9] as number) * x + (m[p + 10] as number) * y + (m[p + 11] as number));

    // The normal there, in the same frame.
    let nx = 0;
    let ny = 0;
    let nz = 0;
    if (face >= FACE.side) {
      const half = this.#shapes.size[shape * 3 + 1] as number;
      const isCapsule = this.#shapes.code[shape] === 3;
      nx = px;
      ny = py;
      if (face === FACE.round) nz = isCapsule ? (pz > 0 ? pz - half : pz + half) : pz;
      const inverse = 1 / Math.sqrt(nx * nx + ny * ny + nz * nz);
      nx *= inverse;
      ny *= inverse;
      nz *= inverse;
    } else {
      const sign = (face & 1) === 0 ? 1 : -1;
      if (face < 2) nx = sign;
      else if (face < 4) ny = sign;
      else nz = sign;
    }

    // Both in the world.
    const s = this.#snapshot;
    const r = (i: number): number => s[p + i] as number;
    const wx = r(3) * nx + r(4) * ny + r(5) * nz;
    const wy = r(6) * nx + r(7) * ny + r(8) * nz;
    const wz = r(9) * nx + r(10) * ny + r(11) * nz;

    const { ambient, sun, fill } = this.#scene.lights;
    let light = ambient * (0.8 + 0.2 * wz);
    const fillCosine = wx * this.#fill[0] + wy * this.#fill[1] + wz * this.#fill[2];
    if (fillCosine > 0) light += fill.intensity * fillCosine;
    const sunCosine = wx * this.#sun[0] + wy * this.#sun[1] + wz * this.#sun[2];
    if (sunCosine > 0) {
      const gx = r(0) + r(3) * px + r(4) * py + r(5) * pz;
      const gy = r(1) + r(6) * px + r(7) * py + r(8) * pz;
      const gz = r(2) + r(9) * px + r(10) * py + r(11) * pz;
      if (!this.#shadows.shaded(gx, gy, gz, wx, wy, wz)) light += sun.intensity * sunCosine;
    }
    light *= this.#light;

    const field = this.#checker[shape] as number;
    if (field > 0) {
      const odd = (Math.floor(px / field) + Math.floor(py / field)) & 1;
      light *= odd === 0 ? 1 : 1 - this.#scene.contrast;
    }
    const c = this.#colors + shape * 3;
    this.red = (s[c] as number) * light;
    this.green = (s[c + 1] as number) * light;
    this.blue = (s[c + 2] as number) * light;
  }
}
