/**
 * Judges a way to rest: how near it comes to everything that is kept apart, how fast tool centres get
 * on it, and whether that is as it should be. What cannot have become near since it was last measured
 * is not measured again.
 */
import { at } from '../../core/vector.js';
import { Reason } from '../reasons.js';
import type { Clearances } from './clearances.js';
import type { StopPath } from './stop_path.js';

/** m beyond its margin from which on a distance is looked at. */
const HORIZON = 0.03;
/** Rate at which a distance comes back to its margin, as a share of the barrier's gain. */
const RECOVERY = 0.3;
/** Share of what a distance has above its level that is kept where the margin cannot be. */
const RATION = 0.8;
/** A distance that has fallen below its level has to grow by this in a tick, m. */
const GROWTH = 1e-8;
/** Share of its margin by which a distance may be less on the way than at rest, and rest still count. */
const SLIGHT = 0.02;
/** m: rounding of a distance. */
const ROUNDING = 1e-9;
/** Share of the tool speed limit that steps leave to be used: stops in ticks deviate a little. */
const SPEED_SHARE = 0.94;
/** Share of the tool speed limit that steps are led to. */
const SPEED_AIM = 0.92;

export class Assessment {
  /** Greatest speed of a tool centre, m/s. */
  toolSpeed = Infinity;
  /** Least distance found, m, and its number; Infinity and −1 when all is far. */
  clearance = Infinity;
  nearest = -1;
  /** Whether the way is safe. */
  safe = true;
  /** What it falls short of most, a code of Reason; and by what share of that limit. */
  reason: number = Reason.none;
  shortfall = 0;

  /** By how much the way is not safe, as a share of the limit that it is worst for. */
  loss = 0;

  /** Numbers of the clearances that came near, `nearCount` of them. */
  readonly near: Int32Array;
  nearCount = 0;
  /**
   * Least distance on the way of each clearance that came near, m; and the sample where that is, or
   * rest if it is hardly more there: elsewhere, a robot all but at rest sees it from another side
   * every tick.
   */
  readonly now: Float64Array;
  readonly worst: Int32Array;

  readonly #clearances: Clearances;
  readonly #joints: number;
  /** Least distance on the way that the robot is on. */
  readonly #before: Float64Array;
  /** What a distance must be below elsewhere than at rest to be the worst, m. */
  readonly #notable: Float64Array;
  /** What each distance must not fall below, m: its floor, or the most that it had so far. */
  readonly #level: Float64Array;
  /** Each distance as it was last measured, and the joint positions where that was. */
  readonly #known: Float64Array;
  readonly #knownAt: Float64Array;
  readonly #gradient: Float64Array;
  /** Greatest speed of a tool centre, m/s: on the way that the robot is on, and on this one. */
  #speedBefore = 0;
  #speed = 0;
  #keep = 1;

  constructor(clearances: Clearances) {
    const { count, joints } = clearances;
    this.#clearances = clearances;
    this.#joints = joints;
    this.near = new Int32Array(count);
    this.now = new Float64Array(count);
    this.worst = new Int32Array(count);
    this.#before = new Float64Array(count);
    this.#notable = new Float64Array(count);
    this.#level = new Float64Array(count);
    this.#known = new Float64Array(count);
    this.#knownAt = new Float64Array(count * joints);
    this.#gradient = new Float64Array(joints);
  }

  /** Measures everything for a robot at rest at `q`, rad. */
  start(q: Float64Array): void {
    const { count, floors } = this.#clearances;
    this.#forget();
    this.#clearances.place(q);
    for (let k = 0; k < count; k++) {
      this.now[k] = Infinity;
      this.#measure(k, q, 0);
      this.#before[k] = at(this.now, k);
      this.#level[k] = Math.min(at(this.now, k), at(floors, k));
    }
    this.#speedBefore = 0;
  }

  /**
   * Judges `path`, with the robot's tools marked where they are now.
   *
   * @param h seconds to the first sample
   * @param keep share of what a distance exceeds its margin by that must be left
   */
  judge(path: StopPath, h: number, keep: number): void {
    this.#forget();
    this.#keep = keep;
    this.#gather(path);
    this.#follow(path, h);
    this.#verdict();
  }

  /** Has the next way be compared with the one judged last, which the robot is on now. */
  adopt(): void {
    const { count, floors } = this.#clearances;
    for (let k = 0; k < count; k++) {
      const distance = at(this.now, k);
      this.#before[k] = distance;
      this.#level[k] = Math.min(Math.max(at(this.#level, k), distance), at(floors, k));
    }
    this.#speedBefore = this.#speed;
  }

  /** Distance that a step is led to, m: one below its margin comes back to it. */
  aim(k: number): number {
    const margin = at(this.#clearances.margins, k);
    const over = Math.min(at(this.#before, k) - margin, HORIZON);
    return margin + over * (over > 0 ? this.#keep : 1 - RECOVERY * (1 - this.#keep));
  }

  /** Distance that a step is led to where that cannot be had: part of what is left is used up. */
  ration(k: number): number {
    const least = this.#least(k);
    const left = Math.min(at(this.#before, k), at(this.#clearances.margins, k)) - least;
    return least + Math.max(0, RATION * left);
  }

  /** Tool speed that a step is led to, m/s: it nears its limit as distances near their margin. */
  get speedAim(): number {
    const most = SPEED_AIM * this.toolSpeed;
    const rest = most - this.#speedBefore;
    return rest > 0 ? this.#speedBefore + rest * (1 - this.#keep) : most;
  }

  /** Whether the way is as it should be, and not only safe. */
  get good(): boolean {
    return this.reason === Reason.none;
  }

  /** Tool speed that is safe, m/s. */
  get speedAllowed(): number {
    return SPEED_SHARE * this.toolSpeed;
  }

  /**
   * Speed of a tool centre at sample m, where the robot has been placed, m/s; in the first sample, its
   * mean over the step. Writes the gradient, over velocities (in the first sample, positions).
   */
  speed(path: StopPath, m: number, h: number, tool: number, out: Float64Array): number {
    if (m > 0) return this.#clearances.toolSpeed(tool, path.velocities, m * this.#joints, out);
    const speed = this.#clearances.toolTravel(tool, out) / h;
    for (let i = 0; i < this.#joints; i++) out[i] = at(out, i) / h;
    return speed;
  }

  /** Whether a tool centre may be faster at sample m than it is led to. */
  quick(path: StopPath, m: number): boolean {
    const n = this.#joints;
    const { toolReach, tools } = this.#clearances;
    const aim = this.speedAim;
    for (let tool = 0; tool < tools; tool++) {
      let speed = 0;
      for (let i = 0; i < n; i++) {
        speed += at(toolReach, tool * n + i) * Math.abs(at(path.velocities, m * n + i));
      }
      if (speed > aim) return true;
    }
    return false;
  }

  #forget(): void {
    this.nearCount = 0;
    this.shortfall = 0;
    this.clearance = Infinity;
    this.nearest = -1;
    this.reason = Reason.none;
    this.#speed = 0;
  }

  /** Collects what may come near on the way. */
  #gather(path: StopPath): void {
    const { count } = this.#clearances;
    for (let k = 0; k < count; k++) {
      this.now[k] = Infinity;
      this.#notable[k] = Infinity;
      if (!this.#far(k, path)) this.near[this.nearCount++] = k;
    }
  }

  /** Measures at both ends of the way, and between them what may come near there. */
  #follow(path: StopPath, h: number): void {
    const { last } = path;
    this.#visit(path, last, h, this.nearCount);
    if (last === 0) return;
    for (let index = 0; index < this.nearCount; index++) {
      const k = this.near[index] as number;
      this.#notable[k] = at(this.now, k) - SLIGHT * at(this.#clearances.margins, k);
    }
    this.#visit(path, 0, h, this.nearCount);
    const doubtful = this.#sort(path);
    for (let m = 1; m < last; m++) this.#visit(path, m, h, doubtful);
    for (let m = last + 1; m < path.count; m++) this.#visit(path, m, h, 0);
  }

  /** Measures the first `count` of what is near at sample m, and what is fast. */
  #visit(path: StopPath, m: number, h: number, count: number): void {
    const from = m * this.#joints;
    const quick = this.quick(path, m);
    if (count > 0 || quick) this.#clearances.place(path.positions, from);
    if (quick) this.#measureSpeeds(path, m, h);
    for (let index = 0; index < count; index++) {
      const k = this.near[index] as number;
      const least = Math.min(at(this.now, k), at(this.#notable, k));
      if (this.#measure(k, path.positions, from) < least) this.worst[k] = m;
    }
  }

  /**
   * Puts first what may fall below its margin between the ends of the way, and counts it. Being at
   * most `reach` away from either end, a distance is at least half of what their sum leaves.
   */
  #sort(path: StopPath): number {
    const n = this.#joints;
    const { reach, margins } = this.#clearances;
    let doubtful = 0;
    for (let index = 0; index < this.nearCount; index++) {
      const k = this.near[index] as number;
      let left = at(this.now, k) - at(margins, k);
      for (let i = 0; i < n && left > 0; i++) {
        left -= 0.5 * at(reach, k * n + i) * (at(path.highest, i) - at(path.lowest, i));
      }
      if (left > 0) continue;
      this.near[index] = this.near[doubtful] as number;
      this.near[doubtful++] = k;
    }
    return doubtful;
  }

  #measureSpeeds(path: StopPath, m: number, h: number): void {
    for (let tool = 0; tool < this.#clearances.tools; tool++) {
      this.#speed = Math.max(this.#speed, this.speed(path, m, h, tool, this.#gradient));
    }
  }

  #verdict(): void {
    this.loss = 0;
    for (let index = 0; index < this.nearCount; index++) {
      const k = this.near[index] as number;
      const distance = at(this.now, k);
      const missing = (this.#needed(k) - distance) / at(this.#clearances.margins, k);
      this.#note(missing, this.#clearances.reasons[k] as number);
      const least = this.#least(k);
      if (!(distance >= least)) this.#lose((least - distance) / at(this.#clearances.margins, k));
    }
    const speed = this.#speed;
    const aim = this.speedAim;
    if (!(speed <= aim)) this.#note((speed - aim) / this.toolSpeed, Reason.toolSpeed);
    if (!(speed <= this.speedAllowed)) this.#lose((speed - this.speedAllowed) / this.toolSpeed);
    this.safe = this.loss === 0;
  }

  #lose(share: number): void {
    this.loss = Math.max(this.loss, share);
  }

  /** Distance that the clearance `k` should have left, m: one below its margin must not shrink. */
  #needed(k: number): number {
    const margin = at(this.#clearances.margins, k);
    const before = at(this.#before, k);
    return before < margin ? Math.max(before - ROUNDING, this.#least(k)) : this.aim(k);
  }

  /** Least distance that is safe, m: below its level it has to grow. */
  #least(k: number): number {
    return Math.min(at(this.#level, k) - ROUNDING, at(this.#before, k) + GROWTH);
  }

  #note(shortfall: number, reason: number): void {
    if (shortfall <= this.shortfall) return;
    this.shortfall = shortfall;
    this.reason = reason;
  }

  /** Whether the clearance `k` cannot come near anywhere on the way. */
  #far(k: number, path: StopPath): boolean {
    const n = this.#joints;
    const { reach, margins } = this.#clearances;
    let left = at(this.#known, k) - at(margins, k) - HORIZON;
    for (let i = 0; i < n && left > 0; i++) {
      const known = at(this.#knownAt, k * n + i);
      const most = Math.max(at(path.highest, i) - known, known - at(path.lowest, i));
      left -= at(reach, k * n + i) * most;
    }
    return left > 0;
  }

  /** Measures the clearance `k` with the robot placed at `q`. */
  #measure(k: number, q: Float64Array, from: number): number {
    const n = this.#joints;
    const distance = this.#clearances.measure(k);
    if (distance < this.clearance) {
      this.clearance = distance;
      this.nearest = k;
    }
    if (at(this.now, k) === Infinity) {
      this.#known[k] = distance;
      for (let i = 0; i < n; i++) this.#knownAt[k * n + i] = at(q, from + i);
    }
    this.now[k] = Math.min(at(this.now, k), distance);
    return distance;
  }
}
