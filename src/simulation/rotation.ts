/** Rotations as MuJoCo and the renderer want them: matrices row by row, quaternions w, x, y, z. */
import type { Origin, Vector3 } from '../description/robot_description.js';
import { POSE } from './render_scene.js';

/** Rotation matrix of fixed-axis roll, pitch, yaw (URDF): Rz(yaw) · Ry(pitch) · Rx(roll). */
export function matrixFromRpy([roll, pitch, yaw]: Vector3): Float64Array {
  const [cr, sr] = [Math.cos(roll), Math.sin(roll)];
  const [cp, sp] = [Math.cos(pitch), Math.sin(pitch)];
  const [cy, sy] = [Math.cos(yaw), Math.sin(yaw)];
  return Float64Array.of(
    cy * cp,
    cy * sp * sr - sy * cr,
    cy * sp * cr + sy * sr,
    sy * cp,
    sy * sp * sr + cy * cr,
    sy * sp * cr - cy * sr,
    -sp,
    cp * sr,
    cp * cr,
  );
}

/** The same rotation as a unit quaternion. */
export function quaternionFromRpy([roll, pitch, yaw]: Vector3): [number, number, number, number] {
  const [cr, sr] = [Math.cos(roll / 2), Math.sin(roll / 2)];
  const [cp, sp] = [Math.cos(pitch / 2), Math.sin(pitch / 2)];
  const [cy, sy] = [Math.cos(yaw / 2), Math.sin(yaw / 2)];
  return [
    cr * cp * cy + sr * sp * sy,
    sr * cp * cy - cr * sp * sy,
    cr * sp * cy + sr * cp * sy,
    cr * cp * sy - sr * sp * cy,
  ];
}

/** Position and matrix ({@link POSE} values) of a URDF origin. */
export function poseFromOrigin(origin: Origin): Float64Array {
  const pose = new Float64Array(POSE);
  pose.set(origin.xyz);
  pose.set(matrixFromRpy(origin.rpy), 3);
  return pose;
}

/** R · S · Rᵀ for a symmetric S: a tensor's components in the axes that R turns into. */
export function rotateTensor(r: Float64Array, s: readonly number[]): number[] {
  const v = (a: ArrayLike<number>, i: number): number => a[i] ?? 0;
  const product = (a: ArrayLike<number>, b: ArrayLike<number>, transpose: boolean): number[] =>
    Array.from({ length: 9 }, (_, i) => {
      const [row, column] = [Math.floor(i / 3), i % 3];
      let sum = 0;
      for (let k = 0; k < 3; k++) {
        sum += v(a, row * 3 + k) * v(b, transpose ? column * 3 + k : k * 3 + column);
      }
      return sum;
    });
  return product(product(r, s, false), r, true);
}
