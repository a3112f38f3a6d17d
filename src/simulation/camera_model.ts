/** Pinhole cameras: intrinsics from the field of view, and the pose of a camera that looks at a point. */
import { SinewError } from '../core/error.js';
import { POSE } from './render_scene.js';
import type { CameraConfig } from './scene_config.js';

/** Pinhole without distortion; pixel (u, v) has its centre at (u + 0.5, v + 0.5). Lengths in pixels. */
export interface CameraIntrinsics {
  readonly width: number;
  readonly height: number;
  readonly fx: number;
  readonly fy: number;
  readonly cx: number;
  readonly cy: number;
}

/** Square pixels; the vertical field of view decides. */
export function intrinsicsOf(camera: CameraConfig): CameraIntrinsics {
  const { width, height } = camera;
  const focal = height / 2 / Math.tan((camera.fovy_deg * Math.PI) / 360);
  return { width, height, fx: focal, fy: focal, cx: width / 2, cy: height / 2 };
}

/**
 * Pose of the optical frame (x right, y down, z forward) in the frame that the camera is given in,
 * as position and row-major rotation ({@link POSE} values).
 *
 * @throws SinewError when the axis has no length or is parallel to `up`
 */
export function opticalPose(camera: CameraConfig): Float64Array {
  const [px, py, pz] = camera.position;
  const [lx, ly, lz] = camera.look_at;
  const [ux, uy, uz] = camera.up;
  let [fx, fy, fz] = [lx - px, ly - py, lz - pz];
  let [rx, ry, rz] = [fy * uz - fz * uy, fz * ux - fx * uz, fx * uy - fy * ux];
  const forward = Math.hypot(fx, fy, fz);
  const right = Math.hypot(rx, ry, rz);
  if (!(forward > 1e-9) || !(right > 1e-9 * forward)) {
    throw new SinewError('the camera’s direction is undefined', {
      where: `camera ${camera.name}`,
      expected: 'look_at apart from position, and up not parallel to the line between them',
    });
  }
  [fx, fy, fz] = [fx / forward, fy / forward, fz / forward];
  [rx, ry, rz] = [rx / right, ry / right, rz / right];
  const [dx, dy, dz] = [fy * rz - fz * ry, fz * rx - fx * rz, fx * ry - fy * rx];
  const pose = new Float64Array(POSE);
  pose.set([px, py, pz, rx, dx, fx, ry, dy, fy, rz, dz, fz]);
  return pose;
}

/** out = a · b for poses of {@link POSE} values at the given offsets. */
export function composePoses(
  a: ArrayLike<number>,
  b: ArrayLike<number>,
  out: Float64Array,
  at: number,
): void {
  const v = (p: ArrayLike<number>, i: number): number => p[i] ?? 0;
  for (let row = 0; row < 3; row++) {
    const r = 3 + row * 3;
    const [m0, m1, m2] = [v(a, r), v(a, r + 1), v(a, r + 2)];
    out[at + row] = v(a, row) + m0 * v(b, 0) + m1 * v(b, 1) + m2 * v(b, 2);
    for (let column = 0; column < 3; column++) {
      out[at + r + column] = m0 * v(b, 3 + column) + m1 * v(b, 6 + column) + m2 * v(b, 9 + column);
    }
  }
}
