/** Takes in joint states; a sample with a number missing or not finite counts as not received. */
import { JointHistory } from './joint_history.js';
import { type StreamFault, type StreamFaultKind, secondsText } from './stream_fault.js';

/** Name under which joint states stand in diagnostics. */
export const JOINT_STREAM = 'joint_states';

export class JointStream {
  readonly names: readonly string[];
  readonly history: JointHistory;
  readonly #futureTolerance: number;
  #refusal: { kind: StreamFaultKind; detail: string } | null = null;
  /** Samples that came late, doubled or refused. */
  dropped = 0;

  /** @param names all joints that the policy sees, each once */
  constructor(names: readonly string[], capacity: number, futureTolerance: number) {
    this.names = names;
    this.history = new JointHistory(names.length, capacity);
    this.#futureTolerance = futureTolerance;
  }

  /**
   * @param positions rad, in the order of `names`
   * @returns true when the sample was taken
   */
  push(stamp: number, now: number, positions: Float64Array): boolean {
    const bad = positions.findIndex((value) => !Number.isFinite(value));
    this.#refusal = null;
    if (bad >= 0) {
      this.#refusal = {
        kind: 'not_finite',
        detail: `position of ${this.names[bad] ?? bad} is ${positions[bad]}`,
      };
    } else if (!(stamp <= now + this.#futureTolerance)) {
      const detail = `stamped ${secondsText(stamp - now)} ahead of the clock`;
      this.#refusal = { kind: 'future', detail };
    }
    if (this.#refusal !== null || stamp <= this.history.newest) {
      this.dropped++;
      return false;
    }
    this.history.push(stamp, positions);
    return true;
  }

  /** Notes a message that could not be read, such as one without a joint. */
  refuse(detail: string): void {
    this.#refusal = { kind: 'missing', detail };
    this.dropped++;
  }

  /** Why joint states may not be used now, or null. */
  fault(now: number, ageBudget: number): StreamFault | null {
    const age = now - this.history.newest;
    if (this.#refusal !== null) return { stream: JOINT_STREAM, age, ...this.#refusal };
    if (this.history.length === 0) {
      return { stream: JOINT_STREAM, kind: 'missing', detail: 'no message yet', age };
    }
    if (age <= ageBudget) return null;
    const detail = `last message ${secondsText(age)} ago, budget ${secondsText(ageBudget)}`;
    return { stream: JOINT_STREAM, kind: 'stale', detail, age };
  }

  clear(): void {
    this.history.clear();
    this.#refusal = null;
  }
}
