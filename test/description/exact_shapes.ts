/** Collision shapes as they are, not as capsules: points on their surfaces, distances from them. */
import type { Shape, Vector3 } from '../../src/description/robot_description.js';
import { fromOrigin } from '../../src/description/transform.js';

/** Points on a surface about `spacing` m apart, in the link's frame. */
export function surfacePoints(shape: Shape, spacing: number): Vector3[] {
  const points: Vector3[] = [];
  const { geometry } = shape;
  const steps = (length: number) => {
    const n = Math.max(1, Math.ceil(length / spacing));
    return Array.from({ length: n + 1 }, (_, i) => (i / n - 0.5) * length);
  };
  const angles = (radius: number) => {
    const n = Math.max(8, Math.ceil((2 * Math.PI * radius) / spacing));
    return Array.from({ length: n }, (_, i) => (2 * Math.PI * i) / n);
  };
  if (geometry.type === 'box') {
    const [sx, sy, sz] = geometry.size;
    for (const x of steps(sx)) {
      for (const y of steps(sy)) {
        for (const z of steps(sz)) {
          const outside = Math.max(Math.abs(x) / sx, Math.abs(y) / sy, Math.abs(z) / sz);
          if (outside > 0.499) points.push([x, y, z]);
        }
      }
    }
  } else if (geometry.type === 'cylinder') {
    const { radius, length } = geometry;
    for (const z of steps(length)) {
      const end = Math.abs(z) > 0.499 * length;
      for (const r of end ? steps(2 * radius).filter((value) => value > 0) : [radius]) {
        for (const t of angles(r)) points.push([r * Math.cos(t), r * Math.sin(t), z]);
      }
    }
  } else if (geometry.type === 'sphere') {
    const { radius } = geometry;
    for (const z of steps(2 * radius)) {
      const r = Math.sqrt(Math.max(0, radius * radius - z * z));
      for (const t of angles(r)) points.push([r * Math.cos(t), r * Math.sin(t), z]);
    }
  } else {
    throw new Error(`no exact shape for a ${geometry.type}`);
  }
  const pose = fromOrigin(shape.origin);
  return points.map((point) => transformed(pose, 0, point));
}

/** A shape with its pose in the link's frame. */
export interface PlacedShape {
  readonly geometry: Shape['geometry'];
  readonly pose: Float64Array;
}

export function placedShape(shape: Shape): PlacedShape {
  return { geometry: shape.geometry, pose: fromOrigin(shape.origin) };
}

/** Distance of a point (link frame) from a shape, m; 0 inside. */
export function pointDistance({ geometry, pose }: PlacedShape, point: Vector3): number {
  const from: Vector3 = [
    point[0] - (pose[3] ?? 0),
    point[1] - (pose[7] ?? 0),
    point[2] - (pose[11] ?? 0),
  ];
  const along = (i: number) =>
    (pose[i] ?? 0) * from[0] + (pose[4 + i] ?? 0) * from[1] + (pose[8 + i] ?? 0) * from[2];
  const [x, y, z] = [along(0), along(1), along(2)];
  if (geometry.type === 'box') {
    const out = (value: number, size: number) => Math.max(0, Math.abs(value) - size / 2);
    return Math.hypot(out(x, geometry.size[0]), out(y, geometry.size[1]), out(z, geometry.size[2]));
  }
  if (geometry.type === 'cylinder') {
    const aside = Math.max(0, Math.hypot(x, y) - geometry.radius);
    return Math.hypot(aside, Math.max(0, Math.abs(z) - geometry.length / 2));
  }
  if (geometry.type === 'sphere') return Math.max(0, Math.hypot(x, y, z) - geometry.radius);
  throw new Error(`no exact shape for a ${geometry.type}`);
}

/** A point moved by the 4×4 pose at `at`. */
export function transformed(pose: Float64Array, at: number, [x, y, z]: Vector3): Vector3 {
  const line = (i: number) =>
    (pose[at + i] ?? 0) * x +
    (pose[at + i + 1] ?? 0) * y +
    (pose[at + i + 2] ?? 0) * z +
    (pose[at + i + 3] ?? 0);
  return [line(0), line(4), line(8)];
}

/** The inverse of `transformed`. */
export function transformedBack(pose: Float64Array, at: number, point: Vector3): Vector3 {
  const [x, y, z] = [3, 7, 11].map((i, k) => (point[k] ?? 0) - (pose[at + i] ?? 0));
  const column = (i: number) =>
    (pose[at + i] ?? 0) * (x ?? 0) +
    (pose[at + 4 + i] ?? 0) * (y ?? 0) +
    (pose[at + 8 + i] ?? 0) * (z ?? 0);
  return [column(0), column(1), column(2)];
}
