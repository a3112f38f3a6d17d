/**
 * Judges a way to rest: how near it comes to everything that is kept apart, how fast tool centres get
 * on it, and whether that is as it should be. What cannot have become near since it was last measured
 * is not measured again.
 */
import { at } from '../../core/vector.js';
import { Reason } from '../reasons.js';
import type { Clearances } from './clearances.js';
import type { ReachTable } from './reach_table.js';
import type { StopPath } from './stop_path.js';
import { ToolSpeeds } from './tool_speeds.js';

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
/** How far apart samples are, in travel of what is near: in margins, and at most so many m. */
const SPACING = 4;
const WIDEST = 0.03;

export class Assessment {
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

  /** Share of what a distance exceeds its margin by that must be left after the step. */
  keep = 1;
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
  readonly speeds: ToolSpeeds;

  readonly #clearances: Clearances;
  readonly #joints: number;
  /** Least distance on the way that the robot is on. */
  readonly #before: Float64Array;
  /** What a distance must be below elsewhere than at rest to be the worst, m. */
  readonly #notable: Float64Array;
  /** What each distance must not fall below, m: its floor, or the most that it had so far. */
  readonly #level: Float64Array;
  /** Each distance as it was last measured, and where the joints that change it were. */
  readonly #known: Float64Array;
  readonly #knownAt: Float64Array;
  /** Sample before which a distance cannot be the least. */
  readonly #due: Int32Array;
  /** Whether the tools have been marked where they are. */
  #marked = false;

  /** @param samples of a way, at most */
  constructor(clearances: Clearances, samples: number) {
    const { count, joints } = clearances;
    this.#clearances = clearances;
    this.speeds = new ToolSpeeds(clearances, samples);
    this.#joints = joints;
    this.near = new Int32Array(count);
    this.now = new Float64Array(count);
    this.worst = new Int32Array(count);
    this.#before = new Float64Array(count);
    this.#notable = new Float64Array(count);
    this.#level = new Float64Array(count);
    this.#known = new Float64Array(count);
    this.#knownAt = new Float64Array(clearances.reach.values.length);
    this.#due = new Int32Array(count);
  }

  /** Measures everything for a robot at rest at `q`, rad. */
  start(q: Float64Array): void {
    const { count, floors } = this.#clearances;
    this.#forget();
    this.#clearances.place(q);
    for (let k = 0; k < count; k++) {
      this.#measure(k);
      this.now[k] = at(this.#clearances.distances, k);
      this.#note(k, q, 0);
      this.#before[k] = at(this.now, k);
      this.#level[k] = Math.min(at(this.now, k), at(floors, k));
    }
    this.speeds.start();
  }

  /** Judges `path`. */
  judge(path: StopPath): void {
    this.#forget();
    this.speeds.begin(path, this.keep);
    if (this.speeds.spans !== 0) this.#mark(path);
    const spans = Math.max(this.#gather(path), this.speeds.spans);
    if (this.nearCount > 0 || spans !== 0) {
      path.sample(spans, this.speeds.watched);
      this.#follow(path);
    }
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
    this.speeds.adopt();
    this.#marked = false;
  }

  /** Distance that a step is led to, m: one below its margin comes back to it. */
  aim(k: number): number {
    const margin = at(this.#clearances.margins, k);
    const over = Math.min(at(this.#before, k) - margin, HORIZON);
    return margin + over * (over > 0 ? this.keep : 1 - RECOVERY * (1 - this.keep));
  }

  /** Distance that a step is led to where that cannot be had: part of what is left is used up. */
  ration(k: number): number {
    const least = this.#least(k);
    const left = Math.min(at(this.#before, k), at(this.#clearances.margins, k)) - least;
    return least + Math.max(0, RATION * left);
  }

  /** Whether the way is as it should be, and not only safe. */
  get good(): boolean {
    return this.reason === Reason.none;
  }

  #mark(path: StopPath): void {
    if (this.#marked) return;
    this.#marked = true;
    this.#clearances.place(path.here);
    this.#clearances.markTools();
  }

  #forget(): void {
    this.nearCount = 0;
    this.shortfall = 0;
    this.clearance = Infinity;
    this.nearest = -1;
    this.reason = Reason.none;
  }

  /** Collects what may come near on the way; in how many parts that has to be looked at. */
  #gather(path: StopPath): number {
    const { count, margins, reach } = this.#clearances;
    let spans = 0;
    for (let k = 0; k < count; k++) {
      this.now[k] = Infinity;
      if (this.#far(k, path, reach)) continue;
      this.near[this.nearCount++] = k;
      const spacing = Math.min(WIDEST, SPACING * at(margins, k));
      spans = Math.max(spans, reach.travel(k, path.ways) / spacing);
    }
    return spans;
  }

  /** Measures at both ends of the way, and between them what may come near there. */
  #follow(path: StopPath): void {
    const last = path.count - 1;
    if (this.nearCount > 0) this.#clearances.place(path.positions, last * this.#joints);
    for (let index = 0; index < this.nearCount; index++) {
      const k = this.near[index] as number;
      this.#measure(k);
      const distance = at(this.#clearances.distances, k);
      this.now[k] = distance;
      this.worst[k] = last;
      this.#notable[k] = distance - SLIGHT * at(this.#clearances.margins, k);
      this.#note(k, path.positions, last * this.#joints);
      this.#due[k] = 0;
    }
    if (last === 0) return;
    this.#visit(path, 0, this.nearCount);
    const doubtful = this.#sort(path);
    for (let m = 1; m < last; m++) this.#visit(path, m, doubtful);
  }

  /** Measures those of the first `count` of what is near that are due at sample m, and what is fast. */
  #visit(path: StopPath, m: number, count: number): void {
    const { reach } = this.#clearances;
    let placed = false;
    if (!this.speeds.allSlow(path, m)) {
      this.#clearances.place(path.positions, m * this.#joints);
      this.speeds.measure(path, m);
      placed = true;
    }
    for (let index = 0; index < count; index++) {
      const k = this.near[index] as number;
      if ((this.#due[k] as number) > m) continue;
      if (!placed) this.#clearances.place(path.positions, m * this.#joints);
      placed = true;
      this.#measure(k);
      const distance = at(this.#clearances.distances, k);
      const least = at(this.now, k);
      if (distance < Math.min(least, at(this.#notable, k))) this.worst[k] = m;
      this.now[k] = Math.min(least, distance);
      this.#due[k] = this.#later(k, path, m, distance - at(this.now, k), reach);
    }
  }

  /** The first sample after m where a distance may be less by `room` than it is there. */
  #later(k: number, path: StopPath, m: number, room: number, reach: ReachTable): number {
    const n = this.#joints;
    const last = path.count - 1;
    let next = m + 1;
    while (next < last && reach.between(k, path.positions, m * n, next * n) <= room) next++;
    return next;
  }

  /**
   * Puts first what may fall below its margin between the ends of the way, and counts it. Being at
   * most its reach away from either end, a distance is at least half of what their sum leaves.
   */
  #sort(path: StopPath): number {
    const { reach, margins } = this.#clearances;
    let doubtful = 0;
    for (let index = 0; index < this.nearCount; index++) {
      const k = this.near[index] as number;
      const left = at(this.now, k) - at(margins, k) - 0.5 * reach.travel(k, path.ways);
      if (left > 0) continue;
      this.near[index] = this.near[doubtful] as number;
      this.near[doubtful++] = k;
    }
    return doubtful;
  }

  #verdict(): void {
    this.loss = 0;
    for (let index = 0; index < this.nearCount; index++) {
      const k = this.near[index] as number;
      const distance = at(this.now, k);
      const margin = at(this.#clearances.margins, k);
      this.#miss((this.#needed(k) - distance) / margin, this.#clearances.reasons[k] as number);
      this.#lose((this.#least(k) - distance) / margin);
    }
    const { speed, aim, allowed, limit } = this.speeds;
    if (!(speed <= aim)) this.#miss((speed - aim) / limit, Reason.toolSpeed);
    if (!(speed <= allowed)) this.#lose((speed - allowed) / limit);
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

  #miss(shortfall: number, reason: number): void {
    if (shortfall <= this.shortfall) return;
    this.shortfall = shortfall;
    this.reason = reason;
  }

  /** Whether the clearance `k` cannot come near anywhere on the way. */
  #far(k: number, path: StopPath, { starts, joints, values }: ReachTable): boolean {
    const { lowest, highest } = path;
    const knownAt = this.#knownAt;
    const end = starts[k + 1] as number;
    let left = at(this.#known, k) - at(this.#clearances.margins, k) - HORIZON;
    for (let entry = starts[k] as number; entry < end && left > 0; entry++) {
      const joint = joints[entry] as number;
      const known = at(knownAt, entry);
      const most = Math.max(at(highest, joint) - known, known - at(lowest, joint));
      left -= at(values, entry) * most;
    }
    return left > 0;
  }

  /** Measures the clearance `k` with the robot placed at sample m. */
  #measure(k: number): void {
    this.#clearances.measure(k);
    const distance = at(this.#clearances.distances, k);
    if (!(distance < this.clearance)) return;
    this.clearance = distance;
    this.nearest = k;
  }

  /** Keeps a distance for `far`, as it is with the joints at the positions in `q` from `from` on. */
  #note(k: number, q: Float64Array, from: number): void {
    const { starts, joints } = this.#clearances.reach;
    const end = starts[k + 1] as number;
    this.#known[k] = at(this.now, k);
    for (let entry = starts[k] as number; entry < end; entry++) {
      this.#knownAt[entry] = at(q, from + (joints[entry] as number));
    }
  }
}
