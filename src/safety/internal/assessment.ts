/**
 * Judges a way to rest: how near it comes to everything that is kept apart, how fast tool centres get
 * on it, and whether that is as it should be. Distances that cannot have become near since they were
 * last measured are not measured again.
 */
import { at } from '../../core/vector.js';
import { Reason } from '../reasons.js';
import type { Clearances } from './clearances.js';
import type { Rows } from './rows.js';
import type { StopPath } from './stop_path.js';

/** m beyond its margin from which on a distance is looked at. */
const HORIZON = 0.05;
/** m beyond what is needed up to which a distance makes a row. */
const BAND = 0.002;
/** Rate at which a distance comes back to its margin, as a share of the barrier's gain. */
const RECOVERY = 0.3;
/** Share of what a distance has above its level that is kept where the margin cannot be. */
const RATION = 0.8;
/** A distance that has fallen below its level has to grow by this in a tick, m. */
const GROWTH = 1e-8;
/** m: rounding of a distance. */
const ROUNDING = 1e-9;
/** Share of the tool speed limit that is used: commands are differences, the limit is a slope. */
const SPEED_SHARE = 0.99;
/** Share of the tool speed limit that changed steps are led to. */
const SPEED_AIM = 0.98;

export class Assessment {
  /** Greatest speed of a tool centre, m/s. */
  toolSpeed = Infinity;
  /** Least distance found, m, and its number; Infinity and −1 when all is far. */
  clearance = Infinity;
  nearest = -1;
  /** Whether the way is as it should be, and whether it is at least safe. */
  good = true;
  safe = true;
  /** What it falls short of most; a code of Reason. */
  reason: number = Reason.none;

  readonly #clearances: Clearances;
  readonly #rows: Rows;
  readonly #joints: number;
  /** Least distance on the way to rest: on the one accepted last, and on this one. */
  readonly #before: Float64Array;
  readonly #now: Float64Array;
  /** What each distance must not fall below, m: its floor, or the most that it had so far. */
  readonly #level: Float64Array;
  /** Each distance as it was last measured, and the joint positions where that was. */
  readonly #known: Float64Array;
  readonly #knownAt: Float64Array;
  readonly #speedGradient: Float64Array;
  #speedBefore = 0;
  #speed = 0;
  #shortfall = 0;

  constructor(clearances: Clearances, rows: Rows) {
    this.#clearances = clearances;
    this.#rows = rows;
    this.#joints = clearances.joints;
    const { count } = clearances;
    this.#before = new Float64Array(count);
    this.#now = new Float64Array(count);
    this.#level = new Float64Array(count);
    this.#known = new Float64Array(count);
    this.#knownAt = new Float64Array(count * this.#joints);
    this.#speedGradient = new Float64Array(this.#joints);
  }

  /** Measures everything for a robot at rest at `q`, rad. */
  start(q: Float64Array): void {
    this.#forget();
    this.#clearances.place(q);
    for (let k = 0; k < this.#clearances.count; k++) {
      this.#measure(k, q, 0);
      this.#before[k] = at(this.#now, k);
      this.#level[k] = Math.min(at(this.#now, k), at(this.#clearances.floors, k));
    }
    this.#speedBefore = 0;
  }

  /**
   * Judges `path` and fills the rows with what it comes near to breaking.
   *
   * @param keep share of what a distance exceeds its margin by that must be left
   */
  judge(path: StopPath, keep: number): void {
    this.#forget();
    for (let m = 0; m < path.count; m++) this.#judgeSample(path, m, keep);
    this.good = this.#shortfall <= 0;
    this.safe = this.#speed <= this.#speedAllowed();
    for (let k = 0; k < this.#now.length && this.safe; k++) {
      this.safe = at(this.#now, k) >= this.#least(k);
    }
  }

  /** Has the next way be compared with the one judged last, which the robot is on now. */
  follow(): void {
    this.#before.set(this.#now);
    this.#speedBefore = this.#speed;
    const { floors } = this.#clearances;
    for (let k = 0; k < this.#now.length; k++) {
      const most = Math.max(at(this.#level, k), at(this.#now, k));
      this.#level[k] = Math.min(most, at(floors, k));
    }
  }

  #forget(): void {
    this.#rows.clear();
    this.#now.fill(Infinity);
    this.#speed = 0;
    this.#shortfall = 0;
    this.clearance = Infinity;
    this.nearest = -1;
    this.reason = Reason.none;
  }

  #judgeSample(path: StopPath, m: number, keep: number): void {
    const from = m * this.#joints;
    const clearances = this.#clearances;
    let placed = false;
    for (let k = 0; k < clearances.count; k++) {
      if (this.#far(k, path.positions, from)) continue;
      if (!placed) clearances.place(path.positions, from);
      placed = true;
      const distance = this.#measure(k, path.positions, from);
      this.#note(this.#needed(k, keep) - distance, clearances.reasons[k] as number);
      const wish = this.#aim(k, keep) - distance;
      if (wish < -BAND) continue;
      const row = this.#rows.add(wish, this.#ration(k) - distance, m, 0);
      if (row >= 0) clearances.gradient(k, this.#rows.gradients, row);
    }
    for (let tool = 0; tool < clearances.tools; tool++) {
      if (this.#slow(tool, path.velocities, from)) continue;
      if (!placed) clearances.place(path.positions, from);
      placed = true;
      this.#judgeSpeed(tool, path, m);
    }
  }

  #judgeSpeed(tool: number, path: StopPath, m: number): void {
    const gradient = this.#speedGradient;
    const from = m * this.#joints;
    const speed = this.#clearances.toolSpeed(tool, path.velocities, from, gradient);
    this.#speed = Math.max(this.#speed, speed);
    this.#note(speed - SPEED_SHARE * this.toolSpeed, Reason.toolSpeed);
    const must = speed - this.#speedAllowed();
    const row = this.#rows.add(speed - SPEED_AIM * this.toolSpeed, must, m, 1);
    if (row < 0) return;
    for (let i = 0; i < this.#joints; i++) this.#rows.gradients[row + i] = -at(gradient, i);
  }

  /** Distance that the clearance `k` should have left, m: one below its margin must not shrink. */
  #needed(k: number, keep: number): number {
    const margin = at(this.#clearances.margins, k);
    const before = at(this.#before, k);
    return before < margin
      ? Math.max(before - ROUNDING, this.#least(k))
      : margin + Math.min(before - margin, HORIZON) * keep;
  }

  /** Distance that a step is led to, m: one below its margin comes back to it. */
  #aim(k: number, keep: number): number {
    const margin = at(this.#clearances.margins, k);
    const over = Math.min(at(this.#before, k) - margin, HORIZON);
    return margin + over * (over > 0 ? keep : 1 - RECOVERY * (1 - keep));
  }

  /** Distance that a step is led to where that cannot be had: part of what is left is used up. */
  #ration(k: number): number {
    const least = this.#least(k);
    const left = Math.min(at(this.#before, k), at(this.#clearances.margins, k)) - least;
    return least + Math.max(0, RATION * left);
  }

  /** Least distance that is safe, m: below its level it has to grow. */
  #least(k: number): number {
    const level = at(this.#level, k) - ROUNDING;
    return Math.min(level, at(this.#before, k) + GROWTH);
  }

  #speedAllowed(): number {
    return Math.max(SPEED_SHARE * this.toolSpeed, this.#speedBefore);
  }

  #note(shortfall: number, reason: number): void {
    if (shortfall <= this.#shortfall) return;
    this.#shortfall = shortfall;
    this.reason = reason;
  }

  /** Whether the clearance `k` cannot be near at the joint positions in `q` from `from` on. */
  #far(k: number, q: Float64Array, from: number): boolean {
    const n = this.#joints;
    const { reach, margins } = this.#clearances;
    let left = at(this.#known, k) - at(margins, k) - HORIZON;
    for (let i = 0; i < n && left > 0; i++) {
      left -= at(reach, k * n + i) * Math.abs(at(q, from + i) - at(this.#knownAt, k * n + i));
    }
    return left > 0;
  }

  /** Whether a tool centre cannot exceed its speed at the joint velocities given. */
  #slow(tool: number, velocities: Float64Array, from: number): boolean {
    const n = this.#joints;
    let left = SPEED_AIM * this.toolSpeed;
    for (let i = 0; i < n; i++) {
      left -= at(this.#clearances.toolReach, tool * n + i) * Math.abs(at(velocities, from + i));
    }
    return left >= 0;
  }

  /** Measures the clearance `k` with the robot placed at `q`. */
  #measure(k: number, q: Float64Array, from: number): number {
    const n = this.#joints;
    const distance = this.#clearances.measure(k);
    if (distance < this.clearance) {
      this.clearance = distance;
      this.nearest = k;
    }
    if (at(this.#now, k) === Infinity) {
      this.#known[k] = distance;
      for (let i = 0; i < n; i++) this.#knownAt[k * n + i] = at(q, from + i);
    }
    this.#now[k] = Math.min(at(this.#now, k), distance);
    return distance;
  }
}
