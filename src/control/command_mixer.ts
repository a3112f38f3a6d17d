/**
 * Puts the command together joint by joint from those who command it: the policy's curve, the
 * operator's, both, or a way to rest. Whoever takes a joint over does so from where it is commanded
 * to be, with its speed and acceleration. Nothing is allocated after construction.
 */
import { at, clamp } from '../core/vector.js';
import type { SafetyFilter } from '../safety/filter.js';
import type { FilterLimits } from '../safety/limits.js';
import { type Authority, isPolicys, Source } from './authority.js';
import type { Executor } from './executors/executor.js';
import { JointTracker } from './joint_tracker.js';
import { OperatorCommand, type OperatorCommandOptions } from './operator_command.js';
import type { OperatorMemory } from './operator_memory.js';

export interface MixerOptions extends OperatorCommandOptions {
  /** Greatest difference that a correction adds, rad. */
  readonly correction: number;
}

/** Positions, velocities and accelerations of all joints: rad, rad/s, rad/s². */
export type CommandState = Pick<SafetyFilter, 'position' | 'velocity' | 'acceleration'>;

/** What is faster than this in an operator's command is smoothed away, rad/s. */
const POLE = 25;
/** A correction comes and goes with this pole, rad/s. */
const CORRECTION_POLE = 15;
/** Not a code of Source: nothing followed the joint in the last tick. */
const NOBODY = 255;

export class CommandMixer {
  readonly operator: OperatorCommand;
  /** rad; set by `compose`. */
  readonly position: Float64Array;
  readonly #executor: Executor;
  readonly #options: MixerOptions;
  /** Of joints that the operator moves, or that stand while others move. */
  readonly #tracker: JointTracker;
  /** The difference that corrections are to add, rad, and the one that they do. */
  readonly #wish: Float64Array;
  readonly #delta: JointTracker;
  readonly #followed: Uint8Array;
  /** What the policy takes over from; set by `base`. */
  readonly #base: CommandState;
  #corrected = false;

  constructor(
    memory: OperatorMemory,
    executor: Executor,
    limits: readonly FilterLimits[],
    options: MixerOptions,
  ) {
    const n = limits.length;
    this.#executor = executor;
    this.#options = options;
    this.operator = new OperatorCommand(memory, limits, options);
    this.position = new Float64Array(n);
    this.#tracker = new JointTracker(limits, POLE);
    this.#wish = new Float64Array(n);
    this.#delta = new JointTracker(limits, CORRECTION_POLE);
    this.#followed = new Uint8Array(n).fill(NOBODY);
    this.#base = {
      position: new Float64Array(n),
      velocity: new Float64Array(n),
      acceleration: new Float64Array(n),
    };
  }

  /**
   * Sets `position` to what is to be commanded h seconds after the last command.
   *
   * @param policy whether the executor has a command and may be followed; its joints stand otherwise
   */
  compose(h: number, authority: Authority, policy: boolean, filter: CommandState): void {
    for (let j = 0; j < this.position.length; j++) {
      const wanted = authority.sources[j] as number;
      const source = isPolicys(wanted) && !policy ? Source.hold : wanted;
      const taken = source !== this.#followed[j];
      this.#followed[j] = source;
      this.#correct(j, h, source, wanted);
      if (isPolicys(source)) {
        this.position[j] = at(this.#executor.position, j) + at(this.#delta.position, j);
        continue;
      }
      if (taken) this.#takeOver(j, filter);
      if (h === 0) continue;
      if (source === Source.operator && this.operator.fresh) this.#operate(j, h);
      else this.#tracker.rest(j, h);
      this.position[j] = at(this.#tracker.position, j);
    }
  }

  /** To be called in a tick that follows nobody: who comes next takes over from the command. */
  release(): void {
    this.#followed.fill(NOBODY);
    if (!this.#corrected) return;
    this.#delta.velocity.fill(0);
    this.#delta.acceleration.fill(0);
  }

  /** Forgets all differences, as at an activation or a hand-back. */
  forget(): void {
    if (!this.#corrected) return;
    this.#corrected = false;
    for (let j = 0; j < this.position.length; j++) this.#uncorrect(j);
  }

  /** The command without the operator's corrections: what a new chunk takes over from. */
  base(filter: CommandState): CommandState {
    if (!this.#corrected) return filter;
    for (let j = 0; j < this.position.length; j++) {
      this.#base.position[j] = at(filter.position, j) - at(this.#delta.position, j);
      this.#base.velocity[j] = at(filter.velocity, j) - at(this.#delta.velocity, j);
      this.#base.acceleration[j] = at(filter.acceleration, j) - at(this.#delta.acceleration, j);
    }
    return this.#base;
  }

  #takeOver(j: number, filter: CommandState): void {
    const { position, velocity, acceleration } = filter;
    this.#tracker.start(j, at(position, j), at(velocity, j), at(acceleration, j));
    this.operator.part(j);
    this.position[j] = at(position, j);
    // The command already holds what a correction had added.
    if (this.#corrected) this.#uncorrect(j);
  }

  #operate(j: number, h: number): void {
    this.operator.aim(j, h, this.#tracker.resting(j));
    this.#tracker.follow(j, h, at(this.operator.target, j), at(this.operator.rate, j));
  }

  /**
   * Lets the difference of joint j grow by the operator's speed, or go where nobody corrects. It
   * follows what is wished without looking ahead, and so never goes beyond it, nor the bound.
   */
  #correct(j: number, h: number, source: number, wanted: number): void {
    const correcting = wanted === Source.correction && source === Source.correction;
    if (h === 0 || !(correcting || (this.#corrected && source === Source.policy))) return;
    const { correction } = this.#options;
    const speed = correcting && this.operator.fresh ? at(this.operator.velocity, j) : 0;
    const wish = correcting ? clamp(at(this.#wish, j) + speed * h, -correction, correction) : 0;
    this.#wish[j] = wish;
    if (wish !== 0) this.#corrected = true;
    this.#delta.follow(j, h, wish, 0);
  }

  #uncorrect(j: number): void {
    this.#wish[j] = 0;
    this.#delta.start(j, 0, 0, 0);
  }
}
