/**
 * Rigid transforms as 4×4 row-major matrices in a Float64Array, at an offset so that many can share
 * one block. Nothing here allocates except what says so.
 */
import type { Origin } from './robot_description.js';

/** Numbers in one transform. */
export const TRANSFORM_SIZE = 16;

/** A new identity. */
export function identity(): Float64Array {
  const out = new Float64Array(TRANSFORM_SIZE);
  setIdentity(out, 0);
  return out;
}

export function setIdentity(out: Float64Array, at: number): void {
  out.fill(0, at, at + TRANSFORM_SIZE);
  out[at] = 1;
  out[at + 5] = 1;
  out[at + 10] = 1;
  out[at + 15] = 1;
}

/** A new transform from a URDF origin: R = Rz(yaw) Ry(pitch) Rx(roll), turned about fixed axes. */
export function fromOrigin({ xyz: [x, y, z], rpy: [roll, pitch, yaw] }: Origin): Float64Array {
  const cr = Math.cos(roll);
  const sr = Math.sin(roll);
  const cp = Math.cos(pitch);
  const sp = Math.sin(pitch);
  const cy = Math.cos(yaw);
  const sy = Math.sin(yaw);
  return Float64Array.of(
    ...[cy * cp, cy * sp * sr - sy * cr, cy * sp * cr + sy * sr, x],
    ...[sy * cp, sy * sp * sr + cy * cr, sy * sp * cr - cy * sr, y],
    ...[-sp, cp * sr, cp * cr, z],
    ...[0, 0, 0, 1],
  );
}

/** out = a b, each at its offset; `out` must overlap neither. */
export function multiply(
  a: Float64Array,
  aAt: number,
  b: Float64Array,
  bAt: number,
  out: Float64Array,
  at: number,
): void {
  for (let row = 0; row < 12; row += 4) {
    const a0 = a[aAt + row] ?? 0;
    const a1 = a[aAt + row + 1] ?? 0;
    const a2 = a[aAt + row + 2] ?? 0;
    for (let column = 0; column < 4; column++) {
      const b0 = b[bAt + column] ?? 0;
      const b1 = b[bAt + 4 + column] ?? 0;
      const b2 = b[bAt + 8 + column] ?? 0;
      out[at + row + column] = a0 * b0 + a1 * b1 + a2 * b2;
    }
    out[at + row + 3] = (out[at + row + 3] ?? 0) + (a[aAt + row + 3] ?? 0);
  }
  out[at + 12] = 0;
  out[at + 13] = 0;
  out[at + 14] = 0;
  out[at + 15] = 1;
}

/** Rotation by `angle` rad about the unit axis (x, y, z): Rodrigues' formula. */
export function setRotation(
  out: Float64Array,
  at: number,
  x: number,
  y: number,
  z: number,
  angle: number,
): void {
  const c = Math.cos(angle);
  const s = Math.sin(angle);
  const k = 1 - c;
  setIdentity(out, at);
  out[at] = c + k * x * x;
  out[at + 1] = k * x * y - s * z;
  out[at + 2] = k * x * z + s * y;
  out[at + 4] = k * x * y + s * z;
  out[at + 5] = c + k * y * y;
  out[at + 6] = k * y * z - s * x;
  out[at + 8] = k * x * z - s * y;
  out[at + 9] = k * y * z + s * x;
  out[at + 10] = c + k * z * z;
}

/** Unit quaternion (w, x, y, z), w ≥ 0, of a transform's rotation; Shepperd's method. */
export function toQuaternion(m: Float64Array, out: Float64Array, at = 0): void {
  const xx = m[at] ?? 0;
  const yy = m[at + 5] ?? 0;
  const zz = m[at + 10] ?? 0;
  const trace = xx + yy + zz;
  let w: number;
  let x: number;
  let y: number;
  let z: number;
  // The largest of the four is the divisor, so that none of them is small.
  const largest = Math.max(trace, xx, yy, zz);
  const s = 2 * Math.sqrt(1 + 2 * largest - trace);
  const wx = (m[at + 9] ?? 0) - (m[at + 6] ?? 0);
  const wy = (m[at + 2] ?? 0) - (m[at + 8] ?? 0);
  const wz = (m[at + 4] ?? 0) - (m[at + 1] ?? 0);
  const xy = (m[at + 4] ?? 0) + (m[at + 1] ?? 0);
  const xz = (m[at + 8] ?? 0) + (m[at + 2] ?? 0);
  const yz = (m[at + 9] ?? 0) + (m[at + 6] ?? 0);
  if (largest === trace) {
    w = s / 4;
    x = wx / s;
    y = wy / s;
    z = wz / s;
  } else if (largest === xx) {
    w = wx / s;
    x = s / 4;
    y = xy / s;
    z = xz / s;
  } else if (largest === yy) {
    w = wy / s;
    x = xy / s;
    y = s / 4;
    z = yz / s;
  } else {
    w = wz / s;
    x = xz / s;
    y = yz / s;
    z = s / 4;
  }
  const sign = w < 0 ? -1 : 1;
  out[0] = sign * w;
  out[1] = sign * x;
  out[2] = sign * y;
  out[3] = sign * z;
}

/** A new transform from a position and a unit quaternion (w, x, y, z). */
export function fromQuaternion(
  position: ArrayLike<number>,
  quaternion: ArrayLike<number>,
): Float64Array {
  const [w = 1, x = 0, y = 0, z = 0] = Array.from(quaternion);
  const [px = 0, py = 0, pz = 0] = Array.from(position);
  return Float64Array.of(
    ...[1 - 2 * (y * y + z * z), 2 * (x * y - w * z), 2 * (x * z + w * y), px],
    ...[2 * (x * y + w * z), 1 - 2 * (x * x + z * z), 2 * (y * z - w * x), py],
    ...[2 * (x * z - w * y), 2 * (y * z + w * x), 1 - 2 * (x * x + y * y), pz],
    ...[0, 0, 0, 1],
  );
}

/**
 * The rotation vector (axis times angle, rad, in the common frame) that turns `from` into `to`.
 * At half a turn, where the axis has two signs, either is given.
 */
export function rotationBetween(from: Float64Array, to: Float64Array, out: Float64Array): void {
  const r00 = relative(to, from, 0, 0);
  const r11 = relative(to, from, 1, 1);
  const r22 = relative(to, from, 2, 2);
  const vx = (relative(to, from, 2, 1) - relative(to, from, 1, 2)) / 2;
  const vy = (relative(to, from, 0, 2) - relative(to, from, 2, 0)) / 2;
  const vz = (relative(to, from, 1, 0) - relative(to, from, 0, 1)) / 2;
  const sine = Math.hypot(vx, vy, vz);
  const cosine = (r00 + r11 + r22 - 1) / 2;
  const angle = Math.atan2(sine, cosine);
  if (sine > 1e-6) {
    const scale = angle / sine;
    out[0] = scale * vx;
    out[1] = scale * vy;
    out[2] = scale * vz;
  } else if (cosine > 0) {
    out[0] = vx;
    out[1] = vy;
    out[2] = vz;
  } else {
    // Near half a turn R + I = 2 a aᵀ: its longest column gives the axis.
    const column = r00 >= r11 && r00 >= r22 ? 0 : r11 >= r22 ? 1 : 2;
    const x = relative(to, from, 0, column) + (column === 0 ? 1 : 0);
    const y = relative(to, from, 1, column) + (column === 1 ? 1 : 0);
    const z = relative(to, from, 2, column) + (column === 2 ? 1 : 0);
    const scale = angle / Math.hypot(x, y, z);
    out[0] = scale * x;
    out[1] = scale * y;
    out[2] = scale * z;
  }
}

/** Element (i, j) of the rotation to · fromᵀ. */
function relative(to: Float64Array, from: Float64Array, i: number, j: number): number {
  return (
    (to[4 * i] ?? 0) * (from[4 * j] ?? 0) +
    (to[4 * i + 1] ?? 0) * (from[4 * j + 1] ?? 0) +
    (to[4 * i + 2] ?? 0) * (from[4 * j + 2] ?? 0)
  );
}
