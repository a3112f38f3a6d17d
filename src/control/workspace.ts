/** The workspace of the tools as half-spaces, and whether it has any point at all. */
import type { HalfSpace } from '../safety/options.js';

type Vector = readonly [number, number, number];

/** Of the `workspace` section. */
export interface WorkspaceConfig {
  readonly box?: { readonly min: Vector; readonly max: Vector } | undefined;
  readonly half_spaces: readonly HalfSpace[];
}

const SIDES = [
  ['x', [1, 0, 0]],
  ['y', [0, 1, 0]],
  ['z', [0, 0, 1]],
] as const;

/** Metres: a point counts as inside when it is no further out than this. */
const TOLERANCE = 1e-9;

/** A direction of any length as a unit vector. */
export function unit([x, y, z]: Vector): Vector {
  const length = Math.hypot(x, y, z);
  return [x / length, y / length, z / length];
}

/** The workspace as half-spaces: six of the box, then the others. */
export function workspaceSides({ box, half_spaces }: WorkspaceConfig): HalfSpace[] {
  const sides: HalfSpace[] = [];
  for (const [i, [axis, [x, y, z]]] of SIDES.entries()) {
    if (box === undefined) break;
    const at = i as 0 | 1 | 2;
    sides.push({ name: `box min ${axis}`, normal: [x, y, z], offset: box.min[at] });
    sides.push({ name: `box max ${axis}`, normal: [0 - x, 0 - y, 0 - z], offset: -box.max[at] });
  }
  return [...sides, ...half_spaces.map((side) => ({ ...side, normal: unit(side.normal) }))];
}

/**
 * The point nearest to the origin that lies in all half-spaces; undefined when there is none. That
 * point, if it exists, is the one nearest to the origin on at most three of the planes, so all sets
 * of so many are tried: cheap for the few planes of a workspace, and exact.
 */
export function pointInside(sides: readonly HalfSpace[]): Vector | undefined {
  let best: Vector | undefined;
  const consider = (planes: readonly HalfSpace[]) => {
    const point = nearest(planes);
    if (point === undefined) return;
    const outside = sides.some((side) => dot(side.normal, point) < side.offset - TOLERANCE);
    if (outside || (best !== undefined && Math.hypot(...best) <= Math.hypot(...point))) return;
    best = point;
  };
  consider([]);
  sides.forEach((a, i) => {
    consider([a]);
    sides.slice(i + 1).forEach((b, j) => {
      consider([a, b]);
      for (const c of sides.slice(i + j + 2)) consider([a, b, c]);
    });
  });
  return best;
}

/** The point nearest to the origin on all `planes`; undefined when some are parallel. */
function nearest(planes: readonly HalfSpace[]): Vector | undefined {
  // Gram–Schmidt: each plane adds the one direction that those before it leave free.
  const basis: Vector[] = [];
  let point: Vector = [0, 0, 0];
  for (const { normal, offset } of planes) {
    let free: Vector = normal;
    for (const known of basis) free = add(free, known, -dot(free, known));
    const length = Math.hypot(...free);
    if (length < 1e-9) return undefined;
    const direction = unit(free);
    point = add(point, direction, (offset - dot(normal, point)) / length);
    basis.push(direction);
  }
  return point;
}

function dot(a: Vector, b: Vector): number {
  return a[0] * b[0] + a[1] * b[1] + a[2] * b[2];
}

function add(a: Vector, b: Vector, scale: number): Vector {
  return [a[0] + scale * b[0], a[1] + scale * b[1], a[2] + scale * b[2]];
}
