/** The way from one pose of the tool to another, as a position difference and a rotation vector. */

/** Pose of a quaternion (x, y, z, w; of any length) and a position (m): 4×4 row-major. */
export function poseOf(
  position: { readonly x: number; readonly y: number; readonly z: number },
  turn: { readonly x: number; readonly y: number; readonly z: number; readonly w: number },
): Float64Array {
  const length = Math.hypot(turn.x, turn.y, turn.z, turn.w);
  const [x, y, z, w] = [turn.x / length, turn.y / length, turn.z / length, turn.w / length];
  return Float64Array.of(
    ...[1 - 2 * (y * y + z * z), 2 * (x * y - z * w), 2 * (x * z + y * w), position.x],
    ...[2 * (x * y + z * w), 1 - 2 * (x * x + z * z), 2 * (y * z - x * w), position.y],
    ...[2 * (x * z - y * w), 2 * (y * z + x * w), 1 - 2 * (x * x + y * y), position.z],
    ...[0, 0, 0, 1],
  );
}

/**
 * Writes what leads from pose `from` to pose `to` into `out`: metres, then the rotation vector in
 * rad, both in base axes.
 */
export function poseError(from: Float64Array, to: Float64Array, out: Float64Array): void {
  for (let i = 0; i < 3; i++) out[i] = (to[4 * i + 3] ?? 0) - (from[4 * i + 3] ?? 0);
  // R = to · fromᵀ, the turn in base axes.
  const r = (i: number, j: number) => {
    let sum = 0;
    for (let k = 0; k < 3; k++) sum += (to[4 * i + k] ?? 0) * (from[4 * j + k] ?? 0);
    return sum;
  };
  const axis = [r(2, 1) - r(1, 2), r(0, 2) - r(2, 0), r(1, 0) - r(0, 1)] as const;
  const sine = Math.hypot(...axis) / 2;
  const cosine = (r(0, 0) + r(1, 1) + r(2, 2) - 1) / 2;
  const angle = Math.atan2(sine, cosine);
  // Half a turn has no axis of its own here; any way round will do, and the next error tells.
  const scale = sine > 1e-9 ? angle / (2 * sine) : 0.5;
  for (let i = 0; i < 3; i++) out[3 + i] = scale * (axis[i] ?? 0);
}
