/**
 * Draws what a camera sees, by casting a ray for each pixel against the scene's primitives: Lambert
 * shading by ambient light, a sun with hard shadows and a fill light; pixels on edges are averaged
 * over four sub-pixels. Same input, same bytes, on every machine: only + − × ÷ √ are used.
 *
 * A shape is tested only inside the rectangle of the image that its bounding box projects to.
 */
import { type CameraIntrinsics, intrinsicsOf } from './camera_model.js';
import { FACE, hitFace } from './ray_shapes.js';
import { POSE, type RenderScene, type SnapshotLayout, snapshotLayout } from './render_scene.js';
import { Shader } from './shader.js';
import { ShadowGrid } from './shadow_grid.js';
import { ShapeSet } from './shape_set.js';

/** Corners nearer to the image plane than this (m) make a shape count as covering the whole image. */
const NEAR = 1e-3;
const NONE = -1;

/** Offsets of the sub-pixels of an edge pixel, in pixels (a rotated square). */
const SUBPIXELS = [-0.125, -0.375, 0.375, -0.125, 0.125, 0.375, -0.375, 0.125] as const;

export class Renderer {
  readonly layout: SnapshotLayout;
  readonly #scene: RenderScene;
  readonly #shapes: ShapeSet;
  readonly #shadows: ShadowGrid;
  readonly #shader: Shader;
  readonly #intrinsics: readonly CameraIntrinsics[];
  readonly #depth: Float64Array;
  readonly #shape: Int16Array;
  readonly #face: Uint8Array;

  constructor(scene: RenderScene) {
    this.layout = snapshotLayout(scene.shapes.length, scene.cameras.length);
    this.#scene = scene;
    this.#shapes = new ShapeSet(scene.shapes);
    this.#shadows = new ShadowGrid(scene.shapes, this.#shapes);
    this.#shader = new Shader(scene, this.#shapes, this.#shadows);
    this.#intrinsics = scene.cameras.map(intrinsicsOf);
    const pixels = Math.max(0, ...scene.cameras.map((c) => c.width * c.height));
    this.#depth = new Float64Array(pixels);
    this.#shape = new Int16Array(pixels);
    this.#face = new Uint8Array(pixels);
  }

  /** Index of a camera by name, or −1. */
  cameraIndex(name: string): number {
    return this.#scene.cameras.findIndex((camera) => camera.name === name);
  }

  /**
   * Draws one picture.
   *
   * @param snapshot the world, laid out as {@link layout} says
   * @param camera index of the camera
   * @param out rgb8, row by row from the top, height · width · 3 bytes
   */
  render(snapshot: Float64Array, camera: number, out: Uint8Array): void {
    const intrinsics = this.#intrinsics[camera];
    if (intrinsics === undefined) throw new RangeError(`no camera ${camera}`);
    const at = this.layout.cameras + camera * POSE;
    this.#shapes.place(snapshot, snapshot, at);
    this.#shader.prepare(snapshot, this.layout);
    this.#cast(intrinsics);
    this.#shade(intrinsics, out);
  }

  /** Depth along the optical axis (m, Infinity for none) of the last picture's pixel centres. */
  depthAt(u: number, v: number, camera: number): number {
    return this.#depth[v * (this.#intrinsics[camera]?.width ?? 0) + u] ?? Infinity;
  }

  /** The nearest shape in front of each pixel's centre. */
  #cast(camera: CameraIntrinsics): void {
    const { width, height, fx, fy, cx, cy } = camera;
    const depth = this.#depth.fill(Infinity, 0, width * height);
    const shapeOf = this.#shape.fill(NONE, 0, width * height);
    const faceOf = this.#face;
    const shapes = this.#shapes;
    const box = { left: 0, right: 0, top: 0, bottom: 0 };
    for (let i = 0; i < shapes.count; i++) {
      if (!this.#project(i, camera, box)) continue;
      for (let v = box.top; v <= box.bottom; v++) {
        const y = (v + 0.5 - cy) / fy;
        for (let u = box.left; u <= box.right; u++) {
          const t = shapes.hit(i, (u + 0.5 - cx) / fx, y, 1);
          const pixel = v * width + u;
          if (t < (depth[pixel] as number)) {
            depth[pixel] = t;
            shapeOf[pixel] = i;
            faceOf[pixel] = hitFace;
          }
        }
      }
    }
  }

  /** The rectangle of pixels that shape i can cover; false when it is out of sight. */
  #project(
    i: number,
    camera: CameraIntrinsics,
    out: { left: number; right: number; top: number; bottom: number },
  ): boolean {
    const { width, height, fx, fy, cx, cy } = camera;
    const m = this.#shapes.relative;
    const p = i * POSE;
    let left = Infinity;
    let right = -Infinity;
    let top = Infinity;
    let bottom = -Infinity;
    let behind = 0;
    for (let corner = 0; corner < 8; corner++) {
      const at = (axis: number): number => {
        const extent = this.#shapes.extents[i * 3 + axis] as number;
        return ((corner >> axis) & 1 ? extent : -extent) - (m[p + axis] as number);
      };
      const [x, y, z] = [at(0), at(1), at(2)];
      // The columns of the rotation into the shape's frame are the camera's axes.
      const along = (c: number): number =>
        (m[p + 3 + c] as number) * x + (m[p + 6 + c] as number) * y + (m[p + 9 + c] as number) * z;
      const forward = along(2);
      if (forward < NEAR) {
        behind++;
        continue;
      }
      const u = (along(0) / forward) * fx + cx;
      const v = (along(1) / forward) * fy + cy;
      left = Math.min(left, u);
      right = Math.max(right, u);
      top = Math.min(top, v);
      bottom = Math.max(bottom, v);
    }
    if (behind === 8) return false;
    if (behind > 0) [left, right, top, bottom] = [0, width, 0, height];
    out.left = Math.max(0, Math.floor(left - 0.5));
    out.right = Math.min(width - 1, Math.ceil(right));
    out.top = Math.max(0, Math.floor(top - 0.5));
    out.bottom = Math.min(height - 1, Math.ceil(bottom));
    return out.left <= out.right && out.top <= out.bottom;
  }

  #shade(camera: CameraIntrinsics, out: Uint8Array): void {
    const { width, height, fx, fy, cx, cy } = camera;
    const shader = this.#shader;
    const candidates = new Int16Array(9);
    for (let v = 0, pixel = 0; v < height; v++) {
      const y = (v + 0.5 - cy) / fy;
      for (let u = 0; u < width; u++, pixel++) {
        const x = (u + 0.5 - cx) / fx;
        const edge = this.#neighbours(u, v, width, height, candidates);
        let red = 0;
        let green = 0;
        let blue = 0;
        if (edge === 0) {
          const shape = this.#shape[pixel] as number;
          shader.shade(shape, this.#face[pixel] as number, this.#depth[pixel] as number, x, y);
          red = shader.red;
          green = shader.green;
          blue = shader.blue;
        } else {
          for (let s = 0; s < 8; s += 2) {
            this.#sample(
              x + (SUBPIXELS[s] as number) / fx,
              y + (SUBPIXELS[s + 1] as number) / fy,
              candidates,
              edge,
            );
            red += shader.red * 0.25;
            green += shader.green * 0.25;
            blue += shader.blue * 0.25;
          }
        }
        const byte = pixel * 3;
        out[byte] = red > 1 ? 255 : Math.floor(red * 255 + 0.5);
        out[byte + 1] = green > 1 ? 255 : Math.floor(green * 255 + 0.5);
        out[byte + 2] = blue > 1 ? 255 : Math.floor(blue * 255 + 0.5);
      }
    }
  }

  /** Shades one sub-pixel, whose shape is one of the first `count` candidates or the background. */
  #sample(x: number, y: number, candidates: Int16Array, count: number): void {
    let nearest = Infinity;
    let shape = NONE;
    let face = 0;
    for (let k = 0; k < count; k++) {
      const i = candidates[k] as number;
      if (i === NONE) continue;
      const t = this.#shapes.hit(i, x, y, 1);
      if (t < nearest) {
        nearest = t;
        shape = i;
        face = hitFace;
      }
    }
    this.#shader.shade(shape, face, nearest, x, y);
  }

  /**
   * Lists the different shapes in a pixel and its eight neighbours.
   *
   * @returns how many, or 0 when all show the same shape (and face, where faces are flat)
   */
  #neighbours(u: number, v: number, width: number, height: number, out: Int16Array): number {
    const pixel = v * width + u;
    const shape = this.#shape[pixel] as number;
    const face = this.#face[pixel] as number;
    let edge = false;
    let count = 1;
    out[0] = shape;
    const lastRow = v < height - 1 ? v + 1 : v;
    const lastColumn = u < width - 1 ? u + 1 : u;
    for (let row = v > 0 ? v - 1 : v; row <= lastRow; row++) {
      for (let column = u > 0 ? u - 1 : u; column <= lastColumn; column++) {
        const other = row * width + column;
        const id = this.#shape[other] as number;
        if (id === shape) {
          if (this.#face[other] !== face && id !== NONE && face !== FACE.round) edge = true;
          continue;
        }
        edge = true;
        let known = false;
        for (let k = 1; k < count; k++) if (out[k] === id) known = true;
        if (!known) out[count++] = id;
      }
    }
    return edge ? count : 0;
  }
}
