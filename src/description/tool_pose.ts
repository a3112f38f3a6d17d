/** Tool poses from what a task asks for, for use as targets of inverse kinematics. */
import type { Vector3 } from './robot_description.js';

/**
 * A new pose (4×4 row-major) at `position` (m) whose z axis points straight down and whose x axis
 * lies in the horizontal plane, `yaw` rad from the base's x axis, anticlockwise seen from above.
 */
export function downwardPose(position: Vector3, yaw: number): Float64Array {
  const c = Math.cos(yaw);
  const s = Math.sin(yaw);
  const [x, y, z] = position;
  return Float64Array.of(c, s, 0, x, s, -c, 0, y, 0, 0, -1, z, 0, 0, 0, 1);
}

/**
 * A new pose at `position` whose z axis points along `direction`, and whose x axis comes as close to
 * `towards` as that allows. The vectors need not have unit length; they must not be parallel.
 */
export function pointingPose(
  position: Vector3,
  direction: Vector3,
  towards: Vector3,
): Float64Array {
  const z = normalized(direction);
  const y = normalized(cross(z, towards));
  const x = cross(y, z);
  return Float64Array.of(
    ...[x[0], y[0], z[0], position[0]],
    ...[x[1], y[1], z[1], position[1]],
    ...[x[2], y[2], z[2], position[2]],
    ...[0, 0, 0, 1],
  );
}

function cross(a: Vector3, b: Vector3): Vector3 {
  return [a[1] * b[2] - a[2] * b[1], a[2] * b[0] - a[0] * b[2], a[0] * b[1] - a[1] * b[0]];
}

function normalized([x, y, z]: Vector3): Vector3 {
  const length = Math.hypot(x, y, z);
  return [x / length, y / length, z / length];
}
