/** What the policy loop asks of its idea of what the controller executes. */
import type { Prefix } from './real_time_chunking.js';

export interface Planner {
  /** Why chunks do not follow one another without a stop; undefined while they do. */
  readonly fault: string | undefined;
  /** The next chunk goes on from none: samplers that keep something from chunk to chunk forget it. */
  readonly anew: boolean;
  /** When the first step of the chunk given last is due, s. */
  readonly begins: number;
  /** Forgets what was planned: a new episode, a reset, a clock that jumped. */
  begin(): void;
  /**
   * The controller executes nothing any more since `at`, s; the next chunk goes on from nothing. A
   * chunk given after that is not concerned.
   */
  interrupted(at?: number): void;
  /** Whether a chunk is to be computed from an observation stamped `stamp`, s. */
  due(stamp: number): boolean;
  /**
   * What a chunk from the observation `stamp` has to go on from; undefined when it need not. Valid
   * until the next call.
   */
  prefix(stamp: number): Prefix | undefined;
  /**
   * A chunk has been computed.
   *
   * @param actions rad, [steps, joints]
   * @param at when the controller takes it over, as far as is known, s
   * @returns false when it must not be executed
   */
  given(stamp: number, actions: ArrayLike<number>, at: number): boolean;
  /** The controller has begun with the chunk stamped `stamp` at the time `at`, s. */
  consumed(stamp: number, at: number): void;
}
