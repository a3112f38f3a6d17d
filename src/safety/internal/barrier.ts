/**
 * Keeps links from each other and from the scene, and tool centres inside their workspace and below
 * their speed limit. At every tick the filter knows a stop that keeps all of that, and it takes only
 * steps after which it still knows one: the step prepared, if it is one; else the nearest, found by a
 * quadratic program whose rows are the linearised distances on the way to rest; else the stop itself.
 * The program's variables are the joints' next velocities, measured by how far from here they lead to
 * rest: in these the rows are all but straight.
 *
 * The rows are discrete-time control barriers: what a distance on the way to rest exceeds its margin
 * by may shrink by the factor e^(−gain·h) in a tick. The way to rest leads where the last one did if
 * the joints stop, so a stop breaks no row, and the program has a solution as far as distances are
 * linear. What it finds is checked on the true distances.
 */
import { at, clamp } from '../../core/vector.js';
import type { BarrierSettings, CartesianLimits } from '../options.js';
import { Reason } from '../reasons.js';
import { Assessment } from './assessment.js';
import { Clearances } from './clearances.js';
import type { JointMotion } from './joint_motion.js';
import { QpStatus, QuadraticProgram } from './quadratic_program.js';
import { StopPath } from './stop_path.js';

/** m beyond what it is led to up to which a distance makes a row. */
const BAND = 0.002;
/** Programs for one step: each is linearised where the last one led. */
const ATTEMPTS = 3;
/** What a safe step may fall short by, as a share of the limit, before another is looked for. */
const CLOSE = 1e-3;
/** How much more a joint may weigh than one that reaches its target in the step. */
const MOST_WEIGHT = 1e6;
/** Share of the speed that a tool is led to below which it makes no row. */
const SLOW = 0.8;
/** m/rad: what changes less with every joint does not change. */
const FLAT = 1e-9;
/** A change of where a joint rests by this share of what the step can change is none. */
const SAME = 1e-8;

export class Barrier {
  readonly #joints: readonly JointMotion[];
  readonly #clearances: Clearances;
  readonly #grossOverlap: number;
  #gain: number;
  readonly #path: StopPath;
  readonly #assessment: Assessment;
  readonly #program: QuadraticProgram;
  /** Bounds of the program's rows: to be as wished, and to be safe. */
  readonly #bounds: readonly [Float64Array, Float64Array];
  readonly #gradient: Float64Array;
  readonly #here: Float64Array;
  /** The last safe step found: where each joint comes to rest from here, rad. */
  readonly #found: Float64Array;

  /** @throws SinewError for a tool that is not a link of the robot */
  constructor(joints: readonly JointMotion[], limits: CartesianLimits) {
    this.#joints = joints;
    this.#clearances = new Clearances(limits);
    this.#grossOverlap = limits.grossOverlap;
    this.#gain = limits.barrier.gain;
    this.#path = new StopPath(joints, this.#clearances.farthest());
    this.#path.margin = Math.min(limits.barrier.selfMargin, limits.barrier.sceneMargin);
    this.#assessment = new Assessment(this.#clearances);
    this.#assessment.toolSpeed = limits.toolSpeed;
    const most = this.#clearances.count + this.#clearances.tools * this.#path.most;
    this.#program = new QuadraticProgram(joints.length, most);
    this.#bounds = [new Float64Array(most), new Float64Array(most)];
    this.#gradient = new Float64Array(joints.length);
    this.#here = new Float64Array(joints.length);
    this.#found = new Float64Array(joints.length);
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
    this.#path.margin = Math.min(selfMargin, sceneMargin);
  }

  /** Measures everything at `q`, rad. Returns why motion must not begin there, if so. */
  start(q: Float64Array): string | undefined {
    this.#assessment.start(q);
    this.#path.restBefore.set(q.subarray(0, this.#joints.length));
    const { clearance, nearest } = this.#assessment;
    if (clearance >= -this.#grossOverlap) return undefined;
    return `"${this.names[nearest]}" overlap by ${(-clearance).toFixed(4)} m`;
  }

  /** Judges the steps of h seconds that the joints have prepared, and changes those that must be. */
  shape(h: number): void {
    if (this.#still()) return;
    const keep = Math.exp(-this.#gain * h);
    this.#mark();
    this.#lay(h, keep);
    if (!this.#assessment.good && !this.#search(h, keep)) this.#retreat(h, keep);
    this.#adopt();
  }

  /** Judges steps of h seconds with which the joints brake, and changes those that must be. */
  stop(h: number): void {
    if (this.#still()) return;
    const keep = Math.exp(-this.#gain * h);
    this.#mark();
    this.#lay(h, keep);
    if (!this.#assessment.safe) this.#retreat(h, keep);
    this.#adopt();
  }

  #lay(h: number, keep: number): void {
    this.#path.lay(h);
    this.#assessment.judge(this.#path, h, keep);
  }

  #adopt(): void {
    this.#assessment.adopt();
    this.#path.keep();
  }

  #prepare(): void {
    for (const joint of this.#joints) joint.range();
    this.#path.spread();
  }

  /** Marks where the tools are now, if their speed is limited. */
  #mark(): void {
    if (this.#assessment.toolSpeed === Infinity) return;
    for (let i = 0; i < this.#joints.length; i++) {
      this.#here[i] = (this.#joints[i] as JointMotion).position;
    }
    this.#clearances.place(this.#here);
    this.#clearances.markTools();
  }

  /** Whether the robot rests and is to stay where it is. */
  #still(): boolean {
    for (const joint of this.#joints) if (!joint.atRest || joint.next !== 0) return false;
    return true;
  }

  /** Looks for the nearest safe step, judging each found; whether there is one. */
  #search(h: number, keep: number): boolean {
    const { reason } = this.#assessment;
    this.#prepare();
    this.#want();
    let found = false;
    for (let attempt = 1; attempt <= ATTEMPTS; attempt++) {
      this.#linearise(h);
      if (!this.#solve(0) && !this.#solve(1)) break;
      this.#step(this.#program.x, reason, h, keep);
      const { safe, shortfall } = this.#assessment;
      if (safe && (shortfall <= CLOSE || attempt === ATTEMPTS)) return true;
      if (safe) this.#found.set(this.#program.x);
      found ||= safe;
      this.#path.spread();
    }
    if (found) this.#step(this.#found, reason, h, keep);
    return found;
  }

  /**
   * Has the program ask for the step prepared. A joint that can go only part of what it has left to go,
   * seen from where it would rest if it braked now, weighs the more: so each step, whatever it may be,
   * leads nearer to a target that stands still (by the sum of the squares of what is left to go), and a
   * robot whose target is forbidden comes to rest at the nearest place instead of circling.
   */
  #want(): void {
    const { rest, brakeRest, leastRest, mostRest } = this.#path;
    const { target, weight, lower, upper } = this.#program;
    for (let i = 0; i < this.#joints.length; i++) {
      const braked = at(brakeRest, i);
      const left = (this.#joints[i] as JointMotion).distance - braked;
      weight[i] = clamp(Math.abs(left / (at(rest, i) - braked)), 1, MOST_WEIGHT) || 1;
    }
    target.set(rest);
    lower.set(leastRest);
    upper.set(mostRest);
  }

  /** Takes the step that leads to rest at `x` from here, and judges it. */
  #step(x: Float64Array, reason: number, h: number, keep: number): void {
    this.#change(x, reason);
    this.#lay(h, keep);
  }

  #solve(which: 0 | 1): boolean {
    this.#program.bounds.set(this.#bounds[which]);
    return this.#program.solve() === QpStatus.solved;
  }

  /** Makes rows of what came near on the way judged last, where it came nearest. */
  #linearise(h: number): void {
    this.#program.count = 0;
    for (let m = 0; m < this.#path.count; m++) {
      let placed = false;
      for (let index = 0; index < this.#assessment.nearCount; index++) {
        const k = this.#assessment.near[index] as number;
        if (this.#assessment.worst[k] !== m || !this.#urgent(k)) continue;
        if (!placed) this.#place(m);
        placed = true;
        this.#nearRow(k);
      }
      if (!this.#assessment.quick(this.#path, m)) continue;
      if (!placed) this.#place(m);
      for (let tool = 0; tool < this.#clearances.tools; tool++) this.#speedRow(tool, m, h);
    }
  }

  /** Whether the clearance `k` is, or may get with this step, short of what it is led to. */
  #urgent(k: number): boolean {
    return at(this.#assessment.now, k) - this.#assessment.aim(k) <= BAND;
  }

  #nearRow(k: number): void {
    const distance = this.#clearances.measure(k);
    this.#clearances.gradient(k, this.#gradient);
    const wish = this.#assessment.aim(k) - distance;
    this.#row(1, this.#path.positionSlope, wish, this.#assessment.ration(k) - distance);
  }

  #speedRow(tool: number, m: number, h: number): void {
    const { positionSlope, velocitySlope } = this.#path;
    const speed = this.#assessment.speed(this.#path, m, h, tool, this.#gradient);
    const { speedAim, speedAllowed } = this.#assessment;
    if (speed < SLOW * speedAim) return;
    this.#row(-1, m === 0 ? positionSlope : velocitySlope, speed - speedAim, speed - speedAllowed);
  }

  /** Has the robot be where it is at a sample of the way, and finds the slopes there. */
  #place(m: number): void {
    this.#clearances.place(this.#path.positions, m * this.#joints.length);
    this.#path.slope(m);
  }

  /**
   * Adds a row to the program: the present gradient, times `sign`, over what the joints' steps change.
   *
   * @param wish what has to be gained for all to be as it should be
   * @param must what has to be gained to be safe
   */
  #row(sign: 1 | -1, slopes: Float64Array, wish: number, must: number): void {
    const program = this.#program;
    const n = this.#joints.length;
    let steepness = 0;
    let square = 0;
    let here = 0;
    for (let i = 0; i < n; i++) {
      const slope = sign * at(this.#gradient, i) * at(slopes, i);
      program.rows[program.count * n + i] = slope;
      steepness = Math.max(steepness, Math.abs(at(this.#gradient, i)));
      square += slope * slope;
      here += slope * at(this.#path.rest, i);
    }
    // Where no joint has a say, the check of the true distances decides.
    if (steepness < FLAT || square === 0) return;
    const scale = 1 / Math.sqrt(square);
    for (let i = 0; i < n; i++) {
      program.rows[program.count * n + i] = scale * at(program.rows, program.count * n + i);
    }
    this.#bounds[0][program.count] = scale * (here + wish);
    this.#bounds[1][program.count] = scale * (here + Math.min(wish, must));
    program.count++;
  }

  /** Has the joints take the step that leads to rest at `x` from here. */
  #change(x: Float64Array, reason: number): void {
    const { rest, leastRest, mostRest } = this.#path;
    for (let i = 0; i < this.#joints.length; i++) {
      const wanted = clamp(at(x, i), at(leastRest, i), at(mostRest, i));
      const same = SAME * (at(mostRest, i) - at(leastRest, i));
      if (Math.abs(wanted - at(rest, i)) <= same) continue;
      (this.#joints[i] as JointMotion).change(this.#path.towards(i, wanted), reason);
    }
  }

  /**
   * Takes the step that leads to where the way that the robot is on ends: over a short tick, that stays
   * on this way. A long tick may leave it; then of this step, some mended by the program, and braking as
   * hard as can be, the one that does the least harm.
   */
  #retreat(h: number, keep: number): void {
    const { brakeRest, restBefore } = this.#path;
    const { target, weight, lower, upper, x } = this.#program;
    this.#prepare();
    for (let i = 0; i < this.#joints.length; i++) {
      const { position } = this.#joints[i] as JointMotion;
      const before = at(restBefore, i) - position;
      lower[i] = Math.min(before, at(brakeRest, i));
      upper[i] = Math.max(before, at(brakeRest, i));
      x[i] = before;
    }
    weight.fill(1);
    let least = Infinity;
    for (let attempt = 0; attempt < ATTEMPTS; attempt++) {
      this.#step(x, Reason.decelerate, h, keep);
      if (this.#assessment.safe) return;
      if (this.#assessment.loss < least) this.#found.set(x);
      least = Math.min(least, this.#assessment.loss);
      this.#path.spread();
      target.set(this.#path.rest);
      this.#linearise(h);
      if (!this.#solve(1)) break;
    }
    this.#decelerate();
    this.#lay(h, keep);
    if (!(least < this.#assessment.loss)) return;
    this.#path.spread();
    this.#step(this.#found, Reason.decelerate, h, keep);
  }

  #decelerate(): void {
    for (let i = 0; i < this.#joints.length; i++) {
      const joint = this.#joints[i] as JointMotion;
      joint.change(joint.braking(), Reason.decelerate);
    }
  }
}
