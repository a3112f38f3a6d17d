/** The numbers of the scripted expert: jaws, heights, tolerances and speeds. SI units, radians. */

/** The two jaws in the frame of the hand (x from the fixed to the moving jaw, −z to the tips). */
export interface JawGeometry {
  /** x of the fixed jaw's face. */
  readonly fixedFace: number;
  /** y of the middle of the pads. */
  readonly side: number;
  /** z of the middle of the pads. */
  readonly depth: number;
  /** Axis of the moving jaw: x. */
  readonly pivotX: number;
  /** Middle of the moving pad's face in the frame of the moving jaw: x, y. */
  readonly face: readonly [number, number];
}

/** The jaws of `urdf/so101.urdf`. */
export const SO101_JAWS: JawGeometry = {
  fixedFace: -0.008,
  side: -0.0002,
  depth: -0.0995,
  pivotX: 0.0202,
  face: [-0.01233, -0.077],
};

export interface ExpertSettings {
  readonly jaws: JawGeometry;
  /** z of the table top, m. */
  readonly table: number;
  /** Edge of the cube. */
  readonly cube: number;
  /** Gripper position for an open hand, and that far below the contact position it squeezes. */
  readonly open: number;
  readonly squeeze: number;
  /** Gap left to the fixed jaw when the hand straddles the cube. */
  readonly clearance: number;
  /** Hover height of the pads above the grasp, and carry height of the cube above its place. */
  readonly hover: number;
  readonly carry: number;
  /** Inclination of the fingers at hover and carry height (0 at the table). */
  readonly tilt: number;
  /** Horizontal error at which the way down begins, and at which it may reach the bottom. */
  readonly coneWide: number;
  readonly coneNarrow: number;
  /** A cube that lies nearer to the target than this is placed. */
  readonly placed: number;
  /** It is let go when nearer than this. */
  readonly release: number;
  /** rad/s and rad/s² of the arm's joints; rad/s of the gripper. */
  readonly speed: number;
  readonly acceleration: number;
  readonly gripperSpeed: number;
  /** Measured velocities count up to this far from the wanted ones, rad/s. */
  readonly pull: number;
  /** s by which a joint follows its set-point late. */
  readonly lag: number;
}

export const EXPERT_SETTINGS: ExpertSettings = {
  jaws: SO101_JAWS,
  table: -0.0024,
  cube: 0.025,
  open: 0.6,
  squeeze: 0.15,
  clearance: 0.01,
  hover: 0.045,
  carry: 0.05,
  tilt: 0.25,
  coneWide: 0.011,
  coneNarrow: 0.004,
  placed: 0.022,
  release: 0.007,
  speed: 1.1,
  acceleration: 4.5,
  gripperSpeed: 2,
  pull: 0.25,
  lag: 0.01,
};

/** x of the moving jaw's face in the hand with the gripper at `g`. */
export function movingFace(jaws: JawGeometry, g: number): number {
  return jaws.pivotX + jaws.face[0] * Math.cos(g) - jaws.face[1] * Math.sin(g);
}

/** The gripper position at which the faces are `gap` apart. */
export function gripperAtGap(jaws: JawGeometry, gap: number): number {
  const [x, y] = jaws.face;
  const wanted = jaws.fixedFace + gap - jaws.pivotX;
  return Math.asin(wanted / Math.hypot(x, y)) - Math.atan2(x, -y);
}
