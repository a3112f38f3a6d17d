/**
 * Where a ray meets a primitive, in the primitive's own frame. Each function returns the smallest
 * ray parameter t > 0 of a point on the surface seen from outside (origin + t · direction), or
 * Infinity. Directions need not have unit length. No allocation.
 */

/** Which part of a surface a ray met; boxes use 2·axis for the positive and 2·axis + 1 for the negative face. */
export const FACE = { side: 6, round: 7 } as const;

/** The face of the last hit, valid until the next call. */
export let hitFace = 0;

const MISS = Number.POSITIVE_INFINITY;

/** The rectangle |x| ≤ hx, |y| ≤ hy at z = 0. */
export function hitRectangle(
  ox: number,
  oy: number,
  oz: number,
  dx: number,
  dy: number,
  dz: number,
  hx: number,
  hy: number,
): number {
  const t = -oz / dz;
  if (!(t > 0)) return MISS;
  const x = ox + t * dx;
  const y = oy + t * dy;
  if (x > hx || x < -hx || y > hy || y < -hy) return MISS;
  hitFace = oz > 0 ? 4 : 5;
  return t;
}

/** The box of half lengths hx, hy, hz (slab method). */
export function hitBox(
  ox: number,
  oy: number,
  oz: number,
  dx: number,
  dy: number,
  dz: number,
  hx: number,
  hy: number,
  hz: number,
): number {
  let near = 0;
  let far = MISS;
  let face = -1;
  if (dx !== 0) {
    const inverse = 1 / dx;
    const a = (-hx - ox) * inverse;
    const b = (hx - ox) * inverse;
    const low = Math.min(a, b);
    const high = Math.max(a, b);
    if (low > near) {
      near = low;
      face = dx > 0 ? 1 : 0;
    }
    if (high < far) far = high;
  } else if (ox > hx || ox < -hx) return MISS;
  if (dy !== 0) {
    const inverse = 1 / dy;
    const a = (-hy - oy) * inverse;
    const b = (hy - oy) * inverse;
    const low = Math.min(a, b);
    const high = Math.max(a, b);
    if (low > near) {
      near = low;
      face = dy > 0 ? 3 : 2;
    }
    if (high < far) far = high;
  } else if (oy > hy || oy < -hy) return MISS;
  if (dz !== 0) {
    const inverse = 1 / dz;
    const a = (-hz - oz) * inverse;
    const b = (hz - oz) * inverse;
    const low = Math.min(a, b);
    const high = Math.max(a, b);
    if (low > near) {
      near = low;
      face = dz > 0 ? 5 : 4;
    }
    if (high < far) far = high;
  } else if (oz > hz || oz < -hz) return MISS;
  if (face < 0 || near > far) return MISS;
  hitFace = face;
  return near;
}

/** The ball of radius r. */
export function hitSphere(
  ox: number,
  oy: number,
  oz: number,
  dx: number,
  dy: number,
  dz: number,
  r: number,
): number {
  const a = dx * dx + dy * dy + dz * dz;
  const b = ox * dx + oy * dy + oz * dz;
  const c = ox * ox + oy * oy + oz * oz - r * r;
  const square = b * b - a * c;
  if (square < 0 || c < 0) return MISS;
  const t = (-b - Math.sqrt(square)) / a;
  if (!(t > 0)) return MISS;
  hitFace = FACE.round;
  return t;
}

/** The side of the infinite cylinder about z, first meeting from outside. */
function hitTube(ox: number, oy: number, dx: number, dy: number, r: number): number {
  const a = dx * dx + dy * dy;
  const b = ox * dx + oy * dy;
  const square = b * b - a * (ox * ox + oy * oy - r * r);
  if (square < 0 || a === 0) return MISS;
  const t = (-b - Math.sqrt(square)) / a;
  return t > 0 ? t : MISS;
}

/** The closed cylinder of radius r and half length h about z. */
export function hitCylinder(
  ox: number,
  oy: number,
  oz: number,
  dx: number,
  dy: number,
  dz: number,
  r: number,
  h: number,
): number {
  const side = hitTube(ox, oy, dx, dy, r);
  if (side < MISS) {
    const z = oz + side * dz;
    if (z <= h && z >= -h) {
      hitFace = FACE.side;
      return side;
    }
  }
  // A cap can be met first only on the side that the origin is on.
  if (dz === 0 || (oz <= h && oz >= -h)) return MISS;
  const t = ((oz > 0 ? h : -h) - oz) / dz;
  if (!(t > 0)) return MISS;
  const x = ox + t * dx;
  const y = oy + t * dy;
  if (x * x + y * y > r * r) return MISS;
  hitFace = oz > 0 ? 4 : 5;
  return t;
}

/** The capsule of radius r about the segment |z| ≤ h. */
export function hitCapsule(
  ox: number,
  oy: number,
  oz: number,
  dx: number,
  dy: number,
  dz: number,
  r: number,
  h: number,
): number {
  const side = hitTube(ox, oy, dx, dy, r);
  if (side < MISS) {
    const z = oz + side * dz;
    if (z <= h && z >= -h) {
      hitFace = FACE.side;
      return side;
    }
  }
  const upper = hitSphere(ox, oy, oz - h, dx, dy, dz, r);
  const lower = hitSphere(ox, oy, oz + h, dx, dy, dz, r);
  return Math.min(upper, lower);
}
