/**
 * The policy's idea of what the controller executes, by time stamps: from the chunks it has given and
 * from what it hears of their use. Says whether an observation is worth a chunk, what the new chunk
 * has to go on from, and whether a computed one still fits.
 */
import { SinewError } from '../../core/error.js';
import { DelayWindow } from './delay_window.js';
import type { Planner } from './planner.js';
import type { ChunkingForm, Prefix } from './real_time_chunking.js';

export interface PlannerOptions {
  /** Steps of a chunk, the time between them (s), and their joints. */
  readonly steps: number;
  readonly stepTime: number;
  readonly joints: number;
  /** How chunks follow one another: by themselves, one executed before the next, or led. */
  readonly mode: 'free' | 'synchronous' | ChunkingForm;
  /** synchronous: steps of a chunk that are executed. */
  readonly executed: number;
  /** Steps of delay until one was measured, and how many measured ones are looked at. */
  readonly delaySteps: number;
  readonly delayWindow: number;
}

/** Two times closer than this are one: stamps come as whole nanoseconds. */
const SAME_TIME = 1e-6;

export class ChunkPlanner implements Planner {
  /** Nothing is kept from chunk to chunk but the prefix. */
  readonly anew = false;
  readonly #options: PlannerOptions;
  readonly #delays: DelayWindow;
  /** What is executed: rad, [steps, joints], the first step due at `#start`; NaN without one. */
  #plan: Float64Array;
  #spare: Float64Array;
  #start = Number.NaN;
  readonly #prefix: Float32Array;
  /** Steps of delay that the chunk being computed was told of; undefined without a prefix. */
  #told: number | undefined;
  /** synchronous: when the last chunk has been executed, s. */
  #until = Number.NEGATIVE_INFINITY;
  #given = Number.NaN;
  /** When the last chunk was to be taken over, s. */
  #takeover = Number.NEGATIVE_INFINITY;
  /** The last chunk begins with its first step when it is taken over, because the arm stands. */
  #fromStanding = false;
  #fault: string | undefined;

  /** @throws SinewError when the chunks are too short for what is asked of them */
  constructor(options: PlannerOptions) {
    const { steps, joints, mode, executed, delaySteps, delayWindow } = options;
    if (mode === 'synchronous' && executed > steps) {
      throw tooShort(steps, `${executed} steps to execute`, 'steps');
    }
    // The chunk after must be there before this one runs out: delay ≤ execution ≤ horizon − delay.
    if (mode !== 'free' && mode !== 'synchronous' && 2 * delaySteps > steps - 1) {
      throw tooShort(
        steps,
        `${delaySteps} steps of delay and as many to execute meanwhile`,
        'delay_steps',
      );
    }
    this.#options = options;
    this.#delays = new DelayWindow(delayWindow);
    this.#plan = new Float64Array(steps * joints);
    this.#spare = new Float64Array(steps * joints);
    this.#prefix = new Float32Array(steps * joints);
  }

  /** Steps that are executed between an observation and the takeover by its chunk. */
  get delaySteps(): number {
    const { longest } = this.#delays;
    const { stepTime, delaySteps, steps } = this.#options;
    if (longest === undefined) return delaySteps;
    return Math.min(stepsIn(longest, stepTime), steps - 1);
  }

  /** Set when chunks do not last for the measured delay and what is executed meanwhile. */
  get fault(): string | undefined {
    return this.#fault;
  }

  get begins(): number {
    return this.#given;
  }

  begin(): void {
    this.#delays.begin();
    this.#fault = undefined;
    this.interrupted();
  }

  interrupted(at = Number.POSITIVE_INFINITY): void {
    if (at < this.#takeover) return;
    this.#start = Number.NaN;
    this.#told = undefined;
    this.#until = Number.NEGATIVE_INFINITY;
  }

  /**
   * Whether a chunk is to be computed from an observation stamped `stamp`, s. Not while the one being
   * executed would run out before: what the arm does then is not known yet.
   */
  due(stamp: number): boolean {
    if (stamp < this.#until - SAME_TIME) return false;
    const { longest } = this.#delays;
    if (!this.#led || longest === undefined || !this.#reaches(stamp)) return true;
    return !this.#runsOut(stamp, stamp + longest);
  }

  /**
   * What a chunk from the observation `stamp` has to go on from; undefined when it need not, because
   * nothing is executed or chunks are not led. Valid until the next call.
   */
  prefix(stamp: number): Prefix | undefined {
    const { steps, stepTime, joints } = this.#options;
    this.#told = undefined;
    if (!this.#led || Number.isNaN(this.#start)) return undefined;
    let real = 0;
    while (real < steps && this.#reaches(stamp + real * stepTime)) {
      for (let j = 0; j < joints; j++) {
        this.#prefix[real * joints + j] = this.#planned(stamp + real * stepTime, j);
      }
      real++;
    }
    if (real === 0) return undefined;
    const delay = Math.min(this.delaySteps, real);
    this.#told = delay;
    return { actions: this.#prefix, real, delay };
  }

  /**
   * A chunk has been computed.
   *
   * @param actions rad, [steps, joints]
   * @param at when the controller takes it over, as far as is known, s
   * @returns false when it must not be executed: it comes too late for the prefix that it was trained
   *   to take as given, or when what it goes on from has run out (see `fault`)
   */
  given(stamp: number, actions: ArrayLike<number>, at: number): boolean {
    const { steps, stepTime, joints, mode, executed } = this.#options;
    const late = this.#told !== undefined && stepsIn(at - stamp, stepTime) > this.#told;
    const continues = this.#led && this.#reaches(stamp);
    if ((mode === 'trained_prefix' && late) || (continues && this.#runsOut(stamp, at))) {
      this.#delays.add(at - stamp);
      return false;
    }
    if (continues) this.#fault = undefined;
    this.#fromStanding = this.#led && !continues;
    // What has been executed by then stays as it was.
    for (let i = 0; i < steps; i++) {
      const due = stamp + i * stepTime;
      const kept = due <= at && this.#reaches(due);
      for (let j = 0; j < joints; j++) {
        const k = i * joints + j;
        this.#spare[k] = kept ? this.#planned(due, j) : (actions[k] ?? Number.NaN);
      }
    }
    [this.#plan, this.#spare] = [this.#spare, this.#plan];
    this.#start = this.#fromStanding ? at : stamp;
    this.#given = stamp;
    this.#takeover = at;
    if (mode === 'synchronous') this.#until = at + executed * stepTime;
    return true;
  }

  consumed(stamp: number, at: number): void {
    this.#delays.add(at - stamp);
    const { mode, executed, stepTime } = this.#options;
    if (Math.abs(stamp - this.#given) >= stepTime / 2) return;
    if (mode === 'synchronous') this.#until = at + executed * stepTime;
    if (this.#fromStanding) this.#start = at;
  }

  /** Whether chunks are made to go on from one another. */
  get #led(): boolean {
    const { mode } = this.#options;
    return mode !== 'free' && mode !== 'synchronous';
  }

  /** True, and a fault, when what is executed ends before a chunk from `stamp` can come at `at`. */
  #runsOut(stamp: number, at: number): boolean {
    if (this.#reaches(at)) return false;
    const { steps, stepTime } = this.#options;
    const s = (time: number) => time.toFixed(2);
    this.#fault =
      `chunks last ${s((steps - 1) * stepTime)} s, which does not cover ${s(at - stamp)} s of delay ` +
      `after ${s(stamp - this.#start)} s of execution: the arm stops in between`;
    return true;
  }

  #reaches(time: number): boolean {
    const { steps, stepTime } = this.#options;
    return time <= this.#start + (steps - 1) * stepTime + SAME_TIME;
  }

  /** The planned position of joint `j` at `time`, rad, between steps by a straight line. */
  #planned(time: number, j: number): number {
    const { steps, stepTime, joints } = this.#options;
    const place = Math.min(Math.max((time - this.#start) / stepTime, 0), steps - 1);
    const i = Math.min(Math.floor(place), steps - 2);
    const before = this.#plan[i * joints + j] ?? Number.NaN;
    const after = this.#plan[(i + 1) * joints + j] ?? before;
    return before + (place - i) * (after - before);
  }
}

/** Steps of a chunk whose time has come `delay` seconds after its observation. */
function stepsIn(delay: number, stepTime: number): number {
  return Math.max(0, Math.ceil(delay / stepTime - SAME_TIME));
}

function tooShort(steps: number, wanted: string, key: string): SinewError {
  return new SinewError(`chunks of ${steps} steps do not cover ${wanted}`, {
    where: `controller.executor.${key}`,
    expected: `less, or a package with a longer prediction horizon`,
  });
}
