/**
 * The one value that a robot output accepts. Files outside src/safety may import its type only; the
 * constructor is private to that room (a test reads every import to keep it so).
 */

/** How the filter dealt with a command, the worst over its joints. */
export const Band = { pass: 0, limit: 1, reject: 2 } as const;

/** Why a joint's command differs from what was asked; the index into REASONS. */
export const Reason = {
  none: 0,
  position: 1,
  velocity: 2,
  acceleration: 3,
  jerk: 4,
  catchUp: 5,
  outside: 6,
  notFinite: 7,
  absurd: 8,
  followingError: 9,
  period: 10,
  stop: 11,
} as const;

/** A reason in words, for diagnostics. */
export const REASONS: readonly string[] = [
  'passed',
  'position limit',
  'velocity limit',
  'acceleration limit',
  'jerk limit',
  'catching up after a limit',
  'started outside its limits: inward only',
  'command not finite',
  'command far outside the position range',
  'joint does not follow its command',
  'tick period refused or capped',
  'stopping',
];

/** Numbers a joint takes in the flat form: position, velocity, acceleration, desired, reason. */
export const FIELDS = 5;
/** Numbers before the joints: band, period. */
export const HEAD = 2;

export class SafeCommand {
  readonly #safe = true;
  /** rad, one per joint in the filter's order; likewise below. */
  readonly positions: Float64Array;
  /** rad/s, backward difference of the positions. */
  readonly velocities: Float64Array;
  /** rad/s², backward difference of the velocities. */
  readonly accelerations: Float64Array;
  /** What was asked for; NaN where nothing was. */
  readonly desired: Float64Array;
  /** A code of `Reason` per joint. */
  readonly reasons: Uint8Array;
  /** A code of `Band`. */
  band: number = Band.pass;
  /** Seconds that the tick counted for. */
  period = 0;

  constructor(joints: number) {
    this.positions = new Float64Array(joints);
    this.velocities = new Float64Array(joints);
    this.accelerations = new Float64Array(joints);
    this.desired = new Float64Array(joints);
    this.reasons = new Uint8Array(joints);
  }

  /** Whether `value` was made by this room. */
  static made(value: object): value is SafeCommand {
    return #safe in value && value.#safe;
  }
}
