/**
 * The plan of a stream: every chunk goes behind the one before, step by step, and every action is
 * executed once. A chunk is asked for in time for the delay that was measured, from an observation
 * before the stream's end; its first step is due where the stream ends.
 */
import { DelayWindow } from './delay_window.js';
import type { Planner } from './planner.js';

export interface StreamOptions {
  /** Steps of a chunk, and the time between them, s. */
  readonly steps: number;
  readonly stepTime: number;
  /** How many measured delays are looked at. */
  readonly delayWindow: number;
}

/** Two times closer than this are one: stamps come as whole nanoseconds. */
const SAME_TIME = 1e-6;
/**
 * Steps before the stream's end at which the next chunk has to be there: one since a curve ends at
 * its last step, one since observations come no oftener than steps may.
 */
const AHEAD = 2;

export class StreamPlanner implements Planner {
  readonly #options: StreamOptions;
  readonly #delays: DelayWindow;
  /** When the step after the last one given is due, s; NaN without a stream. */
  #end = Number.NaN;
  #begins = Number.NaN;
  #given = Number.NaN;
  #fault: string | undefined;

  constructor(options: StreamOptions) {
    this.#options = options;
    this.#delays = new DelayWindow(options.delayWindow);
  }

  get fault(): string | undefined {
    return this.#fault;
  }

  get anew(): boolean {
    return Number.isNaN(this.#end);
  }

  get begins(): number {
    return this.#begins;
  }

  begin(): void {
    this.#delays.begin();
    this.#fault = undefined;
    this.interrupted();
  }

  interrupted(at = Number.POSITIVE_INFINITY): void {
    if (at >= this.#given) this.#end = Number.NaN;
  }

  due(stamp: number): boolean {
    if (this.anew) return true;
    const lead = AHEAD * this.#options.stepTime + (this.#delays.longest ?? 0);
    return stamp >= this.#end - lead - SAME_TIME;
  }

  prefix(): undefined {
    return undefined;
  }

  given(stamp: number, _actions: ArrayLike<number>, at: number): boolean {
    const { steps, stepTime } = this.#options;
    this.#begins = this.anew ? stamp : Math.max(this.#end, stamp);
    const waits = at <= this.#end - stepTime + SAME_TIME;
    const useless = at >= this.#begins + (steps - 1) * stepTime - SAME_TIME;
    this.#fault =
      waits || (this.anew && !useless)
        ? undefined
        : `chunks of ${steps} steps do not cover ${(at - stamp).toFixed(2)} s of delay: the arm ` +
          'stops in between';
    if (useless) {
      // Its last step was due before it came: never executed, and what would follow it neither.
      this.#delays.add(at - stamp);
      this.#end = Number.NaN;
      return false;
    }
    this.#given = stamp;
    this.#end = Math.max(this.#begins, at) + steps * stepTime;
    return true;
  }

  consumed(stamp: number, at: number): void {
    this.#delays.add(at - stamp);
    const { steps, stepTime } = this.#options;
    if (this.anew || Math.abs(stamp - this.#given) >= stepTime / 2) return;
    // Where nothing waited, the controller begins with the first step when the chunk comes.
    this.#end = Math.max(this.#begins, at) + steps * stepTime;
  }
}
