/**
 * Draws what a camera sees, by casting a ray for each pixel against the scene's primitives: Lambert
 * shading by ambient light, a sun with hard shadows and a fill light; pixels on edges are averaged
 * over four sub-pixels. Same input, same bytes, on every machine: only + − × ÷ √ are used.
 *
 * A shape is tested only inside the rectangle of the image that its bounding box projects to.
 */
import { type CameraIntrinsics, intrinsicsOf } from './camera_model.js';
import { Footprint } from './footprint.js';
import { FACE, hitFace } from './ray_shapes.js';
import { POSE, type RenderScene, type SnapshotLayout, snapshotLayout } from './render_scene.js';
import { Shader } from './shader.js';
import { ShadowGrid } from './shadow_grid.js';
import { ShapeSet } from './shape_set.js';

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
  readonly #footprint = new Footprint();
  readonly #distance: Float64Array;
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
    this.#distance = new Float64Array(scene.shapes.length);
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
    const box = this.#footprint;
    for (const i of this.#nearFirst(camera)) {
      box.project(shapes, i, camera);
      const nearest = box.nearest;
      for (let v = box.top; v <= box.bottom; v++) {
        const y = (v + 0.5 - cy) / fy;
        for (let u = box.left; u <= box.right; u++) {
          const pixel = v * width + u;
          const limit = depth[pixel] as number;
          if (limit < nearest) continue;
          const t = shapes.hit(i, (u + 0.5 - cx) / fx, y, 1);
          if (t < limit) {
            depth[pixel] = t;
            shapeOf[pixel] = i;
            faceOf[pixel] = hitFace;
          }
        }
      }
    }
  }

  /** The shapes in sight, the nearest first, so that those behind are mostly skipped. */
  #nearFirst(camera: CameraIntrinsics): number[] {
    const visible: number[] = [];
    for (let i = 0; i < this.#shapes.count; i++) {
      if (!this.#footprint.project(this.#shapes, i, camera)) continue;
      this.#distance[i] = this.#footprint.nearest;
      visible.push(i);
    }
    const distance = this.#distance;
    return visible.sort((a, b) => (distance[a] as number) - (distance[b] as number) || a - b);
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
    if (this.#isUniform(pixel, u, v, width, height)) return 0;
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

  /** Whether a pixel inside the image and its eight neighbours show the same shape and face. */
  #isUniform(pixel: number, u: number, v: number, width: number, height: number): boolean {
    if (u === 0 || v === 0 || u === width - 1 || v === height - 1) return false;
    const shapes = this.#shape;
    const faces = this.#face;
    const shape = shapes[pixel];
    const face = faces[pixel];
    for (let row = pixel - width; row <= pixel + width; row += width) {
      if (shapes[row] !== shape || shapes[row - 1] !== shape || shapes[row + 1] !== shape) {
        return false;
      }
      if (shape === NONE) continue;
      if (faces[row] !== face || faces[row - 1] !== face || faces[row + 1] !== face) return false;
    }
    return true;
  }
}
