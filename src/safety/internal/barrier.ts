/**
 * Keeps links from each other and from the scene, and tool centres inside their workspace and below
 * their speed limit. At every tick the filter knows a stop that keeps all of that, and it takes only
 * steps after which it still knows one: the step prepared, if it is one; else the nearest, found by a
 * quadratic program whose rows are the linearised distances on the way to rest; else the stop itself.
 *
 * The rows are discrete-time control barriers: what a distance on the way to rest exceeds its margin
 * by may shrink by the factor e^(−gain·h) in a tick. The way to rest leads where the last one did if
 * the joints stop, so a stop breaks no row, and the program has a solution as far as distances are
 * linear. What it finds is checked on the true distances.
 */
import { clamp } from '../../core/vector.js';
import type { BarrierSettings, CartesianLimits } from '../options.js';
import { Reason } from '../reasons.js';
import { Assessment } from './assessment.js';
import { Clearances } from './clearances.js';
import type { JointMotion } from './joint_motion.js';
import { QpStatus, QuadraticProgram } from './quadratic_program.js';
import { Rows } from './rows.js';
import { StopPath } from './stop_path.js';

/** Rows for one program; beyond, the least urgent are left out. */
const MOST_ROWS = 96;
/** Programs for one step: each is linearised where the last one led. */
const ATTEMPTS = 3;
/** m/rad: what changes less with every joint does not change. */
const FLAT = 1e-9;
/** A change of an acceleration by this share of its range is none. */
const SAME = 1e-9;

export class Barrier {
  readonly #joints: readonly JointMotion[];
  readonly #clearances: Clearances;
  readonly #grossOverlap: number;
  #gain: number;
  readonly #rows: Rows;
  readonly #path: StopPath;
  readonly #assessment: Assessment;
  readonly #program: QuadraticProgram;

  /** @throws SinewError for a tool that is not a link of the robot */
  constructor(joints: readonly JointMotion[], limits: CartesianLimits) {
    this.#joints = joints;
    this.#clearances = new Clearances(limits);
    this.#grossOverlap = limits.grossOverlap;
    this.#gain = limits.barrier.gain;
    this.#rows = new Rows(joints.length, MOST_ROWS);
    this.#path = new StopPath(joints, this.#clearances.farthest());
    this.#assessment = new Assessment(this.#clearances, this.#rows);
    this.#assessment.toolSpeed = limits.toolSpeed;
    this.#program = new QuadraticProgram(joints.length, MOST_ROWS);
    this.#program.weight.fill(1);
  }

  /** Names of what is kept apart, by number. */
  get names(): readonly string[] {
    return this.#clearances.names;
  }

  /** Least distance that was found last, m, and its number; Infinity and −1 when all is far. */
  get clearance(): number {
    return this.#assessment.clearance;
  }

  get nearest(): number {
    return this.#assessment.nearest;
  }

  /** Greatest speed of a tool centre, m/s. */
  set toolSpeed(speed: number) {
    this.#assessment.toolSpeed = speed;
  }

  /** Takes over new parameters, all or none. */
  configure(settings: BarrierSettings): void {
    const { gain, selfMargin, sceneMargin } = settings;
    if (!(gain > 0 && selfMargin > 0 && sceneMargin > 0)) return;
    this.#gain = gain;
    this.#clearances.configure(settings);
  }

  /** Measures everything at `q`, rad. Returns why motion must not begin there, if so. */
  start(q: Float64Array): string | undefined {
    this.#assessment.start(q);
    const { clearance, nearest } = this.#assessment;
    if (clearance >= -this.#grossOverlap) return undefined;
    return `"${this.names[nearest]}" overlap by ${(-clearance).toFixed(4)} m`;
  }

  /** Judges the steps of h seconds that the joints have prepared, and changes those that must be. */
  shape(h: number): void {
    if (this.#still()) return;
    const keep = Math.exp(-this.#gain * h);
    this.#path.lay(h);
    this.#assessment.judge(this.#path, keep);
    if (!this.#assessment.good && !this.#search(h, keep)) {
      this.#decelerate();
      this.#path.lay(h);
      this.#assessment.judge(this.#path, keep);
    }
    this.#assessment.follow();
  }

  /** Whether the robot rests and is to stay where it is. */
  #still(): boolean {
    for (let i = 0; i < this.#joints.length; i++) {
      const joint = this.#joints[i] as JointMotion;
      if (!joint.atRest || joint.next !== 0) return false;
    }
    return true;
  }

  /** Looks for the nearest safe step, judging each found; whether there is one. */
  #search(h: number, keep: number): boolean {
    const program = this.#program;
    const { reason } = this.#assessment;
    for (let i = 0; i < this.#joints.length; i++) {
      const joint = this.#joints[i] as JointMotion;
      joint.range();
      program.target[i] = joint.next;
      program.lower[i] = joint.least;
      program.upper[i] = joint.most;
    }
    for (let attempt = 0; attempt < ATTEMPTS; attempt++) {
      this.#linearise(this.#rows.wish);
      if (program.solve() !== QpStatus.solved) {
        this.#linearise(this.#rows.must);
        if (program.solve() !== QpStatus.solved) return false;
      }
      this.#change(reason);
      this.#path.lay(h);
      this.#assessment.judge(this.#path, keep);
      if (this.#assessment.safe) return true;
    }
    return false;
  }

  /** Turns the rows of the way judged last into those of the program, to gain `gain` on each. */
  #linearise(gain: Float64Array): void {
    this.#path.slope();
    const { positionSlopes, velocitySlopes } = this.#path;
    const program = this.#program;
    const n = this.#joints.length;
    program.count = 0;
    for (let row = 0; row < this.#rows.count; row++) {
      const from = (this.#rows.sample[row] as number) * n;
      const slopes = this.#rows.speed[row] === 1 ? velocitySlopes : positionSlopes;
      let steepness = 0;
      let square = 0;
      let bound = gain[row] as number;
      for (let i = 0; i < n; i++) {
        const gradient = this.#rows.gradients[row * n + i] as number;
        const slope = gradient * (slopes[from + i] as number);
        program.rows[program.count * n + i] = slope;
        steepness = Math.max(steepness, Math.abs(gradient));
        square += slope * slope;
        bound += slope * (this.#joints[i] as JointMotion).next;
      }
      // Where no joint has a say, the check of the true distances decides.
      if (steepness < FLAT || square === 0) continue;
      const scale = 1 / Math.sqrt(square);
      for (let i = 0; i < n; i++) (program.rows[program.count * n + i] as number) *= scale;
      program.bounds[program.count] = scale * bound;
      program.count++;
    }
  }

  /** Has the joints take what the program found. */
  #change(reason: number): void {
    for (let i = 0; i < this.#joints.length; i++) {
      const joint = this.#joints[i] as JointMotion;
      const next = clamp(this.#program.x[i] as number, joint.least, joint.most);
      const same = Math.abs(next - joint.next) <= SAME * (joint.most - joint.least);
      if (!same) joint.change(next, reason);
    }
  }

  #decelerate(): void {
    for (let i = 0; i < this.#joints.length; i++) {
      const joint = this.#joints[i] as JointMotion;
      joint.change(joint.braking(), Reason.decelerate);
    }
  }
}
