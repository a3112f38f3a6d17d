/**
 * The collision model as plain data that can be sent to another thread; what makes it reads files and
 * stands in collision_model.ts, out of the control tick's reach.
 */
import type { AllowedLinks, CapsulePair } from './collision_pairs.js';
import type { LinkCapsule } from './collision_shapes.js';
import type { JointTree } from './reach.js';
import type { Vector3 } from './robot_description.js';

interface SceneBase {
  readonly name: string;
  /** Links that must not meet it; all that joints move if absent. */
  readonly links?: readonly string[];
}

/** A shape of the scene, in the robot's base frame, in metres. */
export type SceneShape = SceneBase &
  (
    | {
        readonly type: 'half_space';
        /** Unit vector; links must stay where normal · x ≥ offset. */
        readonly normal: Vector3;
        readonly offset: number;
      }
    | {
        readonly type: 'box';
        readonly center: Vector3;
        /** Lengths of the edges. */
        readonly size: Vector3;
        /** Fixed-axis roll, pitch, yaw, rad. */
        readonly rpy: Vector3;
      }
    | { readonly type: 'sphere'; readonly center: Vector3; readonly radius: number }
  );

/** Bounds on how fast a distance changes with each joint, m/rad (m/m for sliding joints). */
export interface Bounded {
  /** In the order of the model's joints; see `Reach`. Holds where the distance is not negative. */
  readonly reach: readonly number[];
}

export interface CollisionModel extends JointTree {
  readonly capsules: readonly LinkCapsule[];
  /** Capsules to be kept apart. */
  readonly pairs: readonly (CapsulePair & Bounded)[];
  /** Capsules to be kept from shapes. */
  readonly scene: readonly ({ readonly shape: SceneShape; readonly capsule: number } & Bounded)[];
  /** Links that may touch. */
  readonly allowed: readonly AllowedLinks[];
}
