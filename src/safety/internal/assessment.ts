/**
 * Judges a way to rest: whether what is kept apart comes too near on it, or a tool centre too fast, and
 * what the next step should be led to.
 */
import { Reason } from '../reasons.js';
import type { Clearances } from './clearances.js';
import { HORIZON, NearDistances } from './near_distances.js';
import type { StopPath } from './stop_path.js';
import { ToolSpeeds } from './tool_speeds.js';

/** Rate at which a distance comes back to its margin, as a share of the barrier's gain. */
const RECOVERY = 0.3;
/** Share of what a distance has above its level that is kept where the margin cannot be. */
const RATION = 0.8;
/** A distance that has fallen below its level has to grow by this in a tick, m, but in a stop. */
const GROWTH = 1e-8;
/** m: rounding of a distance. */
const ROUNDING = 1e-9;

export class Assessment {
  /** Whether the way is safe. */
  safe = true;
  /** What it falls short of most, a code of Reason; and by what share of that limit. */
  reason: number = Reason.none;
  shortfall = 0;
  /** By how much the way is not safe, as a share of the limit that it is worst for. */
  loss = 0;
  /** Share of what a distance exceeds its margin by that must be left after the step. */
  keep = 1;
  /** Whether the robot is to stop: what is too near then need not come farther away, or it might never rest. */
  stopping = false;
  readonly distances: NearDistances;
  readonly speeds: ToolSpeeds;
  /** Of each clearance that came near, the distance that a step is led to, m: one below its margin comes back. */
  readonly aims: Float64Array;
  /** The distance that a step is led to where that cannot be had: part of what is left is used up. */
  readonly rations: Float64Array;

  readonly #clearances: Clearances;
  /** Asked of `miss`, a share of a limit. A field, since numbers passed on may be allocated. */
  #short = 0;
  /** Least distance on the way that the robot is on. */
  readonly #before: Float64Array;
  /** What each distance must not fall below, m: its floor, or the most that it had so far. */
  readonly #level: Float64Array;

  /** @param samples of a way, at most */
  constructor(clearances: Clearances, samples: number) {
    const { count } = clearances;
    this.#clearances = clearances;
    this.distances = new NearDistances(clearances);
    this.speeds = new ToolSpeeds(clearances, samples);
    this.aims = new Float64Array(count);
    this.rations = new Float64Array(count);
    this.#before = new Float64Array(count);
    this.#level = new Float64Array(count);
  }

  /** Whether the way is as it should be, and not only safe. */
  get good(): boolean {
    return this.reason === Reason.none;
  }

  /** Measures everything for a robot at rest at `q`, rad. */
  start(q: Float64Array): void {
    const { count, floors } = this.#clearances;
    const { distances } = this;
    distances.start(q);
    for (let k = 0; k < count; k++) {
      this.#before[k] = distances.least[k] as number;
      this.#level[k] = Math.min(distances.least[k] as number, floors[k] as number);
    }
    this.speeds.start();
  }

  /** Judges `path`. */
  judge(path: StopPath): void {
    const { distances, speeds } = this;
    speeds.begin(path, this);
    distances.gather(path);
    path.spans = Math.max(distances.spans, speeds.spans);
    if (distances.count > 0 || path.spans !== 0) {
      path.sample(speeds.watched);
      speeds.measure(path);
      distances.measure(path);
    }
    this.#verdict();
  }

  /** Has the next way be compared with the one judged last, which the robot is on now. */
  adopt(): void {
    const { count, floors } = this.#clearances;
    const { least } = this.distances;
    for (let k = 0; k < count; k++) {
      const distance = least[k] as number;
      this.#before[k] = distance;
      this.#level[k] = Math.min(Math.max(this.#level[k] as number, distance), floors[k] as number);
    }
    this.speeds.adopt();
  }

  #verdict(): void {
    this.reason = Reason.none;
    this.shortfall = 0;
    this.loss = 0;
    this.#judgeDistances();
    const { speed, aim, allowed, limit } = this.speeds;
    if (!(speed <= aim)) {
      this.#short = (speed - aim) / limit;
      this.#miss(Reason.toolSpeed);
    }
    if (!(speed <= allowed)) this.loss = Math.max(this.loss, (speed - allowed) / limit);
    this.safe = this.loss === 0;
  }

  #judgeDistances(): void {
    const { near, count, least } = this.distances;
    const { margins, reasons } = this.#clearances;
    const { keep } = this;
    for (let index = 0; index < count; index++) {
      const k = near[index] as number;
      const distance = least[k] as number;
      const margin = margins[k] as number;
      const before = this.#before[k] as number;
      // Below its level it has to grow, or in a stop not to shrink.
      const safe = Math.min(
        (this.#level[k] as number) - ROUNDING,
        before + (this.stopping ? -ROUNDING : GROWTH),
      );
      const over = Math.min(before - margin, HORIZON);
      const aim = margin + over * (over > 0 ? keep : 1 - RECOVERY * (1 - keep));
      this.aims[k] = aim;
      this.rations[k] = safe + Math.max(0, RATION * (Math.min(before, margin) - safe));
      // One below its margin must not shrink.
      const needed = before < margin ? Math.max(before - ROUNDING, safe) : aim;
      this.#short = (needed - distance) / Math.max(needed, margin);
      this.#miss(reasons[k] as number);
      this.loss = Math.max(this.loss, (safe - distance) / margin);
    }
  }

  /** Notes what is short, if it is the most. */
  #miss(reason: number): void {
    if (this.#short <= this.shortfall) return;
    this.shortfall = this.#short;
    this.reason = reason;
  }
}
