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
const CORRECTION_POLE = 12;
/** Speed towards the bound of a correction per rad that is left to it, 1/s. */
const APPROACH = 6;
/** Differences below this are none, rad. */
const NONE = 1e-6;
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
  /** The difference that corrections have added. */
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
    for (let j = 0; j < this.position.length; j++) this.#delta.start(j, 0, 0, 0);
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
    if (this.#corrected) this.#delta.start(j, 0, 0, 0);
  }

  #operate(j: number, h: number): void {
    this.operator.aim(j, h, this.#tracker.resting(j));
    this.#tracker.follow(j, h, at(this.operator.target, j), at(this.operator.rate, j));
  }

  /** Lets the difference of joint j grow by the operator's speed, or go where nobody corrects. */
  #correct(j: number, h: number, source: number, wanted: number): void {
    const delta = this.#delta;
    if (h === 0) return;
    if (wanted === Source.correction && source === Source.correction) {
      const { correction } = this.#options;
      const present = at(delta.position, j);
      const speed = this.operator.fresh ? at(this.operator.velocity, j) : 0;
      const up = APPROACH * Math.max(0, correction - present);
      const down = -APPROACH * Math.max(0, correction + present);
      delta.run(j, h, clamp(speed, down, up));
      if (Math.abs(at(delta.position, j)) > NONE) this.#corrected = true;
    } else if (this.#corrected && source === Source.policy) {
      delta.follow(j, h, 0, 0);
      if (Math.abs(at(delta.position, j)) < NONE && Math.abs(at(delta.velocity, j)) < NONE) {
        delta.start(j, 0, 0, 0);
      }
    }
  }
}
