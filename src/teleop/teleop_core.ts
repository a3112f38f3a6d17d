/**
 * Turns what an operator sends (jogs, targets, a leader) into a joint command: the source of highest
 * priority that is not silent moves the arm; with none the arm comes to rest, and after that nothing
 * is commanded. Pure: the time comes from the caller.
 */
import { at, clamp } from '../core/vector.js';
import type { JointLimits } from '../description/joint_limits.js';
import type { Kinematics } from '../description/kinematics.js';
import { TRANSFORM_SIZE } from '../description/transform.js';
import type { SourceName } from './config.js';
import { LeaderArm, type LeaderOptions } from './leader_arm.js';
import { poseError } from './pose_error.js';
import { ToolMotion } from './tool_motion.js';

export interface TeleopOptions {
  readonly limits: readonly JointLimits[];
  /** By tool link; the first one is meant where none is named. */
  readonly tools: ReadonlyMap<string, Kinematics>;
  readonly slowFrom: number;
  readonly haltAt: number;
  /** rad/s, m/s, rad/s and rad/s². */
  readonly jointSpeed: number;
  readonly linearSpeed: number;
  readonly angularSpeed: number;
  readonly acceleration: number;
  /** Silence after which a source moves nothing, s. */
  readonly timeout: number;
  /** Highest priority first. */
  readonly sources: readonly SourceName[];
  readonly leader?: LeaderOptions;
}

/** A motion of the tool that is asked for. */
export interface ToolTwist {
  /** Tool link; the robot's own if absent. */
  readonly tool?: string | undefined;
  /** Axes that the numbers are in. */
  readonly frame: 'base' | 'tool';
  /** m/s and rad/s. */
  readonly twist: readonly number[];
}

export interface ToolPose {
  readonly tool?: string | undefined;
  /** 4×4 row-major in the base frame. */
  readonly pose: Float64Array;
}

/** The command may lead the arm by no more than this, rad. */
const LEASH = 0.15;
/** How fast a target is approached per rad or metre that is left, 1/s. */
const APPROACH = 5;
/** Speeds below this are rest, rad/s. */
const REST = 1e-6;

interface Heard<T> {
  readonly operator: string;
  readonly at: number;
  readonly what: T;
}

export class TeleopCore {
  /** rad and rad/s; set by `step`. */
  readonly position: Float64Array;
  readonly velocity: Float64Array;
  /** The source that moves the arm; undefined when none does. */
  active: SourceName | undefined;
  readonly leader: LeaderArm | undefined;
  readonly #options: TeleopOptions;
  readonly #motions = new Map<string, ToolMotion>();
  readonly #heard: Partial<{
    joint_jog: Heard<Float64Array>;
    joint_target: Heard<Float64Array>;
    twist_jog: Heard<ToolTwist>;
    pose_target: Heard<ToolPose>;
  }> = {};
  readonly #commanded: Float64Array;
  readonly #wanted: Float64Array;
  readonly #twist = new Float64Array(6);
  readonly #pose = new Float64Array(TRANSFORM_SIZE);
  #holder: string | undefined;
  #commanding = false;

  constructor(options: TeleopOptions) {
    const n = options.limits.length;
    this.#options = options;
    const { slowFrom, haltAt, limits } = options;
    for (const [tool, kinematics] of options.tools) {
      this.#motions.set(tool, new ToolMotion(kinematics, { slowFrom, haltAt, limits }));
    }
    this.leader = options.leader === undefined ? undefined : new LeaderArm(n, options.leader);
    this.position = new Float64Array(n).fill(Number.NaN);
    this.velocity = new Float64Array(n);
    this.#commanded = new Float64Array(n).fill(Number.NaN);
    this.#wanted = new Float64Array(n);
  }

  /** Where the arm is commanded to be, rad. */
  commanded(position: ArrayLike<number>): void {
    this.#commanded.set(position);
  }

  /** @param velocity rad/s, of all joints */
  jointJog(operator: string, velocity: Float64Array, now: number): void {
    this.#heard.joint_jog = { operator, at: now, what: velocity };
  }

  /** @param position rad, of all joints; NaN for those that are to stay */
  jointTarget(operator: string, position: Float64Array, now: number): void {
    this.#heard.joint_target = { operator, at: now, what: position };
  }

  twistJog(operator: string, twist: ToolTwist, now: number): void {
    this.#heard.twist_jog = { operator, at: now, what: twist };
  }

  poseTarget(operator: string, pose: ToolPose, now: number): void {
    this.#heard.pose_target = { operator, at: now, what: pose };
  }

  /**
   * One step of h seconds.
   *
   * @param holder who holds authority; what others send moves nothing
   * @returns false when there is nothing to command
   */
  step(now: number, h: number, holder: string | undefined): boolean {
    if (holder !== this.#holder) this.#rest();
    this.#holder = holder;
    const source = holder === undefined ? undefined : this.#choose(now, holder);
    if (source !== this.active) this.leader?.unclutch();
    this.active = source;
    if (holder === undefined || Number.isNaN(at(this.#commanded, 0))) return false;
    if (!this.#commanding && source === undefined) return false;
    if (!this.#commanding) this.position.set(this.#commanded);
    this.#commanding = true;
    if (source === 'leader') this.#follow(h);
    else this.#move(source, h);
    if (source === undefined && this.velocity.every((speed) => speed === 0)) {
      // The last command, which is at rest.
      this.#commanding = false;
    }
    return true;
  }

  #rest(): void {
    this.#commanding = false;
    this.velocity.fill(0);
    this.leader?.unclutch();
  }

  #choose(now: number, holder: string): SourceName | undefined {
    const { sources, timeout } = this.#options;
    return sources.find((name) => {
      const heard = name === 'leader' ? this.#grasped(now) : this.#heard[name];
      if (heard === undefined || now - heard.at > timeout) return false;
      return heard.operator === holder || heard.operator === '';
    });
  }

  #grasped(now: number): Pick<Heard<LeaderArm>, 'operator' | 'at'> | undefined {
    const { leader } = this;
    if (leader?.grasped !== true) return undefined;
    return { operator: leader.operator, at: now - leader.silence(now) };
  }

  #follow(h: number): void {
    const { leader } = this;
    if (leader === undefined) return;
    leader.lead(h, this.#commanded);
    this.position.set(leader.position);
    this.velocity.set(leader.velocity);
  }

  #move(source: SourceName | undefined, h: number): void {
    this.#wanted.fill(0);
    if (source !== undefined) this.#want(source);
    const { jointSpeed, acceleration, limits } = this.#options;
    let fastest = 0;
    for (const speed of this.#wanted) fastest = Math.max(fastest, Math.abs(speed));
    // All joints in proportion, so that the tool keeps its direction.
    const slower = Math.min(1, jointSpeed / fastest);
    let change = 0;
    for (let j = 0; j < limits.length; j++) {
      this.#wanted[j] = slower * at(this.#wanted, j);
      change = Math.max(change, Math.abs(at(this.#wanted, j) - at(this.velocity, j)));
    }
    const share = Math.min(1, (acceleration * h) / change);
    for (let j = 0; j < limits.length; j++) this.#advance(j, h, share);
  }

  #advance(j: number, h: number, share: number): void {
    const { lower, upper } = this.#options.limits[j] as JointLimits;
    const difference = at(this.#wanted, j) - at(this.velocity, j);
    const speed = share === 1 ? at(this.#wanted, j) : at(this.velocity, j) + share * difference;
    const before = at(this.position, j);
    const commanded = at(this.#commanded, j);
    const leashed = clamp(before + speed * h, commanded - LEASH, commanded + LEASH);
    this.position[j] = clamp(leashed, Math.min(lower, before), Math.max(upper, before));
    this.velocity[j] = Math.abs(speed) < REST ? 0 : speed;
  }

  /** Sets the velocities that a source asks for. */
  #want(source: SourceName): void {
    const {
      joint_jog: jog,
      joint_target: target,
      twist_jog: twist,
      pose_target: pose,
    } = this.#heard;
    if (source === 'joint_jog' && jog !== undefined) this.#wanted.set(jog.what);
    else if (source === 'joint_target' && target !== undefined) this.#approach(target.what);
    else if (source === 'twist_jog' && twist !== undefined) this.#turn(twist.what);
    else if (source === 'pose_target' && pose !== undefined) this.#drag(pose.what);
  }

  #approach(target: Float64Array): void {
    const { acceleration, jointSpeed } = this.#options;
    for (let j = 0; j < target.length; j++) {
      const left = at(target, j) - at(this.position, j);
      if (Number.isNaN(left)) continue;
      const gentle = Math.min(APPROACH * Math.abs(left), Math.sqrt(acceleration * Math.abs(left)));
      this.#wanted[j] = Math.sign(left) * Math.min(gentle, jointSpeed);
    }
  }

  #turn({ tool, frame, twist }: ToolTwist): void {
    const kinematics = this.#kinematics(tool);
    if (kinematics === undefined) return;
    kinematics.forward(this.position, this.#pose);
    for (let i = 0; i < 3; i++) {
      for (const part of [0, 3]) {
        let sum = 0;
        for (let k = 0; k < 3; k++) sum += at(this.#pose, 4 * i + k) * (twist[part + k] ?? 0);
        this.#twist[part + i] = frame === 'tool' ? sum : (twist[part + i] ?? 0);
      }
    }
    const { linearSpeed, angularSpeed } = this.#options;
    const share = Math.min(this.#slower(0, linearSpeed), this.#slower(3, angularSpeed));
    this.#scale(0, share);
    this.#scale(3, share);
    this.#solve(tool, true);
  }

  #drag({ tool, pose }: ToolPose): void {
    const kinematics = this.#kinematics(tool);
    if (kinematics === undefined) return;
    kinematics.forward(this.position, this.#pose);
    poseError(this.#pose, pose, this.#twist);
    for (let i = 0; i < 6; i++) this.#twist[i] = APPROACH * at(this.#twist, i);
    // A turn that the arm cannot do must not keep the tool from where it is dragged.
    this.#scale(0, this.#slower(0, this.#options.linearSpeed));
    this.#scale(3, this.#slower(3, this.#options.angularSpeed));
    this.#solve(tool, false);
  }

  /** Share of a part of the twist that is left by the greatest speed. */
  #slower(part: 0 | 3, most: number): number {
    const twist = this.#twist;
    return Math.min(
      1,
      most / Math.hypot(at(twist, part), at(twist, part + 1), at(twist, part + 2)),
    );
  }

  #scale(part: 0 | 3, share: number): void {
    for (let i = part; i < part + 3; i++) this.#twist[i] = share * at(this.#twist, i);
  }

  /** Joint velocities for `#twist`. */
  #solve(tool: string | undefined, firm: boolean): void {
    const motion = this.#motions.get(tool ?? this.#firstTool);
    if (motion === undefined) return;
    motion.solve(this.position, this.#twist, firm);
    this.#wanted.set(motion.velocity);
  }

  get #firstTool(): string {
    return this.#options.tools.keys().next().value ?? '';
  }

  #kinematics(tool: string | undefined): Kinematics | undefined {
    return this.#options.tools.get(tool ?? this.#firstTool);
  }
}
