/**
 * How near things come to each other on a way to rest. What cannot have become near since it was last
 * measured is not measured again, and between the ends of the way only what may be nearest there.
 */
import type { Clearances } from './clearances.js';
import { Distant } from './distant.js';
import type { StopPath } from './stop_path.js';

/** m beyond its margin from which on a distance is looked at. */
export const HORIZON = 0.03;
/** Share of its margin by which a distance may be less on the way than at rest, and rest still count. */
const SLIGHT = 0.02;
/** How far apart samples are, in travel of what is near: in margins, and at most so many m. */
const SPACING = 4;
const WIDEST = 0.04;

export class NearDistances {
  /** Least distance found, m, and its number; Infinity and −1 when all is far. */
  clearance = Infinity;
  nearest = -1;
  /** Parts in which a way has to be looked at. */
  spans = 0;
  /** Numbers of the clearances that came near, `count` of them. */
  readonly near: Int32Array;
  count = 0;
  /**
   * Least distance on the way of each clearance that came near, m, of the others Infinity; and the sample
   * where that is, or rest if it is hardly more there: elsewhere, a robot all but at rest sees it from
   * another side every tick.
   */
  readonly least: Float64Array;
  readonly worst: Int32Array;

  readonly #clearances: Clearances;
  readonly #joints: number;
  /** Distance at the end of the way, m. */
  readonly #rest: Float64Array;
  /** Each distance as it was last measured, and where the joints that change it were. */
  readonly #known: Float64Array;
  readonly #knownAt: Float64Array;
  /** Halfway between the least and the greatest positions of the joints on the way, rad. */
  readonly #middle: Float64Array;
  /** What was far and is so for a while. */
  readonly #distant: Distant;
  /** Sample before which a distance cannot be the least. */
  readonly #due: Int32Array;

  constructor(clearances: Clearances) {
    const { count, joints } = clearances;
    this.#clearances = clearances;
    this.#joints = joints;
    this.near = new Int32Array(count);
    this.least = new Float64Array(count);
    this.worst = new Int32Array(count);
    this.#rest = new Float64Array(count);
    this.#known = new Float64Array(count);
    this.#knownAt = new Float64Array(clearances.reach.values.length);
    this.#middle = new Float64Array(joints);
    this.#due = new Int32Array(count);
    this.#distant = new Distant(clearances.reach, joints);
  }

  /** Has everything be looked at again: margins have changed. */
  doubt(): void {
    this.#distant.clear();
  }

  /** Measures everything for a robot at rest at `q`, rad. */
  start(q: Float64Array): void {
    this.#forget();
    this.#distant.clear();
    this.#clearances.place(q);
    for (let k = 0; k < this.#clearances.count; k++) {
      this.#measure(k);
      this.least[k] = this.#clearances.distances[k] as number;
      this.#known[k] = this.least[k] as number;
      this.#note(k, q);
    }
  }

  /** Collects what may come near on the way, and in how many parts that has to be looked at. */
  gather(path: StopPath): void {
    const { count } = this.#clearances;
    const distant = this.#distant;
    this.#forget();
    distant.follow(path);
    for (let k = 0; k < count; k++) {
      this.least[k] = Infinity;
      if (distant.has(k)) continue;
      if (this.#far(k, path)) distant.add(k);
      else this.near[this.count++] = k;
    }
    this.spans = 0;
    path.parts.fill(0);
    if (this.count > 0) this.#weed(path);
  }

  /** Looks at what was gathered from the middle of where the joints will be: from there, all of it is nearest. */
  #weed(path: StopPath): void {
    const { distances } = this.#clearances;
    const { lowest, highest } = path;
    const middle = this.#middle;
    for (let i = 0; i < middle.length; i++) {
      middle[i] = 0.5 * ((lowest[i] as number) + (highest[i] as number));
    }
    this.#clearances.place(middle);
    let kept = 0;
    for (let index = 0; index < this.count; index++) {
      const k = this.near[index] as number;
      this.#clearances.measure(k);
      this.#known[k] = distances[k] as number;
      this.#note(k, middle);
      if (this.#far(k, path)) continue;
      this.near[kept++] = k;
      this.#divide(k, path);
    }
    this.count = kept;
  }

  /** Has the way be looked at in parts that are short enough for distance k. */
  #divide(k: number, { ways, parts }: StopPath): void {
    const { reach, margins } = this.#clearances;
    const { starts, joints, values } = reach;
    const end = starts[k + 1] as number;
    const scale = 1 / Math.min(WIDEST, SPACING * (margins[k] as number));
    let sum = 0;
    for (let entry = starts[k] as number; entry < end; entry++) {
      const joint = joints[entry] as number;
      const part = scale * (values[entry] as number) * (ways[joint] as number);
      parts[joint] = Math.max(parts[joint] as number, part);
      sum += part;
    }
    this.spans = Math.max(this.spans, sum);
  }

  /** Measures what was gathered, the way having been sampled. */
  measure(path: StopPath): void {
    if (this.count === 0) return;
    const last = path.count - 1;
    this.#clearances.place(path.positions, last * this.#joints);
    for (let index = 0; index < this.count; index++) {
      const k = this.near[index] as number;
      this.#measure(k);
      const distance = this.#clearances.distances[k] as number;
      this.least[k] = distance;
      this.worst[k] = last;
      this.#rest[k] = distance;
      this.#due[k] = 0;
    }
    if (last === 0) return;
    this.#visit(path, 0, this.count);
    const doubtful = this.#sort(path);
    for (let m = 1; m < last; m++) this.#visit(path, m, doubtful);
  }

  #forget(): void {
    this.count = 0;
    this.clearance = Infinity;
    this.nearest = -1;
  }

  /** Whether the clearance `k` cannot come near anywhere on the way. */
  #far(k: number, { lowest, highest }: StopPath): boolean {
    const { reach, margins } = this.#clearances;
    const { starts, joints, values } = reach;
    const knownAt = this.#knownAt;
    const end = starts[k + 1] as number;
    let left = (this.#known[k] as number) - (margins[k] as number) - HORIZON;
    for (let entry = starts[k] as number; entry < end && left > 0; entry++) {
      const joint = joints[entry] as number;
      const known = knownAt[entry] as number;
      const most = Math.max((highest[joint] as number) - known, known - (lowest[joint] as number));
      left -= (values[entry] as number) * most;
    }
    this.#distant.room = left;
    return left > 0;
  }

  /** Measures those of the first `count` of what is near that are due at sample m. */
  #visit(path: StopPath, m: number, count: number): void {
    const { distances, margins } = this.#clearances;
    let placed = false;
    for (let index = 0; index < count; index++) {
      const k = this.near[index] as number;
      if ((this.#due[k] as number) > m) continue;
      if (!placed) this.#clearances.place(path.positions, m * this.#joints);
      placed = true;
      this.#measure(k);
      const distance = distances[k] as number;
      const least = this.least[k] as number;
      const notable = (this.#rest[k] as number) - SLIGHT * (margins[k] as number);
      if (distance < Math.min(least, notable)) this.worst[k] = m;
      this.least[k] = Math.min(least, distance);
      this.#due[k] = this.#later(path, m, k);
    }
  }

  /**
   * The first sample after m where the distance k may be near, and less than the least so far. From sample
   * m and from rest it changes by its reach at most.
   */
  #later(path: StopPath, m: number, k: number): number {
    const { reach, margins, distances } = this.#clearances;
    const n = this.#joints;
    const last = path.count - 1;
    const notable = Math.min(this.least[k] as number, (margins[k] as number) + HORIZON);
    const room = (distances[k] as number) - notable;
    reach.remaining(k, path, m * n);
    if (reach.sum <= room + (this.#rest[k] as number) - notable) return last;
    let next = m + 1;
    for (; next < last; next++) {
      reach.between(k, path.positions, m * n, next * n);
      if (!(reach.sum <= room)) break;
    }
    return next;
  }

  /**
   * Puts first what may fall below its margin between the ends of the way, and counts it. Being at
   * most its reach away from either end, a distance is at least half of what their sum leaves.
   */
  #sort(path: StopPath): number {
    const { reach, margins } = this.#clearances;
    let doubtful = 0;
    for (let index = 0; index < this.count; index++) {
      const k = this.near[index] as number;
      reach.travel(k, path.ways);
      if ((this.least[k] as number) - (margins[k] as number) - 0.5 * reach.sum > 0) continue;
      this.near[index] = this.near[doubtful] as number;
      this.near[doubtful++] = k;
    }
    return doubtful;
  }

  /** Measures the clearance `k` where the robot has been placed. */
  #measure(k: number): void {
    this.#clearances.measure(k);
    const distance = this.#clearances.distances[k] as number;
    if (!(distance < this.clearance)) return;
    this.clearance = distance;
    this.nearest = k;
  }

  /** Keeps for `far` that the joints are at the positions in `q`, rad, with the distance k that is known. */
  #note(k: number, q: Float64Array): void {
    const { starts, joints } = this.#clearances.reach;
    const end = starts[k + 1] as number;
    for (let entry = starts[k] as number; entry < end; entry++) {
      this.#knownAt[entry] = q[joints[entry] as number] as number;
    }
  }
}
