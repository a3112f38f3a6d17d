/**
 * Hard shadows of a directional light. Seen along the light, every shadow caster covers a small
 * rectangle; a grid over that view lists which casters cover each cell, so a point on a surface asks
 * one or two shapes and not all of them.
 */
import { POSE, type RenderShape } from './render_scene.js';
import type { ShapeSet } from './shape_set.js';

const CELLS = 64;
const PER_CELL = 48;

/** Shadow rays start this far off the surface (m), so that it does not shade itself. */
const OFFSET = 2e-4;

export class ShadowGrid {
  readonly #shapes: ShapeSet;
  readonly #casters: number[];
  /** Direction to the light, and two axes across it. */
  readonly #axes = new Float64Array(9);
  readonly #counts = new Uint8Array(CELLS * CELLS);
  readonly #lists = new Uint16Array(CELLS * CELLS * PER_CELL);
  readonly #bounds: Float64Array;
  /** Direction to the light in each shape's frame, three a shape. */
  readonly #local: Float64Array;
  #poses: Float64Array = new Float64Array(0);
  #left = 0;
  #bottom = 0;
  #scaleX = 0;
  #scaleY = 0;

  constructor(shapes: readonly RenderShape[], set: ShapeSet) {
    this.#shapes = set;
    this.#casters = [...shapes.keys()].filter((i) => shapes[i]?.castsShadow === true);
    this.#bounds = new Float64Array(this.#casters.length * 4);
    this.#local = new Float64Array(shapes.length * 3);
  }

  /**
   * Sorts the casters into the grid.
   *
   * @param x, y, z unit vector towards the light
   * @param poses every shape's pose; kept for {@link shaded}
   */
  prepare(x: number, y: number, z: number, poses: Float64Array): void {
    this.#poses = poses;
    this.#setAxes(x, y, z);
    const axes = this.#axes;
    const bounds = this.#bounds;
    let left = Infinity;
    let right = -Infinity;
    let bottom = Infinity;
    let top = -Infinity;
    for (const [k, i] of this.#casters.entries()) {
      const p = i * POSE;
      const e = i * 3;
      const position = [poses[p], poses[p + 1], poses[p + 2]] as [number, number, number];
      const span = (axis: number): [number, number] => {
        const [ax, ay, az] = [axes[axis], axes[axis + 1], axes[axis + 2]] as [
          number,
          number,
          number,
        ];
        let reach = 0;
        for (let c = 0; c < 3; c++) {
          const along =
            ax * (poses[p + 3 + c] as number) +
            ay * (poses[p + 6 + c] as number) +
            az * (poses[p + 9 + c] as number);
          reach += Math.abs(along) * (this.#shapes.extents[e + c] as number);
        }
        const centre = ax * position[0] + ay * position[1] + az * position[2];
        return [centre - reach, centre + reach];
      };
      const [l, r] = span(3);
      const [b, t] = span(6);
      bounds.set([l, r, b, t], k * 4);
      left = Math.min(left, l);
      right = Math.max(right, r);
      bottom = Math.min(bottom, b);
      top = Math.max(top, t);
      for (let c = 0; c < 3; c++) {
        this.#local[e + c] =
          x * (poses[p + 3 + c] as number) +
          y * (poses[p + 6 + c] as number) +
          z * (poses[p + 9 + c] as number);
      }
    }
    this.#left = left;
    this.#bottom = bottom;
    this.#scaleX = CELLS / Math.max(right - left, 1e-6);
    this.#scaleY = CELLS / Math.max(top - bottom, 1e-6);
    this.#fill();
  }

  /** Whether something stands between the point (with unit normal n) and the light. */
  shaded(x: number, y: number, z: number, nx: number, ny: number, nz: number): boolean {
    const axes = this.#axes;
    const sx = x + nx * OFFSET;
    const sy = y + ny * OFFSET;
    const sz = z + nz * OFFSET;
    const a =
      (axes[3] as number) * sx + (axes[4] as number) * sy + (axes[5] as number) * sz - this.#left;
    const b =
      (axes[6] as number) * sx + (axes[7] as number) * sy + (axes[8] as number) * sz - this.#bottom;
    const column = Math.floor(a * this.#scaleX);
    const row = Math.floor(b * this.#scaleY);
    if (column < 0 || column >= CELLS || row < 0 || row >= CELLS) return false;
    const cell = row * CELLS + column;
    const count = this.#counts[cell] as number;
    const poses = this.#poses;
    const local = this.#local;
    for (let k = 0; k < count; k++) {
      const i = this.#lists[cell * PER_CELL + k] as number;
      const p = i * POSE;
      const rx = sx - (poses[p] as number);
      const ry = sy - (poses[p + 1] as number);
      const rz = sz - (poses[p + 2] as number);
      const t = this.#shapes.hitLocal(
        i,
        (poses[p + 3] as number) * rx +
          (poses[p + 6] as number) * ry +
          (poses[p + 9] as number) * rz,
        (poses[p + 4] as number) * rx +
          (poses[p + 7] as number) * ry +
          (poses[p + 10] as number) * rz,
        (poses[p + 5] as number) * rx +
          (poses[p + 8] as number) * ry +
          (poses[p + 11] as number) * rz,
        local[i * 3] as number,
        local[i * 3 + 1] as number,
        local[i * 3 + 2] as number,
      );
      if (t < Infinity) return true;
    }
    return false;
  }

  #setAxes(x: number, y: number, z: number): void {
    // Any axis that is not nearly parallel to the light gives a basis across it.
    const [hx, hz] = Math.abs(x) < 0.9 ? [1, 0] : [0, 1];
    let [ax, ay, az] = [y * hz, z * hx - x * hz, -y * hx];
    const length = Math.hypot(ax, ay, az);
    [ax, ay, az] = [ax / length, ay / length, az / length];
    this.#axes.set([x, y, z, ax, ay, az, y * az - z * ay, z * ax - x * az, x * ay - y * ax]);
  }

  #fill(): void {
    this.#counts.fill(0);
    const clamp = (value: number): number => Math.min(CELLS - 1, Math.max(0, Math.floor(value)));
    for (const [k, i] of this.#casters.entries()) {
      const [l, r, b, t] = this.#bounds.subarray(k * 4, k * 4 + 4) as unknown as number[];
      const first = clamp(((l as number) - this.#left) * this.#scaleX);
      const last = clamp(((r as number) - this.#left) * this.#scaleX);
      const lowest = clamp(((b as number) - this.#bottom) * this.#scaleY);
      const highest = clamp(((t as number) - this.#bottom) * this.#scaleY);
      for (let row = lowest; row <= highest; row++) {
        for (let column = first; column <= last; column++) {
          const cell = row * CELLS + column;
          const count = this.#counts[cell] as number;
          if (count >= PER_CELL) continue;
          this.#lists[cell * PER_CELL + count] = i;
          this.#counts[cell] = count + 1;
        }
      }
    }
  }
}
