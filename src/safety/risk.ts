/**
 * What the score of a critic asks for: nothing, slower, or hold. It can only make things safer: the
 * caller lowers the speed or holds in addition to all else. No clock of its own.
 */
import { SinewError } from '../core/error.js';
import { fresh } from './force_limits.js';

/** What the newest score asks for, from mild to severe. */
export const Risk = {
  none: 0,
  slow: 1,
  hold: 2,
  /** No score, or none that is a number: to be held for as well. */
  stale: 3,
} as const;

export interface RiskOptions {
  /** Scores above this slow down, and above that hold; 0 ≤ slowAbove ≤ holdAbove. */
  readonly slowAbove: number;
  readonly holdAbove: number;
  /** Share of the velocity limits that is left when slow, 0 < factor ≤ 1. */
  readonly slowFactor: number;
  /** Longest silence of the critic, s. */
  readonly timeout: number;
}

/** A level is left when the score has come down to this share of its threshold. */
const RELEASE = 0.9;

export class RiskMonitor {
  /** Share of the velocity limits to be left when slow. */
  readonly slowFactor: number;
  readonly #options: RiskOptions;
  #level: number = Risk.none;

  /** @throws SinewError when an option is out of its range */
  constructor(options: RiskOptions) {
    const { slowAbove, holdAbove, slowFactor, timeout } = options;
    check('slowAbove', slowAbove, slowAbove >= 0, 'a number from 0');
    check('holdAbove', holdAbove, holdAbove >= slowAbove, 'a number from slowAbove');
    check('slowFactor', slowFactor, slowFactor > 0 && slowFactor <= 1, 'above 0, up to 1');
    check('timeout', timeout, timeout > 0, 'seconds above 0');
    this.slowFactor = slowFactor;
    this.#options = options;
  }

  /**
   * Judges the newest score.
   *
   * @param received when it came, s
   * @returns a code of Risk
   */
  judge(score: number, received: number, now: number): number {
    const { slowAbove, holdAbove, timeout } = this.#options;
    if (Number.isNaN(score) || !fresh(received, now, timeout)) return Risk.stale;
    const hold = this.#level === Risk.hold ? RELEASE * holdAbove : holdAbove;
    const slow = this.#level === Risk.none ? slowAbove : RELEASE * slowAbove;
    if (score > hold) this.#level = Risk.hold;
    else this.#level = score > slow ? Risk.slow : Risk.none;
    return this.#level;
  }
}

function check(what: string, value: number, good: boolean, expected: string): void {
  if (!good) throw new SinewError(`${what} is ${value}`, { where: 'risk', expected });
}
