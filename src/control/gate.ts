/**
 * The gate that asks: judges the policy's own score of its uncertainty. Above the threshold, which
 * `sinew calibrate gate` finds, the arm holds and an operator is called; so does a score that is no
 * number, and no score for too long.
 */
import { GATE, type OperatorMemory } from './operator_memory.js';

export interface GateOptions {
  readonly threshold: number;
  /** Longest time without a score while the policy commands, s; Infinity does not watch it. */
  readonly timeout: number;
  /** So many scores in a row above the threshold ask. */
  readonly consecutive: number;
}

export class Gate {
  /** The newest score; NaN before the first. */
  score = Number.NaN;
  readonly #memory: OperatorMemory;
  readonly #options: GateOptions;
  readonly #row = new Float64Array(GATE.width);
  #generation = 0;
  #above = 0;
  /** When the policy began to command, or was last scored, s. */
  #since = Number.NaN;

  constructor(memory: OperatorMemory, options: GateOptions) {
    this.#memory = memory;
    this.#options = options;
  }

  /**
   * To be called in every tick in which the policy may command.
   *
   * @param epoch scores of chunks stamped before this time are of before a hand-back, s
   * @returns whether an operator is to be asked
   */
  asks(now: number, epoch: number): boolean {
    if (Number.isNaN(this.#since)) this.#since = now;
    if (this.#take(epoch)) this.#since = now;
    return this.#above >= this.#options.consecutive || now - this.#since > this.#options.timeout;
  }

  /** To be called when the policy does not command: what was is forgotten. */
  rest(): void {
    this.#above = 0;
    this.#since = Number.NaN;
  }

  #take(epoch: number): boolean {
    const { gate } = this.#memory;
    if (gate.generation === this.#generation) return false;
    const generation = gate.read(this.#row);
    if (generation < 0) return false;
    this.#generation = generation;
    if (!((this.#row[GATE.stamp] as number) >= epoch)) return false;
    this.score = this.#row[GATE.score] as number;
    // A score that is no number is above every threshold.
    this.#above = this.score <= this.#options.threshold ? 0 : this.#above + 1;
    return true;
  }
}
