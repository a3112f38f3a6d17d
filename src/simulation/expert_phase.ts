/**
 * What the scripted expert wants next, as a function of the present state alone: no memory and no
 * clock, so it can be asked about any state, also one that a learned policy got itself into.
 */
import { at } from '../core/vector.js';
import {
  type ExpertArm,
  type HandGoal,
  type HandPose,
  headingOf,
  newPose,
  type Point,
  tiltOf,
  toHand,
  toWorld,
  wrapAngle,
} from './expert_arm.js';
import { type ExpertSettings, gripperAtGap, movingFace } from './expert_settings.js';

/** All that the expert looks at. The cube's true pose is among it: no policy ever sees this. */
export interface ExpertState {
  /** Arm joints, base outwards, then the gripper: rad, rad/s. */
  readonly positions: Float64Array;
  readonly velocities: Float64Array;
  /** Centre of the cube (m) and its rotation as quaternion w, x, y, z. */
  readonly cube: Float64Array;
  /** x, y of the target's centre, m. */
  readonly target: readonly [number, number];
}

export const PHASES = [
  'reach',
  'descend',
  'close',
  'carry',
  'lower',
  'release',
  'clear',
  'home',
] as const;
export type Phase = (typeof PHASES)[number];

/** Where to go next. Without a goal for the hand the arm goes home. */
export interface Decision {
  readonly phase: Phase;
  readonly hand: HandGoal | undefined;
  /** Point of the hand that `hand` is about, m in the hand. */
  readonly point: readonly [number, number, number];
  readonly gripper: 'open' | 'close';
}

/** The farthest that a goal lies above or below the hand while it moves next to the cube, m. */
const LEAD = 0.03;
/** From the pan axis: where fingers begin to lean outwards, and lean most (m), and how much (rad). */
const FAR_FROM = 0.275;
const FAR_TO = 0.31;
const FAR_TILT = 0.4;
/** A cube whose middle is this far beside the middle of the pads is still held by their edge, m. */
const EDGE = 0.018;
/** How far the cube may stand above the table and still lie on it, m. */
const LIES = 0.004;

export class ExpertRules {
  readonly #arm: ExpertArm;
  readonly settings: ExpertSettings;
  /** Gripper position at which both jaws touch a cube that lies straight between them. */
  readonly contact: number;
  readonly #pose = newPose();
  readonly #point: readonly [number, number, number];

  constructor(arm: ExpertArm, settings: ExpertSettings) {
    this.#arm = arm;
    this.settings = settings;
    const { jaws, cube, clearance } = settings;
    this.contact = gripperAtGap(jaws, cube);
    this.#point = [jaws.fixedFace + clearance + cube / 2, jaws.side, jaws.depth];
  }

  decide(state: ExpertState): Decision {
    const pose = this.#arm.forward(state.positions, this.#pose);
    const inHand = toHand(pose, state.cube);
    const lies = (state.cube[2] ?? 0) < this.settings.table + this.settings.cube / 2 + LIES;
    if (this.held(state, inHand)) return this.#carry(state, pose, inHand, lies);
    const [dx, dy] = this.#toTarget(state);
    if (lies && Math.hypot(dx, dy) < this.settings.placed) return this.#leave(state, pose, inHand);
    return this.#fetch(state, pose, inHand);
  }

  /**
   * Whether the cube is clamped: between the jaws, and these as close as its faces allow, or stalled
   * a bit before because they hold it askew.
   */
  held(state: ExpertState, inHand: Point): boolean {
    if (!this.between(state, inHand, EDGE)) return false;
    const g = at(state.positions, 5);
    const stalled = Math.abs(at(state.velocities, 5)) < 0.1;
    return g < this.contact + 0.05 || (stalled && g < this.contact + 0.2);
  }

  #toTarget({ cube, target }: ExpertState): [number, number] {
    return [target[0] - (cube[0] ?? 0), target[1] - (cube[1] ?? 0)];
  }

  /** The cube's middle is inside the jaws' reach: sideways and in depth within `slack` (m). */
  between(state: ExpertState, inHand: Point, slack: number): boolean {
    const { jaws, cube } = this.settings;
    const [x = 0, y = 0, z = 0] = [inHand[0], inHand[1], inHand[2]];
    const half = cube / 2 - 0.004;
    return (
      x - half > jaws.fixedFace &&
      x + half < movingFace(jaws, state.positions[5] ?? 0) &&
      Math.abs(y - jaws.side) < slack &&
      Math.abs(z - jaws.depth) < slack
    );
  }

  /** Way to the cube, down over it, and closing of the hand. */
  #fetch(state: ExpertState, pose: HandPose, inHand: Point): Decision {
    const { settings } = this;
    const { jaws, cube, hover, open } = settings;
    const g = state.positions[5] ?? 0;
    const point = this.#point;
    const [x, y, z] = toWorld(pose, point);
    const [cx = 0, cy = 0, cz = 0] = state.cube;
    const heading = this.#graspHeading(state, pose);
    const base = Math.max(cz, settings.table + cube / 2);
    const closing = g < open - 0.1;
    const near = closing ? 0.012 : 0.007;
    if (
      this.between(state, inHand, near) &&
      Math.abs(tiltOf(pose) - this.#farTilt(cx, cy)) < 0.25
    ) {
      const hand = {
        position: [x, y, Math.min(z, base)] as const,
        tilt: this.#farTilt(cx, cy),
        heading: headingOf(pose),
      };
      return { phase: 'close', hand, point, gripper: 'close' };
    }
    const along = (inHand[0] ?? 0) - jaws.fixedFace - cube / 2;
    const straddles =
      Math.abs((inHand[1] ?? 0) - jaws.side) < 0.008 &&
      along > 0.002 &&
      (inHand[0] ?? 0) + cube / 2 + 0.002 < movingFace(jaws, g) &&
      z < base + cube;
    const turn = Math.max(0, Math.abs(wrapAngle(heading - headingOf(pose))) - 0.06);
    const error = Math.hypot(cx - x, cy - y) + 0.02 * turn;
    const shut = Math.max(0, (open - 0.12 - g) * 5);
    const rise = straddles ? shut : Math.max(this.#cone(error), shut);
    const share = Math.min(1, rise);
    const position = this.#approach([x, y, z], [cx, cy, base + hover * share], error, share);
    const far = this.#farTilt(cx, cy);
    const tilt = far + Math.max(0, settings.tilt - far) * share;
    return {
      phase: share < 0.95 ? 'descend' : 'reach',
      hand: { position, tilt, heading },
      point,
      gripper: 'open',
    };
  }

  /** Way of the held cube to the target, down, and opening of the hand. */
  #carry(
    state: ExpertState,
    pose: HandPose,
    inHand: [number, number, number],
    lies: boolean,
  ): Decision {
    const { settings } = this;
    const [x = 0, y = 0, z = 0] = state.cube;
    const base = settings.table + settings.cube / 2 + 0.0015;
    const [dx, dy] = this.#toTarget(state);
    const error = Math.hypot(dx, dy);
    if (lies && error < settings.release) {
      const hand = {
        position: [x, y, z] as const,
        tilt: tiltOf(pose),
        roll: state.positions[4] ?? 0,
      };
      return { phase: 'release', hand, point: inHand, gripper: 'open' };
    }
    const share = this.#cone(error);
    const goal = [state.target[0], state.target[1], base + settings.carry * share] as const;
    const position = this.#approach([x, y, z], goal, error, share);
    const free = this.#freedom(z, goal[2], error);
    const roll = (1 - free) * (state.positions[4] ?? 0);
    return {
      phase: share < 0.95 ? 'lower' : 'carry',
      hand: {
        position,
        tilt: settings.tilt * Math.min(1, Math.max(0, (position[2] - base) / settings.carry)),
        roll,
      },
      point: inHand,
      gripper: 'close',
    };
  }

  /** Away from the placed cube: open, step back from it with the fixed jaw, straight up, home. */
  #leave(state: ExpertState, pose: HandPose, inHand: Point): Decision {
    const { jaws, cube, hover } = this.settings;
    const [cx = 0, cy = 0, cz = 0] = state.cube;
    const point = this.#point;
    const [x, y, z] = toWorld(pose, point);
    const home: Decision = { phase: 'home', hand: undefined, point, gripper: 'open' };
    if (z > cz + hover || Math.hypot(cx - x, cy - y) > 0.07) return home;
    const g = state.positions[5] ?? 0;
    const px = inHand[0] ?? 0;
    const py = inHand[1] ?? 0;
    const around = z < cz + cube && Math.abs(py - jaws.side) < 0.02 && px > jaws.fixedFace;
    const free = g > this.contact + 0.25 && px - cube / 2 - jaws.fixedFace > 0.003;
    const position = around
      ? ([cx, cy, free ? z + LEAD : z] as const)
      : ([x, y, z + LEAD] as const);
    const hand = { position, tilt: tiltOf(pose), roll: state.positions[4] ?? 0 };
    return { phase: 'clear', hand, point, gripper: 'open' };
  }

  /** Where the arm is nearly stretched the fingers have to lean outwards, rad. */
  #farTilt(x: number, y: number): number {
    const [px, py] = this.#arm.pan;
    const share = (Math.hypot(x - px, y - py) - FAR_FROM) / (FAR_TO - FAR_FROM);
    return FAR_TILT * Math.min(1, Math.max(0, share));
  }

  /** 0 straight above the place, 1 outside the cone above it: how high to be. */
  #cone(error: number): number {
    const { coneNarrow, coneWide } = this.settings;
    return Math.min(1, Math.max(0, (error - coneNarrow) / (coneWide - coneNarrow)));
  }

  /** 1 when high enough to move sideways, 0 when it must rise first. */
  #freedom(z: number, goalZ: number, error: number): number {
    const low = Math.max(0, goalZ - 0.008 - z);
    return error < 0.02 ? 1 : Math.max(0, 1 - low / 0.02);
  }

  /** The next point to make for: up first where low, and never far above or below the hand. */
  #approach(
    from: readonly [number, number, number],
    to: readonly [number, number, number],
    error: number,
    share: number,
  ): [number, number, number] {
    const free = this.#freedom(from[2], to[2], error);
    const lead = share < 1 || free < 1 ? LEAD : 1;
    return [
      from[0] + (to[0] - from[0]) * free,
      from[1] + (to[1] - from[1]) * free,
      Math.max(from[2] - lead, Math.min(from[2] + lead, to[2])),
    ];
  }

  /**
   * The heading of the jaws that is square to the cube: of the four, the one nearest to the heading
   * that the hand has with its roll joint half-way between where it is and its middle.
   */
  #graspHeading(state: ExpertState, pose: HandPose): number {
    const yaw = headingOfCube(state.cube);
    const [px, py] = this.#arm.pan;
    const azimuth = Math.atan2((state.cube[1] ?? 0) - py, (state.cube[0] ?? 0) - px);
    const present = wrapAngle(headingOf(pose) - Math.atan2(at(pose, 7) - py, at(pose, 3) - px));
    const middle = azimuth + Math.max(-0.25, Math.min(0.25, 0.5 * present));
    const quarter = Math.PI / 2;
    const offset = yaw - middle;
    return yaw - quarter * Math.round(offset / quarter);
  }
}

/**
 * Heading of one of the cube's level edges, rad, of the cube's pose (x, y, z, quaternion w, x, y, z):
 * of the axis that is most nearly level, for the cube may have rolled onto any face.
 */
export function headingOfCube(cube: Float64Array): number {
  const [w, x, y, z] = [at(cube, 3), at(cube, 4), at(cube, 5), at(cube, 6)];
  const first = [1 - 2 * (y * y + z * z), 2 * (x * y + w * z), 2 * (x * z - w * y)] as const;
  const second = [2 * (x * y - w * z), 1 - 2 * (x * x + z * z), 2 * (y * z + w * x)] as const;
  const axis = Math.abs(first[2]) <= Math.abs(second[2]) ? first : second;
  return Math.atan2(axis[1], axis[0]);
}
