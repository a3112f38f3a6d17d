/**
 * Distances between capsules, and from capsules to half-spaces, that are continuously differentiable
 * and never larger than the true distance: fit for constraints of a safety filter. A sphere is a
 * capsule without length. Nothing here allocates.
 *
 * The nearest points of two parallel segments are not unique, so the plain distance has a kink there.
 * A small quadratic cost on the two positions along the segments makes them unique and the minimum a
 * smooth function; the most that this can add is taken off again, which makes it a lower bound.
 */

import type { Capsule } from './capsule_fit.js';
import type { Distance } from './distance_result.js';

export { type Box, boxCorners, boxDistance, newBox } from './box_distance.js';
export { type Distance, newDistance } from './distance_result.js';

/** Numbers of a capsule in a block: a (3), b (3), radius. */
export const CAPSULE_SIZE = 7;

/** Share of a segment's squared length that the quadratic cost amounts to. */
const REGULARIZATION = 1e-3;
/** The same for half-spaces, as a share of the length. */
const HALF_SPACE_REGULARIZATION = 0.01;

/**
 * Smooth distance of the capsules at `i` in `first` and `k` in `second` (CAPSULE_SIZE numbers
 * each). It lies below the true distance d by at most ε(l₁² + l₂²)/4/d, where l are the segments'
 * lengths and ε = 0.001: 0.05 mm for two of 0.1 m that are 0.1 m apart.
 */
export function capsuleDistance(
  first: Float64Array,
  i: number,
  second: Float64Array,
  k: number,
  out: Distance,
): void {
  const ax = first[i] ?? 0;
  const ay = first[i + 1] ?? 0;
  const az = first[i + 2] ?? 0;
  const ux = (first[i + 3] ?? 0) - ax;
  const uy = (first[i + 4] ?? 0) - ay;
  const uz = (first[i + 5] ?? 0) - az;
  const bx = second[k] ?? 0;
  const by = second[k + 1] ?? 0;
  const bz = second[k + 2] ?? 0;
  const vx = (second[k + 3] ?? 0) - bx;
  const vy = (second[k + 4] ?? 0) - by;
  const vz = (second[k + 5] ?? 0) - bz;
  const rx = ax - bx;
  const ry = ay - by;
  const rz = az - bz;

  // f(s, t) = |r + s u − t v|² + ε (|u|² (s − ½)² + |v|² (t − ½)²) over s, t in [0, 1].
  const uu = ux * ux + uy * uy + uz * uz;
  const vv = vx * vx + vy * vy + vz * vz;
  const uv = ux * vx + uy * vy + uz * vz;
  const ur = ux * rx + uy * ry + uz * rz;
  const vr = vx * rx + vy * ry + vz * rz;
  const hs = (1 + REGULARIZATION) * uu;
  const ht = (1 + REGULARIZATION) * vv;
  const cs = -ur + (REGULARIZATION * uu) / 2;
  const ct = vr + (REGULARIZATION * vv) / 2;
  // Where t is free, the least over s lies where hs s − uv t = cs and ht t − uv s = ct, or at the end
  // next to it. If its t is outside, then the least of all has t at that end, f being convex.
  const determinant = hs * ht - uv * uv; // above 0 unless a length is 0
  let s = determinant > 0 ? clamp((cs * ht + ct * uv) / determinant) : lowest(cs, hs);
  let t = ht > 0 ? (ct + uv * s) / ht : 0;
  if (!(t >= 0 && t <= 1)) {
    t = clamp(t);
    s = lowest(cs + uv * t, hs);
  }

  out.px = ax + s * ux;
  out.py = ay + s * uy;
  out.pz = az + s * uz;
  out.qx = bx + t * vx;
  out.qy = by + t * vy;
  out.qz = bz + t * vz;
  const wx = out.px - out.qx;
  const wy = out.py - out.qy;
  const wz = out.pz - out.qz;
  const cost = REGULARIZATION * (uu * (s - 0.5) ** 2 + vv * (t - 0.5) ** 2);
  const most = (REGULARIZATION * (uu + vv)) / 4;
  const square = wx * wx + wy * wy + wz * wz + cost - most;
  const axes = square > 0 ? Math.sqrt(square) : 0;
  out.value = axes - (first[i + 6] ?? 0) - (second[k + 6] ?? 0);
  // Where the axes all but meet, deep inside an overlap, the slope grows without bound: cut it.
  const length = Math.sqrt(wx * wx + wy * wy + wz * wz);
  const scale = 2 * axes > length ? 1 / axes : length > 1e-9 ? 2 / length : 0;
  out.gx = scale * wx;
  out.gy = scale * wy;
  out.gz = scale * wz;
}

/**
 * Smooth distance of the capsule at `i` in `block` from the side of a plane that it must not enter:
 * it is to stay where n · x ≥ `offset`, with n a unit vector. At most 0.25 % of the capsule's length
 * below the true distance. `q` is the point of the plane nearest to `p`.
 */
export function halfSpaceDistance(
  block: Float64Array,
  i: number,
  nx: number,
  ny: number,
  nz: number,
  offset: number,
  out: Distance,
): void {
  const ax = block[i] ?? 0;
  const ay = block[i + 1] ?? 0;
  const az = block[i + 2] ?? 0;
  const ux = (block[i + 3] ?? 0) - ax;
  const uy = (block[i + 4] ?? 0) - ay;
  const uz = (block[i + 5] ?? 0) - az;
  // The lower end counts; the same quadratic cost as above blends the two where they are level.
  const weight = HALF_SPACE_REGULARIZATION * Math.sqrt(ux * ux + uy * uy + uz * uz);
  const rise = nx * ux + ny * uy + nz * uz;
  const s = weight > 0 ? clamp(0.5 - rise / (2 * weight)) : 0;
  const height = nx * ax + ny * ay + nz * az + s * rise - offset;
  out.value = height + weight * ((s - 0.5) ** 2 - 0.25) - (block[i + 6] ?? 0);
  out.px = ax + s * ux;
  out.py = ay + s * uy;
  out.pz = az + s * uz;
  out.qx = out.px - height * nx;
  out.qy = out.py - height * ny;
  out.qz = out.pz - height * nz;
  out.gx = nx;
  out.gy = ny;
  out.gz = nz;
}

/**
 * The greatest slope that `capsuleDistance` of the two has where it is not negative: how much faster
 * than 1 m/m it changes when a capsule moves. Infinity for capsules that have length but no radius.
 */
export function steepestSlope(first: Capsule, second: Capsule): number {
  const most = (REGULARIZATION * (square(first) + square(second))) / 4;
  return most > 0 ? Math.sqrt(1 + most / (first.radius + second.radius) ** 2) : 1;
}

/** The true distance of two capsules, which `capsuleDistance` is a lower bound of: exact, not smooth. */
export function trueCapsuleDistance(
  first: Float64Array,
  i: number,
  second: Float64Array,
  k: number,
): number {
  const at = (s: number, axis: number) =>
    (first[i + axis] ?? 0) + s * ((first[i + 3 + axis] ?? 0) - (first[i + axis] ?? 0));
  const to = (t: number, axis: number) =>
    (second[k + axis] ?? 0) + t * ((second[k + 3 + axis] ?? 0) - (second[k + axis] ?? 0));
  let uu = 0;
  let vv = 0;
  let uv = 0;
  let ur = 0;
  let vr = 0;
  for (let axis = 0; axis < 3; axis++) {
    const u = at(1, axis) - at(0, axis);
    const v = to(1, axis) - to(0, axis);
    const r = at(0, axis) - to(0, axis);
    uu += u * u;
    vv += v * v;
    uv += u * v;
    ur += u * r;
    vr += v * r;
  }
  const between = (s: number, t: number) =>
    Math.hypot(at(s, 0) - to(t, 0), at(s, 1) - to(t, 1), at(s, 2) - to(t, 2));
  // As above, but without the quadratic cost; for parallel axes, any s is as good where t is free.
  const determinant = uu * vv - uv * uv;
  let s =
    determinant > 1e-15 * uu * vv ? clamp((uv * vr - ur * vv) / determinant) : lowest(-ur, uu);
  const t = lowest(vr + uv * s, vv);
  s = lowest(uv * t - ur, uu);
  return between(s, t) - (first[i + 6] ?? 0) - (second[k + 6] ?? 0);
}

/** Squared length of a capsule's axis, m². */
function square({ a, b }: Capsule): number {
  return (b[0] - a[0]) ** 2 + (b[1] - a[1]) ** 2 + (b[2] - a[2]) ** 2;
}

/** Where h x² − 2 c x is least in [0, 1]. */
function lowest(c: number, h: number): number {
  return h > 0 ? clamp(c / h) : 0;
}

function clamp(x: number): number {
  return Math.min(Math.max(x, 0), 1);
}
