/**
 * Thresholds on what the arm pushes with: the measured effort of each joint, and the force and
 * torque that a sensor at the tool measures. A measurement that is not there counts as missing once
 * it has not been there for a time-out. No clock of its own: times are the caller's.
 */
import { SinewError } from '../core/error.js';
import { allFinite, at } from '../core/vector.js';
import { Settling } from './internal/settling.js';

/** What a threshold says of the newest measurement. */
export const Force = { kept: 0, exceeded: 1, missing: 2 } as const;

export interface EffortOptions {
  /** Greatest |measured effort| of each joint, N m (N if prismatic); Infinity: not watched. */
  readonly thresholds: readonly number[];
  /** Longest time without a measurement, s. */
  readonly timeout: number;
}

export interface WrenchOptions {
  /** Greatest norm of the force, N; Infinity: not watched. */
  readonly force: number;
  /** Greatest norm of the torque, N m; Infinity: not watched. */
  readonly torque: number;
  /** Longest time without a measurement, s. */
  readonly timeout: number;
}

export class EffortLimits {
  readonly #thresholds: Float64Array;
  readonly #timeout: number;
  readonly #settling = new Settling();
  /** When all watched joints were last measured, s. */
  #measured = Number.NaN;

  /** @throws SinewError when a threshold or the time-out is not above 0 */
  constructor({ thresholds, timeout }: EffortOptions) {
    for (const [i, threshold] of thresholds.entries()) positive(`threshold ${i}`, threshold);
    positive('timeout', timeout);
    this.#thresholds = Float64Array.from(thresholds);
    this.#timeout = timeout;
  }

  /** An activation at `now` with this measurement: see Settling. */
  restart(effort: Float64Array, now: number): void {
    this.#settling.start(now);
    for (let i = 0; i < this.#thresholds.length; i++) {
      this.#settling.excuse(Math.abs(at(effort, i)) / at(this.#thresholds, i));
    }
  }

  /**
   * Judges the newest measurement; NaN is none.
   *
   * @param effort N m, one a joint
   * @param received when it came, s
   * @returns a code of Force
   */
  judge(effort: Float64Array, received: number, now: number): number {
    const share = this.#settling.share(now);
    let complete = true;
    for (let i = 0; i < this.#thresholds.length; i++) {
      const threshold = at(this.#thresholds, i);
      const size = Math.abs(at(effort, i));
      if (size > share * threshold) return Force.exceeded;
      if (threshold < Infinity && Number.isNaN(size)) complete = false;
    }
    if (complete) this.#measured = received;
    return fresh(this.#measured, now, this.#timeout) ? Force.kept : Force.missing;
  }
}

export class WrenchLimits {
  readonly #force: number;
  readonly #torque: number;
  readonly #timeout: number;
  readonly #settling = new Settling();
  #measured = Number.NaN;

  /** @throws SinewError when a threshold or the time-out is not above 0 */
  constructor({ force, torque, timeout }: WrenchOptions) {
    positive('force', force);
    positive('torque', torque);
    positive('timeout', timeout);
    this.#force = force;
    this.#torque = torque;
    this.#timeout = timeout;
  }

  /** An activation at `now` with this measurement: see Settling. */
  restart(wrench: Float64Array, now: number): void {
    this.#settling.start(now);
    this.#settling.excuse(norm(wrench, 0) / this.#force);
    this.#settling.excuse(norm(wrench, 3) / this.#torque);
  }

  /**
   * Judges the newest measurement; one with a number that is not finite is none.
   *
   * @param wrench force x y z, N, then torque x y z, N m
   * @param received when it came, s
   * @returns a code of Force
   */
  judge(wrench: Float64Array, received: number, now: number): number {
    const share = this.#settling.share(now);
    if (norm(wrench, 0) > share * this.#force) return Force.exceeded;
    if (norm(wrench, 3) > share * this.#torque) return Force.exceeded;
    if (allFinite(wrench)) this.#measured = received;
    return fresh(this.#measured, now, this.#timeout) ? Force.kept : Force.missing;
  }
}

function norm(values: Float64Array, first: number): number {
  const x = at(values, first);
  const y = at(values, first + 1);
  const z = at(values, first + 2);
  return Math.sqrt(x * x + y * y + z * z);
}

/** Whether something at `time` is no older than `timeout`; a time in the future is not trusted. */
export function fresh(time: number, now: number, timeout: number): boolean {
  return Math.abs(now - time) <= timeout;
}

function positive(what: string, value: number): void {
  if (value > 0) return;
  throw new SinewError(`${what} is ${value}`, {
    where: 'force limits',
    expected: 'a number above 0',
  });
}
