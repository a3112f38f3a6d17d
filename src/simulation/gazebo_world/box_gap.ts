/**
 * Whether two boxes are apart: by the separating-axis theorem, on the face normals of both and the
 * products of their edges. Lengths in m.
 */

/** Pose as 4×4 row-major matrix and half lengths of the edges along its axes. */
export interface PlacedBox {
  readonly pose: Float64Array;
  readonly half: readonly [number, number, number];
}

/**
 * True when some axis shows a gap wider than `margin` between the boxes. The width is that along the
 * axis, at most the true distance, so boxes with corners `margin` to √3 `margin` apart may count as
 * touching.
 */
export function apart(a: PlacedBox, b: PlacedBox, margin: number): boolean {
  const axis = (box: PlacedBox, i: number): [number, number, number] => [
    box.pose[i] ?? 0,
    box.pose[4 + i] ?? 0,
    box.pose[8 + i] ?? 0,
  ];
  const between = [3, 7, 11].map((i) => (b.pose[i] ?? 0) - (a.pose[i] ?? 0));
  const reach = (box: PlacedBox, n: readonly number[]): number =>
    box.half.reduce((sum, half, i) => sum + half * Math.abs(dot(axis(box, i), n)), 0);
  const gap = (n: readonly [number, number, number]): boolean => {
    const length = Math.hypot(...n);
    // Parallel edges span no axis of their own.
    if (length < 1e-6) return false;
    return Math.abs(dot(between, n)) - reach(a, n) - reach(b, n) > margin * length;
  };
  for (let i = 0; i < 3; i++) if (gap(axis(a, i)) || gap(axis(b, i))) return true;
  for (let i = 0; i < 3; i++) {
    for (let j = 0; j < 3; j++) if (gap(cross(axis(a, i), axis(b, j)))) return true;
  }
  return false;
}

function dot(a: readonly number[], b: readonly number[]): number {
  return (a[0] ?? 0) * (b[0] ?? 0) + (a[1] ?? 0) * (b[1] ?? 0) + (a[2] ?? 0) * (b[2] ?? 0);
}

function cross(
  [ax, ay, az]: readonly [number, number, number],
  [bx, by, bz]: readonly [number, number, number],
): [number, number, number] {
  return [ay * bz - az * by, az * bx - ax * bz, ax * by - ay * bx];
}
