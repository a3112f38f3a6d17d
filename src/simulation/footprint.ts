/** The part of the image that a shape can cover, from its bounding box. */
import type { CameraIntrinsics } from './camera_model.js';
import { POSE } from './render_scene.js';
import type { ShapeSet } from './shape_set.js';

/** What is nearer to the camera's plane than this (m) is cut off before projecting. */
const NEAR = 1e-3;

export class Footprint {
  /** First and last column and row, inclusive; empty when first is above last. */
  left = 0;
  right = -1;
  top = 0;
  bottom = -1;
  /** No point of the shape is less deep than this, m along the optical axis. */
  nearest = 0;

  readonly #corners = new Float64Array(24);

  /**
   * Projects shape i, placed in the camera's frame.
   *
   * @returns false when the shape is out of sight
   */
  project(shapes: ShapeSet, i: number, camera: CameraIntrinsics): boolean {
    const corners = this.#corners;
    this.#place(shapes, i);
    let [left, right, top, bottom] = [Infinity, -Infinity, Infinity, -Infinity];
    let nearest = Infinity;
    const add = (x: number, y: number, z: number): void => {
      const u = (x / z) * camera.fx + camera.cx;
      const v = (y / z) * camera.fy + camera.cy;
      left = Math.min(left, u);
      right = Math.max(right, u);
      top = Math.min(top, v);
      bottom = Math.max(bottom, v);
    };
    for (let a = 0; a < 8; a++) {
      const ax = corners[a * 3] as number;
      const ay = corners[a * 3 + 1] as number;
      const az = corners[a * 3 + 2] as number;
      nearest = Math.min(nearest, az);
      if (az < NEAR) continue;
      add(ax, ay, az);
      for (let axis = 1; axis < 8; axis *= 2) {
        const b = (a ^ axis) * 3;
        const bz = corners[b + 2] as number;
        if (bz >= NEAR) continue;
        // This edge goes through the near plane: its cut counts.
        const part = (az - NEAR) / (az - bz);
        const cut = (from: number, to: number): number => from + (to - from) * part;
        add(cut(ax, corners[b] as number), cut(ay, corners[b + 1] as number), NEAR);
      }
    }
    this.nearest = Math.max(0, nearest);
    this.left = Math.max(0, Math.floor(left - 0.5));
    this.right = Math.min(camera.width - 1, Math.ceil(right));
    this.top = Math.max(0, Math.floor(top - 0.5));
    this.bottom = Math.min(camera.height - 1, Math.ceil(bottom));
    return this.left <= this.right && this.top <= this.bottom;
  }

  /** The corners of the bounding box in the camera's frame. */
  #place(shapes: ShapeSet, i: number): void {
    const m = shapes.relative;
    const p = i * POSE;
    const s = i * 3;
    for (let corner = 0; corner < 8; corner++) {
      const at = (axis: number): number => {
        const extent = shapes.extents[s + axis] as number;
        return ((corner >> axis) & 1 ? extent : -extent) - (m[p + axis] as number);
      };
      const [x, y, z] = [at(0), at(1), at(2)];
      // The columns of the rotation into the shape's frame are the camera's axes.
      for (let c = 0; c < 3; c++) {
        this.#corners[corner * 3 + c] =
          (m[p + 3 + c] as number) * x +
          (m[p + 6 + c] as number) * y +
          (m[p + 9 + c] as number) * z;
      }
    }
  }
}
