/** The smallest capsule that can be found around a set of balls, such as the corners of shapes. */
import { enclosingCircle } from './enclosing_circle.js';
import type { Vector3 } from './robot_description.js';

/** A ball; radius 0 for a point. */
export interface Ball {
  readonly center: Vector3;
  readonly radius: number;
}

/** All points within `radius` of the segment from `a` to `b`; a sphere when they are the same. */
export interface Capsule {
  readonly a: Vector3;
  readonly b: Vector3;
  readonly radius: number;
}

/** m^3 */
export function capsuleVolume({ a, b, radius }: Capsule): number {
  const length = Math.hypot(b[0] - a[0], b[1] - a[1], b[2] - a[2]);
  return Math.PI * radius * radius * (length + (4 / 3) * radius);
}

/**
 * A capsule that holds all `balls`, the smallest by volume over the given `directions` and the
 * directions between the ends of the set. Exact about what it encloses; its size is a heuristic.
 */
export function fitCapsule(balls: readonly Ball[], directions: readonly Vector3[]): Capsule {
  let best: Capsule | undefined;
  let bestVolume = Number.POSITIVE_INFINITY;
  for (const direction of distinct([...directions, ...spans(balls)])) {
    const capsule = fitAlong(balls, direction);
    const volume = capsuleVolume(capsule);
    if (volume < bestVolume) {
      best = capsule;
      bestVolume = volume;
    }
  }
  return best ?? { a: [0, 0, 0], b: [0, 0, 0], radius: 0 };
}

/** Leaves out directions along one that came before. */
function distinct(directions: readonly Vector3[]): Vector3[] {
  const kept: Vector3[] = [];
  for (const direction of directions) {
    if (kept.every((other) => Math.abs(dot(direction, other)) < 0.9999)) kept.push(direction);
  }
  return kept;
}

/** Trial radii between that of a cylinder around the set and 1.6 times it. */
const RADII = 24;

function fitAlong(balls: readonly Ball[], axis: Vector3): Capsule {
  const [e, f] = orthogonal(axis);
  const discs = balls.map(({ center, radius }) => ({
    x: dot(center, e),
    y: dot(center, f),
    radius,
  }));
  const circle = enclosingCircle(discs);
  const placed = discs.map(({ x, y, radius }, i) => ({
    radius,
    aside: (x - circle.x) ** 2 + (y - circle.y) ** 2,
    along: dot(balls[i]?.center ?? [0, 0, 0], axis),
  }));
  let best: Capsule = { a: [0, 0, 0], b: [0, 0, 0], radius: Number.POSITIVE_INFINITY };
  let bestVolume = Number.POSITIVE_INFINITY;
  for (let i = 0; i <= RADII; i++) {
    const radius = circle.radius * (1 + (0.6 * i) / RADII) + 1e-12;
    // A ball is inside when the segment comes within `slack` of it, measured along the axis.
    let low = Number.POSITIVE_INFINITY;
    let high = Number.NEGATIVE_INFINITY;
    for (const { along, aside, radius: size } of placed) {
      const slack = Math.sqrt(Math.max((radius - size) ** 2 - aside, 0));
      low = Math.min(low, along + slack);
      high = Math.max(high, along - slack);
    }
    if (low > high) {
      low = (low + high) / 2;
      high = low;
    }
    const at = (along: number): Vector3 => [
      along * axis[0] + circle.x * e[0] + circle.y * f[0],
      along * axis[1] + circle.x * e[1] + circle.y * f[1],
      along * axis[2] + circle.x * e[2] + circle.y * f[2],
    ];
    const capsule = { a: at(low), b: at(high), radius };
    const volume = capsuleVolume(capsule);
    if (volume < bestVolume) {
      best = capsule;
      bestVolume = volume;
    }
  }
  return best;
}

/** Directions from the ball that lies farthest from the middle to the farthest from that one. */
function spans(balls: readonly Ball[]): Vector3[] {
  const [first] = balls;
  if (first === undefined) return [];
  const far = (from: Vector3) =>
    balls.reduce((a, b) => (distance(b.center, from) > distance(a.center, from) ? b : a)).center;
  const start = far(first.center);
  const end = far(start);
  const length = distance(start, end);
  if (length < 1e-9) return [[0, 0, 1]];
  return [
    [(end[0] - start[0]) / length, (end[1] - start[1]) / length, (end[2] - start[2]) / length],
  ];
}

/** Two unit vectors that are orthogonal to a unit vector and to each other. */
function orthogonal([x, y, z]: Vector3): [Vector3, Vector3] {
  const small = Math.min(Math.abs(x), Math.abs(y), Math.abs(z));
  const helper: Vector3 =
    Math.abs(x) === small ? [1, 0, 0] : Math.abs(y) === small ? [0, 1, 0] : [0, 0, 1];
  const e = cross([x, y, z], helper);
  const length = Math.hypot(...e);
  const unit: Vector3 = [e[0] / length, e[1] / length, e[2] / length];
  return [unit, cross([x, y, z], unit)];
}

function dot(a: Vector3, b: Vector3): number {
  return a[0] * b[0] + a[1] * b[1] + a[2] * b[2];
}

function cross(a: Vector3, b: Vector3): Vector3 {
  return [a[1] * b[2] - a[2] * b[1], a[2] * b[0] - a[0] * b[2], a[0] * b[1] - a[1] * b[0]];
}

function distance(a: Vector3, b: Vector3): number {
  return Math.hypot(a[0] - b[0], a[1] - b[1], a[2] - b[2]);
}
