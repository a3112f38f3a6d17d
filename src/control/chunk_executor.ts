/**
 * Executes action chunks by time. A chunk is a curve over absolute times; what has elapsed when it
 * arrives is skipped by looking the curve up at the present time. A new chunk takes over at once,
 * merged with the old one by a rule, with the difference to what was being executed carried over up
 * to the acceleration and let fade away over the blend time. Nothing is allocated after
 * construction.
 */
import { at } from '../core/vector.js';
import { Chunk } from './executors/chunk.js';
import { type Executor, Verdict } from './executors/executor.js';
import { type MergeRule, NEWEST } from './executors/merge_rule.js';
import { Fade, type FadeLimits } from './fade.js';
import type { Interpolation } from './interpolation.js';

const STATE = ['position', 'velocity', 'acceleration'] as const;
const EMPTY = new Float64Array(0);
const UNLIMITED: FadeLimits = { acceleration: Infinity, jerk: Infinity };
/** A command this close to the curve is on it, rad. */
const ON_CURVE = 2e-3;

export interface ChunkExecutorOptions {
  /** One entry a joint: what a takeover should keep within; none if absent. */
  readonly limits?: readonly FadeLimits[];
  /** What becomes of steps that both chunks have; the newest count if absent. */
  readonly rule?: MergeRule;
  /**
   * When a chunk begins with its first step as it comes, as if no time had passed: if it was computed
   * from an observation of the standing arm, or whenever nothing is being executed. If absent, its
   * steps are due by their stamps always.
   */
  readonly fromStanding?: 'observed' | 'always';
}

export class ChunkExecutor implements Executor {
  readonly name = 'policy';
  blend = 0.15;
  interpolation: Interpolation = 'cubic';
  epoch = Number.NEGATIVE_INFINITY;
  future = 0.1;
  readonly position: Float64Array;
  readonly velocity: Float64Array;
  readonly acceleration: Float64Array;
  seam = 0;

  readonly #joints: number;
  readonly #rule: MergeRule;
  readonly #fromStanding: ChunkExecutorOptions['fromStanding'];
  #current: Chunk;
  #spare: Chunk;
  #executing = false;
  /** Nothing has been executed since, s; NaN when it is for the next tick to say. */
  #idleSince = Number.NEGATIVE_INFINITY;
  #span = 0;
  readonly #fade: Fade;
  readonly #zero: Float64Array;
  /** Scratch: state of the old curve at a takeover, then its difference to the new one. */
  readonly #from = { position: EMPTY, velocity: EMPTY, acceleration: EMPTY };

  constructor(joints: number, maxPoints: number, options: ChunkExecutorOptions = {}) {
    this.#joints = joints;
    this.#rule = options.rule ?? NEWEST;
    this.#fromStanding = options.fromStanding;
    this.#zero = new Float64Array(joints);
    this.#current = new Chunk(joints, maxPoints);
    this.#spare = new Chunk(joints, maxPoints);
    this.position = new Float64Array(joints);
    this.velocity = new Float64Array(joints);
    this.acceleration = new Float64Array(joints);
    this.#fade = new Fade(options.limits ?? new Array<FadeLimits>(joints).fill(UNLIMITED));
    for (const key of STATE) this.#from[key] = new Float64Array(joints);
  }

  get incoming(): Chunk {
    return this.#spare;
  }

  get stamp(): number {
    return this.#executing ? this.#current.stamp : Number.NaN;
  }

  get end(): number {
    return this.#executing ? this.#current.end : Number.NaN;
  }

  offer(
    now: number,
    position: Float64Array,
    velocity: Float64Array,
    acceleration?: Float64Array,
  ): number {
    const chunk = this.#spare;
    if (!(chunk.stamp >= this.epoch)) return Verdict.beforeEpoch;
    if (chunk.stamp > now + this.future) return Verdict.future;
    if (this.#executing && chunk.stamp <= this.#current.stamp) return Verdict.outOfOrder;
    if (chunk.count === 0 || chunk.end <= now) return Verdict.elapsed;
    const from = this.#from;
    const command = { position, velocity, acceleration: acceleration ?? this.#zero };
    const old = this.#follow(now);
    const follows = this.#rule.seamless || acceleration === undefined;
    for (let j = 0; j < this.#joints; j++) {
      const off = Math.abs(at(position, j) - at(this.position, j));
      const source = old && (follows || off < ON_CURVE) ? this : command;
      for (const key of STATE) from[key][j] = at(source[key], j);
    }
    chunk.predictions.fill(1, 0, chunk.count);
    if (old) this.#rule.merge(now, this.#current, chunk, this.interpolation);
    else if (this.#beginsNow(chunk)) delay(chunk, now);
    chunk.prepare();
    this.#spare = this.#current;
    this.#current = chunk;
    this.#executing = true;
    this.#span = 0;
    this.#fade.clear();
    this.#follow(now);
    for (const key of STATE) {
      for (let j = 0; j < this.#joints; j++) from[key][j] = at(from[key], j) - at(this[key], j);
    }
    this.seam = 0;
    for (let j = 0; j < this.#joints; j++) {
      this.seam = Math.max(this.seam, Math.abs(at(from.position, j)));
    }
    this.#fade.start(now, this.blend, from.position, from.velocity, from.acceleration);
    return Verdict.taken;
  }

  clear(): void {
    this.#executing = false;
    this.#idleSince = Number.NaN;
  }

  /**
   * Sets `position` and its derivatives to the curve at `now`.
   *
   * @returns false when there is no chunk or it has run out; they are left as they were then
   */
  sample(now: number): boolean {
    return this.#follow(now);
  }

  #beginsNow({ stamp }: Chunk): boolean {
    const when = this.#fromStanding;
    return when === 'always' || (when === 'observed' && stamp >= this.#idleSince);
  }

  #follow(now: number): boolean {
    const chunk = this.#current;
    if (Number.isNaN(this.#idleSince)) this.#idleSince = now;
    if (!this.#executing) return false;
    if (now > chunk.end) {
      this.#executing = false;
      this.#idleSince = chunk.end;
      return false;
    }
    this.#span = chunk.spanAt(now, this.#span);
    const { position, velocity, acceleration } = this;
    for (let j = 0; j < this.#joints; j++) {
      chunk.sample(now, this.#span, j, this.interpolation, position, velocity, acceleration);
    }
    this.#fade.add(now, position, velocity, acceleration);
    return true;
  }
}

/** Lets the chunk begin at `now`, if it would have begun before. */
function delay({ times, count, start }: Chunk, now: number): void {
  const by = Math.max(0, now - start);
  for (let i = 0; i < count; i++) times[i] = at(times, i) + by;
}
