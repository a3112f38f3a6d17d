/**
 * The failsafe table as data: what each fault does, how it clears and whether an operator who holds
 * authority may override it. Faults are bits of one number, so that a tick can collect and judge
 * them without allocating; the worst action among them wins.
 */

/** What is done, from mild to severe; the number is the severity. */
export const Action = {
  none: 0,
  /** Shown, nothing else. */
  warn: 1,
  /** Decelerate to rest and hold, for as long as the fault lasts. */
  hold: 2,
  /** Decelerate to rest, then inactive: motion needs a new activation. */
  stop: 3,
  /** Decelerate to rest and hold until an explicit reset, then inactive. */
  eStop: 4,
} as const;

/** A severity of `Action`. */
export type ActionLevel = (typeof Action)[keyof typeof Action];

export type Clears = 'by itself' | 'new activation' | 'reset';

/** One row of the table. */
export interface FailsafeRow {
  readonly name: string;
  readonly action: ActionLevel;
  readonly clears: Clears;
  /** Whether the operator in command may go on in spite of it. */
  readonly override: boolean;
  /** What happened and what to do, for people. */
  readonly text: string;
}

function row(
  name: string,
  action: ActionLevel,
  clears: Clears,
  override: boolean,
  text: string,
): FailsafeRow {
  return { name, action, clears, override, text };
}

/** All faults; the index of a row is its bit. */
export const FAILSAFE: readonly FailsafeRow[] = [
  row('e_stop', Action.eStop, 'reset', false, 'e-stop engaged; call reset, then activate'),
  row('e_stop_source_lost', Action.stop, 'new activation', false, 'no message from the e-stop'),
  row('joint_state_missing', Action.stop, 'new activation', false, 'no usable joint state yet'),
  row('joint_state_stale', Action.stop, 'new activation', false, 'joint states stopped coming'),
  row('joint_state_jump', Action.stop, 'new activation', false, 'a joint moved faster than it can'),
  row('following_error', Action.stop, 'new activation', false, 'a joint does not follow'),
  row('start_refused', Action.stop, 'new activation', false, 'cannot start from this position'),
  row('second_publisher', Action.stop, 'new activation', false, 'another node commands this robot'),
  row('clock_backwards', Action.stop, 'new activation', false, 'the ROS clock went backwards'),
  row('shutdown', Action.stop, 'new activation', false, 'the controller was told to stop'),
  row('command_rejected', Action.hold, 'by itself', true, 'the filter rejected a command'),
  row('chunk_rejected', Action.hold, 'by itself', true, 'a chunk was refused; see its fault'),
  row('chunk_stale', Action.hold, 'by itself', true, 'the chunk is too old'),
  row('chunk_missing', Action.hold, 'by itself', true, 'no chunk left to execute'),
  row('period', Action.warn, 'by itself', true, 'a tick came late and was capped'),
];

/** Bit of each fault in a fault set. */
export const Fault = {
  eStop: 1 << 0,
  eStopSourceLost: 1 << 1,
  jointStateMissing: 1 << 2,
  jointStateStale: 1 << 3,
  jointStateJump: 1 << 4,
  followingError: 1 << 5,
  startRefused: 1 << 6,
  secondPublisher: 1 << 7,
  clockBackwards: 1 << 8,
  shutdown: 1 << 9,
  commandRejected: 1 << 10,
  chunkRejected: 1 << 11,
  chunkStale: 1 << 12,
  chunkMissing: 1 << 13,
  period: 1 << 14,
} as const;

/** The worst action among the faults of a set. */
export function worstAction(faults: number): number {
  let worst: number = Action.none;
  for (let i = 0; i < FAILSAFE.length; i++) {
    if ((faults & (1 << i)) !== 0) worst = Math.max(worst, FAILSAFE[i]?.action as number);
  }
  return worst;
}

/** The rows of a fault set, worst first; for diagnostics. */
export function faultRows(faults: number): FailsafeRow[] {
  return FAILSAFE.filter((_, i) => (faults & (1 << i)) !== 0).sort((a, b) => b.action - a.action);
}
