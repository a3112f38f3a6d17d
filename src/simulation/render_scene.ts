/**
 * What the renderer needs to know: shapes and cameras that never change, and the layout of the
 * block of numbers that says how they stand at one instant. The block can lie in shared memory, so
 * pictures can be drawn on another thread without a physics engine.
 */
import type { CameraConfig, SceneConfig } from './scene_config.js';

/**
 * A primitive in its own frame. `size` is half lengths for box, rectangle and ellipsoid bounds;
 * (radius, half length, −) along z for cylinder and capsule; (radius, −, −) for a sphere.
 * A rectangle lies in its x-y plane and is seen from both sides.
 */
export type ShapeType = 'rectangle' | 'box' | 'cylinder' | 'capsule' | 'sphere';

export interface RenderShape {
  readonly name: string;
  readonly type: ShapeType;
  readonly size: readonly [number, number, number];
  /** RGB in 0..1. */
  readonly color: readonly [number, number, number];
  readonly castsShadow: boolean;
  /** Edge of the fields of a checker pattern in x-y of its frame; 0 is plain. */
  readonly checker: number;
}

export interface RenderScene {
  readonly shapes: readonly RenderShape[];
  readonly cameras: readonly CameraConfig[];
  readonly lights: SceneConfig['lights'];
  readonly background: readonly [number, number, number];
  /** Relative brightness difference of checker fields. */
  readonly contrast: number;
}

/** Values of a pose in a snapshot: position (3) and rotation matrix, row by row (9). */
export const POSE = 12;

/** Where the parts of a snapshot begin; one snapshot is `length` float64 values. */
export interface SnapshotLayout {
  /** Shape i's pose at `i * POSE`, local to world. */
  readonly shapes: 0;
  /** Camera j's pose at `cameras + j * POSE`: x right, y down, z along the optical axis. */
  readonly cameras: number;
  /** Shape i's RGB at `colors + i * 3`. */
  readonly colors: number;
  /** Factor on all lights. */
  readonly light: number;
  readonly length: number;
}

export function snapshotLayout(shapes: number, cameras: number): SnapshotLayout {
  const afterShapes = shapes * POSE;
  const afterCameras = afterShapes + cameras * POSE;
  const light = afterCameras + shapes * 3;
  return { shapes: 0, cameras: afterShapes, colors: afterCameras, light, length: light + 1 };
}
