/**
 * Keeps links from each other and from the scene, and tool centres inside their workspace and below
 * their speed limit. At every tick the filter knows a stop that keeps all of that, and it takes only
 * steps after which it still knows one: the step prepared, if it is one; else the nearest, found by a
 * quadratic program whose rows are the linearised distances on the way to rest; else the stop itself.
 * The program's variables are the joints' next velocities, measured by how far from here they lead to
 * rest: in these the rows are all but straight. By what they missed a distance in the last tick, they ask
 * for more of it in the next, if that can be had.
 *
 * The rows are discrete-time control barriers: what a distance on the way to rest exceeds its margin
 * by may shrink by the factor e^(−gain·h) in a tick. The way to rest leads where the last one did if
 * the joints stop, so a stop breaks no row, and the program has a solution as far as distances are
 * linear. What it finds is checked on the true distances.
 */
import type { BarrierSettings, CartesianLimits } from '../options.js';
import { Reason } from '../reasons.js';
import { Assessment } from './assessment.js';
import { Clearances } from './clearances.js';
import type { JointMotion } from './joint_motion.js';
import { Bounds, StepProgram } from './step_program.js';
import { StopPath } from './stop_path.js';

/** Programs for one step: each is linearised where the last one led. */
const ATTEMPTS = 3;
/**
 * What a safe step may fall short by before another is looked for: as a share of the limit, and of what
 * the step prepared fell short by.
 */
const CLOSE = 1e-2;
const MOSTLY = 0.1;
/** How much more a joint may weigh than one that reaches its target in the step. */
const MOST_WEIGHT = 1e6;
export class Barrier {
  /** Seconds that a step takes. */
  period = 0;
  readonly #joints: readonly JointMotion[];
  readonly #clearances: Clearances;
  readonly #grossOverlap: number;
  #gain: number;
  readonly #path: StopPath;
  readonly #assessment: Assessment;
  readonly #program: StepProgram;
  /** The last safe step found: where each joint comes to rest from here, rad. */
  readonly #found: Float64Array;

  /** @throws SinewError for a tool that is not a link of the robot */
  constructor(joints: readonly JointMotion[], limits: CartesianLimits) {
    this.#joints = joints;
    this.#clearances = new Clearances(limits);
    this.#grossOverlap = limits.grossOverlap;
    this.#gain = limits.barrier.gain;
    this.#path = new StopPath(joints);
    this.#assessment = new Assessment(this.#clearances, this.#path.most);
    this.toolSpeed = limits.toolSpeed;
    this.#program = new StepProgram(this.#clearances, this.#path, this.#assessment);
    this.#found = new Float64Array(joints.length);
  }

  /** Names of what is kept apart, by number. */
  get names(): readonly string[] {
    return this.#clearances.names;
  }

  /** Least distance that was found last, m, and its number; Infinity and −1 when all is far. */
  get clearance(): number {
    return this.#assessment.distances.clearance;
  }

  get nearest(): number {
    return this.#assessment.distances.nearest;
  }

  /** Greatest speed of a tool centre, m/s. */
  set toolSpeed(speed: number) {
    this.#assessment.speeds.limit = speed;
  }

  /** Takes over new parameters, all or none. */
  configure(settings: BarrierSettings): void {
    const { gain, selfMargin, sceneMargin } = settings;
    if (!(gain > 0 && selfMargin > 0 && sceneMargin > 0)) return;
    this.#gain = gain;
    this.#clearances.configure(settings);
    this.#assessment.distances.doubt();
  }

  /** Measures everything at `q`, rad. Returns why motion must not begin there, if so. */
  start(q: Float64Array): string | undefined {
    this.#assessment.start(q);
    this.#program.forget();
    this.#path.kept.set(q.subarray(0, this.#joints.length));
    const { clearance, nearest } = this.#assessment.distances;
    if (clearance >= -this.#grossOverlap) return undefined;
    return `"${this.names[nearest]}" overlap by ${(-clearance).toFixed(4)} m`;
  }

  /** Judges the steps that the joints have prepared, to stop or to go on, and changes those that must be. */
  shape(stopping = false): void {
    if (this.#still()) return;
    this.#assessment.stopping = stopping;
    this.#begin();
    if (!this.#assessment.good && !this.#search()) this.#retreat();
    this.#adopt();
  }

  /** Judges steps with which the joints brake, and changes those that must be. */
  stop(): void {
    if (this.#still()) return;
    this.#assessment.stopping = true;
    this.#begin();
    if (!this.#assessment.safe) this.#retreat();
    this.#adopt();
  }

  #begin(): void {
    this.#path.step = this.period;
    this.#assessment.keep = Math.exp(-this.#gain * this.period);
    this.#judge();
  }

  #judge(): void {
    this.#path.lay();
    this.#assessment.judge(this.#path);
  }

  #adopt(): void {
    this.#assessment.adopt();
    this.#path.keep();
  }

  #prepare(): void {
    for (let i = 0; i < this.#joints.length; i++) (this.#joints[i] as JointMotion).range();
    this.#path.spread();
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
  #search(): boolean {
    const { reason, shortfall: before } = this.#assessment;
    const { x } = this.#program.program;
    this.#prepare();
    this.#want();
    let found = false;
    for (let attempt = 1; attempt <= ATTEMPTS; attempt++) {
      this.#program.linearise();
      const ample = attempt === 1 && this.#program.ample && this.#program.solve(Bounds.ample);
      if (!ample && !this.#program.solve(Bounds.wish) && !this.#program.solve(Bounds.must)) break;
      this.#step(x, reason);
      if (attempt === 1) this.#program.learn();
      const { safe, shortfall } = this.#assessment;
      if (safe && (shortfall <= Math.max(CLOSE, MOSTLY * before) || attempt === ATTEMPTS))
        return true;
      if (safe) this.#found.set(x);
      found ||= safe;
      this.#path.spread();
    }
    if (found) this.#step(this.#found, reason);
    return found;
  }

  /**
   * Has the program ask for the step prepared. A joint that can go only part of what it has left to go,
   * seen from where it would rest if it braked now, weighs the more: so each step, whatever it may be,
   * leads nearer to a target that stands still (by the sum of the squares of what is left to go), and a
   * robot whose target is forbidden comes to rest at the nearest place instead of circling.
   *
   * Near rest, how far that part goes is decided by the acceleration of the tick before: by it alone,
   * joints that slide along a margin would take turns and chatter. So the part counts as at least about
   * what a tick from rest leads to (by squares: without a kink, and hardly more where a joint is fast).
   */
  #want(): void {
    const { rest, brakeRest, leastRest, mostRest } = this.#path;
    const { target, weight, lower, upper } = this.#program.program;
    const h = this.period;
    for (let i = 0; i < this.#joints.length; i++) {
      const { limits, deceleration, distance } = this.#joints[i] as JointMotion;
      const braked = brakeRest[i] as number;
      const left = distance - braked;
      const range = (rest[i] as number) - braked;
      const least = Math.min(limits.jerk * h, deceleration) * h * h;
      const share = left / Math.sqrt(range * range + least * least);
      weight[i] = Math.max(1, Math.min(MOST_WEIGHT, Math.abs(share)));
    }
    target.set(rest);
    lower.set(leastRest);
    upper.set(mostRest);
  }

  /** Takes the step that leads to rest at `x` from here, and judges it. */
  #step(x: Float64Array, reason: number): void {
    this.#path.redirect(x, reason);
    this.#judge();
  }

  /**
   * Takes the step that leads to where the way that the robot is on ends: over a short tick, that stays
   * on this way. A long tick may leave it; then of this step, some mended by the program, and braking as
   * hard as can be, the one that does the least harm.
   */
  #retreat(): void {
    const { brakeRest, kept } = this.#path;
    const { target, weight, lower, upper, x } = this.#program.program;
    this.#prepare();
    for (let i = 0; i < this.#joints.length; i++) {
      const { position } = this.#joints[i] as JointMotion;
      const before = (kept[i] as number) - position;
      lower[i] = Math.min(before, brakeRest[i] as number);
      upper[i] = Math.max(before, brakeRest[i] as number);
      x[i] = before;
    }
    weight.fill(1);
    let least = Infinity;
    for (let attempt = 0; attempt < ATTEMPTS; attempt++) {
      this.#step(x, Reason.decelerate);
      if (this.#assessment.safe) return;
      if (this.#assessment.loss < least) this.#found.set(x);
      least = Math.min(least, this.#assessment.loss);
      this.#path.spread();
      target.set(this.#path.rest);
      this.#program.linearise();
      if (!this.#program.solve(Bounds.must)) break;
    }
    this.#decelerate();
    this.#judge();
    if (!(least < this.#assessment.loss)) return;
    this.#path.spread();
    this.#step(this.#found, Reason.decelerate);
  }

  #decelerate(): void {
    for (let i = 0; i < this.#joints.length; i++) {
      const joint = this.#joints[i] as JointMotion;
      joint.next = joint.hardest;
      joint.changed(Reason.decelerate);
    }
  }
}
