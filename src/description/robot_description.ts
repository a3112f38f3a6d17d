/** What a robot is made of: links, joints and shapes, as read from a URDF file. */

/** Three numbers: metres, radians or a direction, as the field says. */
export type Vector3 = readonly [number, number, number];

/** Pose of a frame in its parent: translation in metres, then fixed-axis roll, pitch, yaw in rad. */
export interface Origin {
  readonly xyz: Vector3;
  readonly rpy: Vector3;
}

/** Geometry about its own centre; cylinder and capsule lie along z. Lengths in metres. */
export type Geometry =
  | { readonly type: 'box'; readonly size: Vector3 }
  | { readonly type: 'cylinder'; readonly radius: number; readonly length: number }
  | { readonly type: 'capsule'; readonly radius: number; readonly length: number }
  | { readonly type: 'sphere'; readonly radius: number }
  | { readonly type: 'mesh'; readonly filename: string; readonly scale: Vector3 };

/** One shape of a link, placed in the link's frame. */
export interface Shape {
  /** As written in the file; unique only within its link and kind. Absent when not given. */
  readonly name: string | undefined;
  readonly origin: Origin;
  readonly geometry: Geometry;
  /** Red, green, blue, alpha in [0, 1]; visual shapes only. */
  readonly color: readonly [number, number, number, number] | undefined;
}

/** Mass in kg at `origin`, inertia in kg m^2 about the centre of mass, in `origin`'s axes. */
export interface Inertial {
  readonly origin: Origin;
  readonly mass: number;
  readonly inertia: {
    readonly ixx: number;
    readonly ixy: number;
    readonly ixz: number;
    readonly iyy: number;
    readonly iyz: number;
    readonly izz: number;
  };
}

export interface Link {
  readonly name: string;
  readonly inertial: Inertial | undefined;
  readonly visuals: readonly Shape[];
  readonly collisions: readonly Shape[];
  /** Line in the file, from 1. */
  readonly line: number;
}

export type JointType = 'revolute' | 'continuous' | 'prismatic' | 'fixed';

/**
 * Limits as written: rad and rad/s, N m (m, m/s, N for prismatic joints). `lower` and `upper` are
 * absent for continuous joints; a velocity or effort of 0 means that the file does not know it.
 */
export interface UrdfLimit {
  readonly lower: number | undefined;
  readonly upper: number | undefined;
  readonly velocity: number;
  readonly effort: number;
}

export interface Joint {
  readonly name: string;
  readonly type: JointType;
  readonly parent: string;
  readonly child: string;
  /** Pose of the joint (and, at zero, of the child link) in the parent link. */
  readonly origin: Origin;
  /** Unit vector in the joint's frame; positive motion turns about it or slides along it. */
  readonly axis: Vector3;
  readonly limit: UrdfLimit | undefined;
  /** N m s/rad and N m (N s/m and N for prismatic joints); 0 when the file does not say. */
  readonly damping: number;
  readonly friction: number;
  /** Position is `multiplier` times that of `joint`, plus `offset`. */
  readonly mimic:
    | { readonly joint: string; readonly multiplier: number; readonly offset: number }
    | undefined;
  /** Line in the file, from 1. */
  readonly line: number;
}

/** A kinematic tree: every link but the root is the child of exactly one joint. */
export interface RobotDescription {
  readonly name: string;
  /** Where it was read from, for error lines. */
  readonly file: string;
  readonly root: string;
  /** By name, in the order of the file. */
  readonly links: ReadonlyMap<string, Link>;
  /** By name; a joint stands after all joints between it and the root. */
  readonly joints: ReadonlyMap<string, Joint>;
}
