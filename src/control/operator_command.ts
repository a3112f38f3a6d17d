/**
 * The tick's view of the operator's command: where the operator wants each joint, carried on by its
 * speed between two messages, and laid over where the joint was when the operator took over. What is
 * between the two is let go at a limited speed, so that nothing jumps at a takeover, at a step in the
 * command, or when a silent operator is heard again.
 */
import { at, clamp } from '../core/vector.js';
import type { FilterLimits } from '../safety/limits.js';
import { OPERATOR_HEAD, type OperatorMemory } from './operator_memory.js';

export interface OperatorCommandOptions {
  /** Silence after which the operator's joints are brought to rest, s. */
  readonly commandTimeout: number;
  /** Speed at which an offset is let go, rad/s. */
  readonly alignSpeed: number;
}

/** A command is carried on by its speed for no longer than this, s. */
const CARRY = 0.05;
/** A command that is this far off what its last speed explains is a step, rad. */
const STEP = 0.05;

export class OperatorCommand {
  /** What the operator asks for, with the offset that is left: rad, rad/s; set by `aim`. */
  readonly target: Float64Array;
  readonly rate: Float64Array;
  /** Speeds of the newest command, rad/s. */
  readonly velocity: Float64Array;
  readonly #memory: OperatorMemory;
  readonly #limits: readonly FilterLimits[];
  readonly #options: OperatorCommandOptions;
  readonly #row: Float64Array;
  readonly #incoming: Float64Array;
  readonly #position: Float64Array;
  readonly #offset: Float64Array;
  /** Whether joint j is laid over the command. */
  readonly #joined: Uint8Array;
  #generation = 0;
  #fresh = false;
  #time = Number.NaN;

  constructor(
    memory: OperatorMemory,
    limits: readonly FilterLimits[],
    options: OperatorCommandOptions,
  ) {
    const n = limits.length;
    this.#memory = memory;
    this.#limits = limits;
    this.#options = options;
    this.#row = new Float64Array(memory.command.length).fill(Number.NaN);
    this.#incoming = new Float64Array(memory.command.length);
    this.target = new Float64Array(n).fill(Number.NaN);
    this.rate = new Float64Array(n);
    this.velocity = new Float64Array(n);
    this.#position = new Float64Array(n);
    this.#offset = new Float64Array(n);
    this.#joined = new Uint8Array(n);
  }

  /** Whether there is a command young enough to be followed; as of the last `read`. */
  get fresh(): boolean {
    return this.#fresh;
  }

  /** Takes over the newest command. Those that came up to `since` (s) are another's. */
  read(now: number, since: number): void {
    const { command } = this.#memory;
    if (command.generation !== this.#generation) {
      const generation = command.read(this.#incoming);
      if (generation >= 0) {
        this.#generation = generation;
        this.#take();
      }
    }
    this.#time = now;
    const received = at(this.#row, 0);
    const age = now - received;
    // A time of arrival after this tick began is as good as now.
    this.#fresh = received > since && age <= this.#options.commandTimeout;
    if (!this.#fresh) this.#joined.fill(0);
  }

  /** Lets go of joint j: the next `aim` lays it over the command anew. */
  part(j: number): void {
    this.#joined[j] = 0;
    this.target[j] = Number.NaN;
  }

  /**
   * Sets target and rate of joint j.
   *
   * @param h step, s
   * @param rest where the joint would come to rest from where it is, rad: the target at first
   */
  aim(j: number, h: number, rest: number): void {
    const carried = clamp(this.#time - at(this.#row, 0), 0, CARRY);
    const { velocity: most, lower, upper } = this.#limits[j] as FilterLimits;
    const speed = clamp(at(this.velocity, j), -most, most);
    const wanted = at(this.#position, j) + speed * carried;
    if (this.#joined[j] === 0) {
      this.#joined[j] = 1;
      this.#offset[j] = rest - wanted;
    }
    const offset = at(this.#offset, j);
    const step = Math.min(Math.abs(offset), this.#options.alignSpeed * h);
    const left = offset - Math.sign(offset) * step;
    this.#offset[j] = left;
    const target = clamp(wanted + left, lower, upper);
    this.target[j] = target;
    this.rate[j] = target === wanted + left ? speed + (left - offset) / h : 0;
  }

  #take(): void {
    const n = this.#limits.length;
    const gap = clamp(at(this.#incoming, 0) - at(this.#row, 0), 0, this.#options.commandTimeout);
    for (let j = 0; j < n; j++) {
      const position = at(this.#incoming, OPERATOR_HEAD + j);
      const velocity = at(this.#incoming, OPERATOR_HEAD + n + j);
      const expected = at(this.#position, j) + ((at(this.velocity, j) + velocity) / 2) * gap;
      const step = position - expected;
      if (Math.abs(step) > STEP) this.#offset[j] = at(this.#offset, j) - step;
      this.#position[j] = position;
      this.velocity[j] = velocity;
    }
    this.#row.set(this.#incoming);
  }
}
