/** The robot as the page gets it: its URDF as plain data, limits and joint groups. */
import type { LinkCapsule } from '../description/collision_shapes.js';
import type { SceneShape } from '../description/collision_types.js';
import type { Geometry, Origin, Vector3 } from '../description/robot_description.js';

export interface ModelShape {
  readonly origin: Origin;
  readonly geometry: Geometry;
  /** Red, green, blue, alpha in [0, 1]. */
  readonly color: readonly number[];
}

export interface ModelLink {
  readonly name: string;
  readonly shapes: readonly ModelShape[];
}

export interface ModelJoint {
  readonly name: string;
  readonly type: string;
  readonly parent: string;
  readonly child: string;
  readonly origin: Origin;
  readonly axis: Vector3;
  readonly mimic?: { readonly joint: string; readonly multiplier: number; readonly offset: number };
}

export interface ModelLimits {
  readonly name: string;
  /** rad (m for a sliding joint). */
  readonly lower: number;
  readonly upper: number;
  /** rad/s. */
  readonly velocity: number;
  readonly sliding: boolean;
}

export interface RobotModel {
  readonly name: string;
  readonly root: string;
  readonly base: string;
  readonly tool: string;
  /** In the order of all joint vectors. */
  readonly joints: readonly ModelLimits[];
  readonly groups: Readonly<Record<string, readonly string[]>>;
  readonly links: readonly ModelLink[];
  /** Parents before children. */
  readonly tree: readonly ModelJoint[];
  readonly capsules: readonly LinkCapsule[];
  readonly scene: readonly SceneShape[];
}
