/** The limits of one joint as the filter uses them, and their check before anything moves. */
import { SinewError } from '../core/error.js';

/** What the filter must know of a joint; `JointLimits` of src/description fits as it is. */
export interface FilterLimits {
  readonly name: string;
  /** Position range, rad (m for a prismatic joint); infinite for a continuous joint. */
  readonly lower: number;
  readonly upper: number;
  /** Greatest speed, rad/s. */
  readonly velocity: number;
  /** Greatest acceleration, rad/s². */
  readonly acceleration: number;
  /** Greatest deceleration, rad/s²; at most `acceleration`, and equal to it if absent. */
  readonly deceleration?: number;
  /** Greatest jerk, rad/s³; Infinity for none. */
  readonly jerk: number;
}

/**
 * Refuses limits that are missing, not numbers, inverted, or not positive.
 *
 * @throws SinewError naming the joint and the limit
 */
export function checkLimits(limits: readonly FilterLimits[]): void {
  if (limits.length === 0) throw new SinewError('no joint has limits', { where: 'limits' });
  for (const joint of limits) {
    const where = `limits of joint "${joint.name}"`;
    if (Number.isNaN(joint.lower) || Number.isNaN(joint.upper)) {
      throw new SinewError(`position range is ${joint.lower} to ${joint.upper}`, {
        where,
        expected: 'two numbers',
      });
    }
    if (joint.lower >= joint.upper) {
      throw new SinewError(`lower limit ${joint.lower} is not below upper ${joint.upper}`, {
        where,
        expected: 'lower < upper',
      });
    }
    positive(where, 'velocity', joint.velocity, Number.isFinite(joint.velocity));
    positive(where, 'acceleration', joint.acceleration, Number.isFinite(joint.acceleration));
    positive(where, 'jerk', joint.jerk, true);
    const { acceleration, deceleration = acceleration } = joint;
    if (!(deceleration > 0 && deceleration <= acceleration)) {
      throw new SinewError(`deceleration limit is ${deceleration}`, {
        where,
        expected: `above 0 and at most the acceleration limit, ${acceleration}`,
      });
    }
  }
}

function positive(where: string, what: string, value: number, bounded: boolean): void {
  if (bounded && value > 0) return;
  throw new SinewError(`${what} limit is ${value}`, { where, expected: 'a number above 0' });
}

/**
 * The acceleration bound that the filter works with, at most the joint's own. Two couplings lower
 * it where jerk is small: speed gained while acceleration is let go must fit the velocity limit
 * (a² / 2J ≤ V), and the room needed to turn round must fit the position range (a³ / J² ≤ range/2);
 * with both, a command that may always brake upwards may also always brake downwards.
 */
export function usableAcceleration(limits: FilterLimits): number {
  const { lower, upper, velocity, acceleration, jerk } = limits;
  return Math.min(
    acceleration,
    Math.sqrt(2 * jerk * velocity),
    Math.cbrt(0.5 * (upper - lower) * jerk * jerk),
  );
}

/** Whether `position` is a whole range beyond the range: no overshoot of a policy, another unit. */
export function farOutside({ lower, upper }: FilterLimits, position: number): boolean {
  return position < 2 * lower - upper || position > 2 * upper - lower;
}
