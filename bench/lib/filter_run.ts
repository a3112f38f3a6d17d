/** Runs of the safety filter over a robot of the benchmark: times, bytes, and its programs. */
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { SafetyFilter } from '../../src/safety/filter.js';
import { QpStatus, QuadraticProgram } from '../../src/safety/internal/quadratic_program.js';
import type { BenchRobot } from './filter_robot.js';
import { generator } from './generator.js';
import { median } from './rounds.js';

/** s: period of the ticks. */
const PERIOD = 0.004;
/** s: how long a random pose is aimed at. */
const HOLD = 1.5;
/** rad: how far free motion goes from home, and the random poses. */
const FREE = 0.08;
const FAR = 2.2;

/** Ticks between two forced collections. */
const BATCH = 50;

/** N m: effort of each joint, and the energy budget of the motion that has one. */
const EFFORT = 3;
const ENERGY = { budget: 5, refill: 2 };

/**
 * `free` stays where nothing is near; `crossing` goes from one random pose to the next; `budget` does so on an
 * energy budget.
 */
export type Motion = 'free' | 'crossing' | 'budget';

/** One round of ticks, µs each; and for each whether its step was found by a quadratic program. */
export interface Ticks {
  readonly times: Float64Array;
  readonly programs: Uint8Array;
}

/** A quadratic program as the filter posed it, and what came out. */
export interface RecordedProgram {
  readonly n: number;
  readonly target: readonly number[];
  readonly weight: readonly number[];
  readonly lower: readonly number[];
  readonly upper: readonly number[];
  readonly rows: readonly number[];
  readonly bounds: readonly number[];
  readonly x: readonly number[];
  readonly iterations: number;
}

/** Programs solved so far by all filters, and where to put them. */
let solves = 0;
let record: RecordedProgram[] | undefined;

const solve = QuadraticProgram.prototype.solve;
QuadraticProgram.prototype.solve = function (this: QuadraticProgram): number {
  solves++;
  const status = solve.call(this);
  if (record !== undefined && status === QpStatus.solved) record.push(copyOf(this));
  return status;
};

function copyOf(program: QuadraticProgram): RecordedProgram {
  const n = program.x.length;
  const { count, iterations } = program;
  return {
    n,
    target: [...program.target],
    weight: [...program.weight],
    lower: [...program.lower],
    upper: [...program.upper],
    rows: [...program.rows.subarray(0, count * n)],
    bounds: [...program.bounds.subarray(0, count)],
    x: [...program.x],
    iterations,
  };
}

/** Targets of `count` ticks, an array for each. */
function targets({ home }: BenchRobot, motion: Motion, count: number): Float64Array[] {
  const random = generator(7);
  const hold = Math.round(HOLD / PERIOD);
  let from = [...home];
  let to = [...home];
  return Array.from({ length: count }, (_, tick) => {
    if (motion === 'free') {
      return Float64Array.from(home, (q, i) => q + FREE * Math.sin(2 * tick * PERIOD + i));
    }
    if (tick % hold === 0) {
      from = to;
      to = home.map(() => FAR * (2 * random() - 1));
    }
    const share = (1 - Math.cos((Math.PI * (tick % hold)) / hold)) / 2;
    return Float64Array.from(from, (q, i) => q + share * ((to[i] ?? q) - q));
  });
}

export class FilterRun {
  readonly #robot: BenchRobot;
  readonly #targets: readonly Float64Array[];
  readonly #measured: Float64Array;
  readonly #effort: Float64Array;
  readonly #motion: Motion;

  constructor(robot: BenchRobot, motion: Motion, ticks: number) {
    this.#robot = robot;
    this.#motion = motion;
    this.#effort = new Float64Array(robot.joints).fill(EFFORT);
    this.#targets = targets(robot, motion, ticks);
    this.#measured = new Float64Array(robot.joints).fill(Number.NaN);
  }

  /** The ticks of one run from home, each timed. */
  time(): Ticks {
    const filter = this.#start();
    const count = this.#targets.length;
    const times = new Float64Array(count);
    const programs = new Uint8Array(count);
    for (let i = 0; i < count; i++) {
      const desired = this.#targets[i] as Float64Array;
      const before = solves;
      const begin = performance.now();
      filter.follow(PERIOD, desired, this.#measured, this.#effort);
      times[i] = (performance.now() - begin) * 1e3;
      programs[i] = solves > before ? 1 : 0;
    }
    return { times, programs };
  }

  /**
   * Bytes by which the heap grows in a tick, between collections that are forced every few ticks, so
   * that none comes by itself: the median of these batches, since code that is compiled meanwhile lies on
   * the heap as well. Right only after enough runs to have code optimised: a last one with the same filter,
   * since code that was made for one that is gone is thrown away with it.
   */
  bytes(): number {
    const filter = this.#start();
    const collect = collector();
    const ticks = this.#targets;
    const measured = this.#measured;
    const effort = this.#effort;
    const grown: number[] = [];
    collect();
    for (const desired of ticks) filter.follow(PERIOD, desired, measured, effort);
    for (let from = 0; from < ticks.length; from += BATCH) {
      collect();
      const first = process.memoryUsage().heapUsed;
      const before = process.memoryUsage().heapUsed;
      const end = Math.min(from + BATCH, ticks.length);
      for (let i = from; i < end; i++) {
        filter.follow(PERIOD, ticks[i] as Float64Array, measured, effort);
      }
      // Asking takes memory itself: as much as from the first time to the second.
      const own = before - first;
      grown.push((process.memoryUsage().heapUsed - before - own) / (end - from));
    }
    return median(grown);
  }

  /** The programs that one run solves, at most `most` of them, evenly spread. */
  programs(most: number): RecordedProgram[] {
    const all: RecordedProgram[] = [];
    record = all;
    this.time();
    record = undefined;
    const stride = Math.max(1, all.length / most);
    return all.filter((_, i) => Math.floor((i + 1) / stride) > Math.floor(i / stride));
  }

  #start(): SafetyFilter {
    const { limits, cartesian, home } = this.#robot;
    const energy = this.#motion === 'budget' ? { energy: ENERGY } : {};
    const filter = new SafetyFilter(limits, { cartesian, ...energy });
    const verdict = filter.start(Float64Array.from(home));
    if (!verdict.ready) throw new Error(verdict.why);
    return filter;
  }
}

/** Forces a whole garbage collection. */
function collector(): () => void {
  setFlagsFromString('--expose-gc');
  return runInNewContext('gc') as () => void;
}

/** Times of sinew's solver on recorded programs, µs: filled in and solved, the least of three. */
export class OwnSolver {
  readonly #program: QuadraticProgram;
  readonly #problems: readonly RecordedProgram[];
  readonly #arrays: readonly (readonly [Float64Array, Float64Array])[][];

  constructor(problems: readonly RecordedProgram[]) {
    const rows = Math.max(0, ...problems.map(({ bounds }) => bounds.length));
    const program = new QuadraticProgram(problems[0]?.n ?? 1, rows);
    this.#program = program;
    this.#problems = problems;
    const names = ['target', 'weight', 'lower', 'upper', 'rows', 'bounds'] as const;
    this.#arrays = problems.map((problem) =>
      names.map((name) => [program[name], Float64Array.from(problem[name])] as const),
    );
  }

  time(): number[] {
    return this.#problems.map((problem, i) => {
      let best = Infinity;
      for (let repeat = 0; repeat < 3; repeat++) {
        const begin = performance.now();
        for (const [to, from] of this.#arrays[i] ?? []) to.set(from);
        this.#program.count = problem.bounds.length;
        solve.call(this.#program);
        best = Math.min(best, (performance.now() - begin) * 1e3);
      }
      return best;
    });
  }
}
