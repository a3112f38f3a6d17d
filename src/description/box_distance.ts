/**
 * Smooth distance of capsules from boxes that stand still. Outside of a box, the distance of a point
 * is the plain one; inside, minus its depth below the nearest face: a convex function whose slope is
 * 1 everywhere. Along a capsule's axis, the same small quadratic cost as for half-spaces makes the
 * nearest point unique, and its most is taken off again. Nothing here allocates but what says so.
 */
import type { Distance } from './distance_result.js';
import type { Vector3 } from './robot_description.js';
import { fromOrigin } from './transform.js';

/** A box: its centre, half the lengths of its edges (m) and, row by row, the axes that they follow. */
export interface Box {
  readonly center: Vector3;
  readonly half: Vector3;
  readonly axes: readonly [Vector3, Vector3, Vector3];
}

/** Share of a capsule's length that the quadratic cost amounts to, as for half-spaces. */
const REGULARIZATION = 0.01;
/** Steps of the search along the axis, which halves its range at least every other time. */
const STEPS = 60;
/** The search ends when a step is shorter than this share of the axis. */
const PRECISION = 1e-12;

/** A new box from lengths of edges (m) and fixed-axis roll, pitch, yaw (rad). */
export function newBox(center: Vector3, size: Vector3, rpy: Vector3): Box {
  const pose = fromOrigin({ xyz: center, rpy });
  const axis = (i: number): Vector3 => [pose[i] ?? 0, pose[4 + i] ?? 0, pose[8 + i] ?? 0];
  return {
    center,
    half: [size[0] / 2, size[1] / 2, size[2] / 2],
    axes: [axis(0), axis(1), axis(2)],
  };
}

/** The eight corners, new points. */
export function boxCorners({ center, half, axes }: Box): Vector3[] {
  const signs = [-1, 1];
  const corner = (x: number, y: number, z: number): Vector3 => {
    const along = (i: 0 | 1 | 2) =>
      center[i] + x * half[0] * axes[0][i] + y * half[1] * axes[1][i] + z * half[2] * axes[2][i];
    return [along(0), along(1), along(2)];
  };
  return signs.flatMap((x) => signs.flatMap((y) => signs.map((z) => corner(x, y, z))));
}

/**
 * Smooth distance of the capsule at `i` in `block` from a box. At most 0.25 % of the capsule's
 * length below the true distance, and never above it; negative inside, where g leads out through
 * the nearest face. Continuously differentiable where the capsule's axis is outside of the box. g
 * has length 1. `q` is the point of the box nearest to `p`, on its surface when p is inside.
 */
export function boxDistance(block: Float64Array, i: number, box: Box, out: Distance): void {
  const { center, half, axes } = box;
  const ax = block[i] ?? 0;
  const ay = block[i + 1] ?? 0;
  const az = block[i + 2] ?? 0;
  const ux = (block[i + 3] ?? 0) - ax;
  const uy = (block[i + 4] ?? 0) - ay;
  const uz = (block[i + 5] ?? 0) - az;
  const rx = ax - center[0];
  const ry = ay - center[1];
  const rz = az - center[2];
  const [e0, e1, e2] = axes;
  // The axis of the capsule as the box sees it: from l, by s v with s in [0, 1].
  const lx = e0[0] * rx + e0[1] * ry + e0[2] * rz;
  const ly = e1[0] * rx + e1[1] * ry + e1[2] * rz;
  const lz = e2[0] * rx + e2[1] * ry + e2[2] * rz;
  const vx = e0[0] * ux + e0[1] * uy + e0[2] * uz;
  const vy = e1[0] * ux + e1[1] * uy + e1[2] * uz;
  const vz = e2[0] * ux + e2[1] * uy + e2[2] * uz;
  const weight = REGULARIZATION * Math.sqrt(ux * ux + uy * uy + uz * uz);

  // The slope over s never falls, so the least value lies where it passes 0: Newton's method, with
  // bisection where that leaves the range or is slow.
  let s = weight > 0 ? 0 : 0.5;
  field(half, lx + s * vx, ly + s * vy, lz + s * vz, out);
  if (weight > 0 && slope(out, vx, vy, vz, weight, 0) < 0) {
    let low = 0;
    let high = 1;
    let last = 1;
    s = 1;
    for (let step = 0; ; step++) {
      const x = lx + s * vx;
      const y = ly + s * vy;
      const z = lz + s * vz;
      field(half, x, y, z, out);
      const rise = slope(out, vx, vy, vz, weight, s);
      if (step === 0 && rise <= 0) break;
      if (rise < 0) low = s;
      else high = s;
      const curvature = bend(half, x, y, z, vx, vy, vz, out) + 2 * weight;
      let next = s - rise / curvature;
      if (!(next > low && next < high) || 2 * Math.abs(rise) > last * curvature) {
        next = (low + high) / 2;
      }
      last = Math.abs(next - s);
      if (last < PRECISION || step === STEPS) break;
      s = next;
    }
  }

  const depth = out.value;
  const { gx, gy, gz } = out;
  out.value = depth + weight * ((s - 0.5) ** 2 - 0.25) - (block[i + 6] ?? 0);
  out.gx = e0[0] * gx + e1[0] * gy + e2[0] * gz;
  out.gy = e0[1] * gx + e1[1] * gy + e2[1] * gz;
  out.gz = e0[2] * gx + e1[2] * gy + e2[2] * gz;
  out.px = ax + s * ux;
  out.py = ay + s * uy;
  out.pz = az + s * uz;
  out.qx = out.px - depth * out.gx;
  out.qy = out.py - depth * out.gy;
  out.qz = out.pz - depth * out.gz;
}

/** Writes distance and gradient of a point in the box's axes into `out`. */
function field(half: Vector3, x: number, y: number, z: number, out: Distance): void {
  const dx = Math.abs(x) - half[0];
  const dy = Math.abs(y) - half[1];
  const dz = Math.abs(z) - half[2];
  const ox = Math.max(dx, 0);
  const oy = Math.max(dy, 0);
  const oz = Math.max(dz, 0);
  const square = ox * ox + oy * oy + oz * oz;
  if (square > 0) {
    out.value = Math.sqrt(square);
    out.gx = (Math.sign(x) * ox) / out.value;
    out.gy = (Math.sign(y) * oy) / out.value;
    out.gz = (Math.sign(z) * oz) / out.value;
    return;
  }
  // Out through the nearest face; from the very middle, to the positive side.
  out.value = Math.max(dx, dy, dz);
  const first = dx === out.value;
  const second = !first && dy === out.value;
  out.gx = first ? side(x) : 0;
  out.gy = second ? side(y) : 0;
  out.gz = first || second ? 0 : side(z);
}

/** Slope over s of distance and cost together. */
function slope(
  out: Distance,
  vx: number,
  vy: number,
  vz: number,
  weight: number,
  s: number,
): number {
  return out.gx * vx + out.gy * vy + out.gz * vz + 2 * weight * (s - 0.5);
}

/** Second derivative of the distance over s: 0 inside; outside, only the directions in use bend. */
function bend(
  half: Vector3,
  x: number,
  y: number,
  z: number,
  vx: number,
  vy: number,
  vz: number,
  out: Distance,
): number {
  if (!(out.value > 0)) return 0;
  const along = out.gx * vx + out.gy * vy + out.gz * vz;
  const ux = Math.abs(x) > half[0] ? vx : 0;
  const uy = Math.abs(y) > half[1] ? vy : 0;
  const uz = Math.abs(z) > half[2] ? vz : 0;
  return Math.max((ux * ux + uy * uy + uz * uz - along * along) / out.value, 0);
}

function side(x: number): 1 | -1 {
  return x < 0 ? -1 : 1;
}
