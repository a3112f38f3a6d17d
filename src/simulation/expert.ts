/**
 * The scripted expert: from any state, the joint set-points for the next steps. It plays its own
 * rules forward with a plain model (joints that go where they are sent, a cube that moves with the
 * closed hand), so each chunk is a smooth continuation of the motion under way.
 */
import { ARM_JOINTS, type ExpertArm, newPose, toHand, toWorld } from './expert_arm.js';
import { JointMotion } from './expert_motion.js';
import { type Decision, ExpertRules, type ExpertState, type Phase } from './expert_phase.js';
import { EXPERT_SETTINGS, type ExpertSettings, movingFace } from './expert_settings.js';

/** Steps of motion to each step of the chunk. */
const SUBSTEPS = 4;
/** How far the gripper's set-point runs ahead of the finger while it moves, rad. */
const GRIPPER_LEAD = 0.15;

export interface ExpertOptions {
  readonly arm: ExpertArm;
  /** Where to go when the cube lies on the target: arm joints, rad. */
  readonly home: ArrayLike<number>;
  /** Seconds from one step of a chunk to the next. */
  readonly stepTime: number;
  readonly settings?: Partial<ExpertSettings>;
}

/** A chunk and what the expert was doing when it was asked. */
export interface Plan {
  /** Set-points [steps × 6], row by row: arm joints base outwards, then the gripper; rad. */
  readonly chunk: Float64Array;
  readonly phase: Phase;
}

export class Expert {
  readonly arm: ExpertArm;
  readonly rules: ExpertRules;
  readonly settings: ExpertSettings;
  readonly #home: Float64Array;
  readonly #stepTime: number;
  readonly #motion: JointMotion;
  readonly #pose = newPose();
  readonly #goal = new Float64Array(ARM_JOINTS);

  constructor(options: ExpertOptions) {
    this.arm = options.arm;
    this.settings = { ...EXPERT_SETTINGS, ...options.settings };
    this.rules = new ExpertRules(options.arm, this.settings);
    this.#home = Float64Array.from(options.home).slice(0, ARM_JOINTS);
    this.#stepTime = options.stepTime;
    this.#motion = new JointMotion(this.settings);
  }

  /**
   * Set-points from `state` on: entry i is due i steps after the state was seen, entry 0 continues
   * the present motion. `state` is not changed.
   */
  plan(state: ExpertState, steps: number): Plan {
    const now: ExpertState = {
      positions: Float64Array.from(state.positions),
      velocities: Float64Array.from(state.velocities),
      cube: Float64Array.from(state.cube),
      target: state.target,
    };
    const width = ARM_JOINTS + 1;
    const chunk = new Float64Array(steps * width);
    let phase: Phase = 'reach';
    for (let i = 0; i < steps; i++) {
      const decision = this.rules.decide(now);
      if (i === 0) phase = decision.phase;
      for (let j = 0; j < ARM_JOINTS; j++) {
        const setPoint = (now.positions[j] ?? 0) + this.settings.lag * (now.velocities[j] ?? 0);
        chunk[i * width + j] = this.#inside(j, setPoint);
      }
      chunk[i * width + ARM_JOINTS] = this.#gripperSetPoint(decision, now);
      this.#goalOf(decision);
      for (let n = 0; n < SUBSTEPS; n++) {
        const pull = i === 0 && n === 0 ? this.settings.pull : Number.POSITIVE_INFINITY;
        this.#advance(now, decision, this.#stepTime / SUBSTEPS, pull);
      }
    }
    return { chunk, phase };
  }

  #goalOf(decision: Decision): void {
    if (decision.hand === undefined) this.#goal.set(this.#home);
    else this.arm.reach(decision.hand, decision.point, this.#goal);
  }

  /** Plays `dt` seconds of the model. */
  #advance(now: ExpertState, decision: Decision, dt: number, pull: number): void {
    const pose = this.arm.forward(now.positions, this.#pose);
    const inHand = toHand(pose, now.cube);
    const carried = this.rules.held(now, inHand);
    const pushed = this.rules.between(now, inHand, 0.014) && decision.gripper === 'close';
    this.#motion.step(now.positions, now.velocities, this.#goal, dt, pull);
    const { open, gripperSpeed } = this.settings;
    const g = now.positions[ARM_JOINTS] ?? 0;
    const stop = decision.gripper === 'open' ? open : this.rules.contact;
    const change = Math.max(-gripperSpeed * dt, Math.min(gripperSpeed * dt, stop - g));
    now.positions[ARM_JOINTS] = g + change;
    now.velocities[ARM_JOINTS] = change / dt;
    if (!carried && !pushed) return;
    if (pushed) {
      const { jaws, cube } = this.settings;
      const most = movingFace(jaws, g + change) - cube / 2;
      inHand[0] = Math.max(jaws.fixedFace + cube / 2, Math.min(most, inHand[0]));
    }
    const [x, y, z] = toWorld(this.arm.forward(now.positions, pose), inHand);
    now.cube[0] = x;
    now.cube[1] = y;
    if (carried) now.cube[2] = Math.max(this.settings.table + this.settings.cube / 2, z);
  }

  #gripperSetPoint(decision: Decision, now: ExpertState): number {
    const g = now.positions[ARM_JOINTS] ?? 0;
    const { open, squeeze } = this.settings;
    const wanted = decision.gripper === 'open' ? open : this.rules.contact - squeeze;
    return Math.max(g - GRIPPER_LEAD, Math.min(g + GRIPPER_LEAD, wanted));
  }

  #inside(joint: number, value: number): number {
    const { lower, upper } = this.arm;
    return Math.max(lower[joint] ?? value, Math.min(upper[joint] ?? value, value));
  }
}
