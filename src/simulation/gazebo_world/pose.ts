/** Poses as world files write them: x y z and fixed-axis roll, pitch, yaw. */

import type { Origin } from '../../description/robot_description.js';
import { fromOrigin } from '../../description/transform.js';
import { element, type Xml } from './element.js';

/** x, y, z (m) and fixed-axis roll, pitch, yaw (rad). */
export type SdfPose = readonly [number, number, number, number, number, number];

export function poseOf({ xyz, rpy }: Origin): SdfPose {
  return [...xyz, ...rpy];
}

/**
 * From position and rotation matrix, row by row.
 *
 * At a pitch of ±90°, where roll and yaw turn about the same axis, roll is 0.
 */
export function poseOfMatrix(position: ArrayLike<number>, rotation: ArrayLike<number>): SdfPose {
  const p = (i: number): number => position[i] ?? 0;
  const r = (row: number, column: number): number => rotation[row * 3 + column] ?? 0;
  const pitch = Math.atan2(-r(2, 0), Math.hypot(r(0, 0), r(1, 0)));
  const locked = Math.hypot(r(0, 0), r(1, 0)) < 1e-9;
  const roll = locked ? 0 : Math.atan2(r(2, 1), r(2, 2));
  const yaw = locked ? Math.atan2(-r(0, 1), r(1, 1)) : Math.atan2(r(1, 0), r(0, 0));
  return [p(0), p(1), p(2), roll, pitch, yaw];
}

/** 4×4 row-major matrix of a pose. */
export function matrixOfPose([x, y, z, roll, pitch, yaw]: SdfPose): Float64Array {
  return fromOrigin({ xyz: [x, y, z], rpy: [roll, pitch, yaw] });
}

/** `<pose>`, given in the frame `relativeTo` or else in that of the enclosing element. */
export function poseElement(pose: SdfPose, relativeTo?: string): Xml {
  return element('pose', { relative_to: relativeTo }, [...pose]);
}
