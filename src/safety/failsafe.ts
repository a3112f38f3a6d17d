/**
 * The failsafe table as data: what each fault does, how it clears, whether an operator who holds
 * authority may override it, how long it may be deferred and which stop it asks for. Faults are bits
 * of one number, so that a tick can collect and judge them without allocating; the worst action
 * among them wins.
 */

/** What is done, from mild to severe; the number is the severity. */
export const Action = {
  none: 0,
  /** Shown, nothing else. */
  warn: 1,
  /** Goes on at reduced speed, for as long as the fault lasts. */
  slow: 2,
  /** Decelerate to rest and hold, for as long as the fault lasts. */
  hold: 3,
  /** Decelerate to rest, then inactive: motion needs a new activation. */
  stop: 4,
  /** Decelerate to rest and hold until an explicit reset, then inactive. */
  eStop: 5,
} as const;

/** A severity of `Action`. */
export type ActionLevel = (typeof Action)[keyof typeof Action];

export type Clears = 'by itself' | 'takeover or hand-back' | 'new activation' | 'reset';

/**
 * How to come to rest: 'path' with all joints in step, along the direction of motion; 'joint' with
 * each joint as fast as it can.
 */
export type StopKind = 'path' | 'joint';

/** One row of the table. */
export interface FailsafeRow {
  readonly name: string;
  readonly action: ActionLevel;
  readonly clears: Clears;
  /** Whether the operator in command may go on in spite of it. */
  readonly override: boolean;
  /** Longest time that the fault may last before its action, s; 0: at once. See Deferral. */
  readonly deferrable: number;
  readonly stop: StopKind;
  /** What happened and what to do, for people. */
  readonly text: string;
}

/** The operator may override a fault of the policy, never one of the robot or of its sensors. */
const OVERRIDE = true;
const NO_OVERRIDE = false;

function row(
  name: string,
  action: ActionLevel,
  clears: Clears,
  override: boolean,
  deferrable: number,
  stop: StopKind,
  text: string,
): FailsafeRow {
  return { name, action, clears, override, deferrable, stop, text };
}

function stop(name: string, kind: StopKind, text: string): FailsafeRow {
  return row(name, Action.stop, 'new activation', NO_OVERRIDE, 0, kind, text);
}

function warn(name: string, text: string): FailsafeRow {
  return row(name, Action.warn, 'by itself', OVERRIDE, 0, 'path', text);
}

/** A fault of what commands the arm: it waits at rest for the next command that is good. */
function hold(name: string, deferrable: number, text: string): FailsafeRow {
  return row(name, Action.hold, 'by itself', OVERRIDE, deferrable, 'path', text);
}

/** The arm waits for a person: nothing but a takeover or an explicit hand-back ends it. */
function call(name: string, text: string): FailsafeRow {
  return row(name, Action.hold, 'takeover or hand-back', OVERRIDE, 0, 'path', text);
}

/** All faults; the index of a row is its bit. At most 31 of them fit. */
export const FAILSAFE: readonly FailsafeRow[] = [
  row(
    'e_stop',
    Action.eStop,
    'reset',
    NO_OVERRIDE,
    0,
    'joint',
    'e-stop engaged; call reset, then activate',
  ),
  stop('e_stop_source_lost', 'joint', 'no message from the e-stop'),
  stop('joint_state_missing', 'joint', 'no usable joint state yet'),
  stop('joint_state_stale', 'joint', 'joint states stopped coming'),
  stop('joint_state_jump', 'joint', 'a joint moved faster than it can'),
  stop('following_error', 'joint', 'a joint does not follow'),
  stop('start_refused', 'path', 'cannot start from this position'),
  stop('second_publisher', 'path', 'another node commands this robot'),
  stop('clock_backwards', 'path', 'the ROS clock went backwards'),
  stop('shutdown', 'path', 'the controller was told to stop'),
  hold('command_rejected', 0, 'the filter rejected a command'),
  hold('chunk_rejected', 0, 'a chunk was refused; see its fault'),
  hold('chunk_stale', 0, 'the chunk is too old'),
  hold('chunk_missing', 0, 'no chunk left to execute'),
  warn('period', 'a tick came late and was capped'),
  stop('operator_stale', 'path', 'no message from the operator'),
  hold('camera_stale', 0.5, 'a camera stopped sending images'),
  stop('effort_exceeded', 'joint', 'a joint pushes harder than its threshold'),
  stop('effort_stale', 'joint', 'no measured effort where one is needed'),
  stop('force_exceeded', 'joint', 'the tool is pushed harder than its threshold'),
  stop('wrench_stale', 'joint', 'no measured wrench where one is needed'),
  warn('energy_spent', 'the energy budget is used up; commands are scaled down'),
  row(
    'risk_slow',
    Action.slow,
    'by itself',
    OVERRIDE,
    0,
    'path',
    'the critic sees a risk; reduced speed',
  ),
  hold('risk_hold', 0, 'the critic sees a great risk'),
  hold('risk_stale', 0, 'no score from the critic'),
  warn('barrier', 'no safe step towards the command; decelerating'),
  warn('rate_cap', 'too many messages came; the rest is dropped unread'),
  call('operator_lost', 'the operator was lost with the deadman held'),
  call('gate_asks', 'the policy is too uncertain; it asks for an operator'),
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
  operatorStale: 1 << 15,
  cameraStale: 1 << 16,
  effortExceeded: 1 << 17,
  effortStale: 1 << 18,
  forceExceeded: 1 << 19,
  wrenchStale: 1 << 20,
  energySpent: 1 << 21,
  riskSlow: 1 << 22,
  riskHold: 1 << 23,
  riskStale: 1 << 24,
  barrier: 1 << 25,
  rateCap: 1 << 26,
  operatorLost: 1 << 27,
  gateAsks: 1 << 28,
} as const;

/** The worst action among the faults of a set. */
export function worstAction(faults: number): number {
  let worst: number = Action.none;
  for (let i = 0; i < FAILSAFE.length; i++) {
    if ((faults & (1 << i)) !== 0) worst = Math.max(worst, (FAILSAFE[i] as FailsafeRow).action);
  }
  return worst;
}

/** The faults of a set whose action is at least `action`. */
export function faultsFrom(faults: number, action: ActionLevel): number {
  let found = 0;
  for (let i = 0; i < FAILSAFE.length; i++) {
    if ((FAILSAFE[i] as FailsafeRow).action >= action) found |= faults & (1 << i);
  }
  return found;
}

/** How to stop for a set of faults: 'joint' if any that holds, stops or e-stops asks for it. */
export function stopKind(faults: number): StopKind {
  const stopping = faultsFrom(faults, Action.hold);
  for (let i = 0; i < FAILSAFE.length; i++) {
    if ((stopping & (1 << i)) !== 0 && (FAILSAFE[i] as FailsafeRow).stop === 'joint')
      return 'joint';
  }
  return 'path';
}

/** The rows of a fault set, worst first; for diagnostics. */
export function faultRows(faults: number): FailsafeRow[] {
  return FAILSAFE.filter((_, i) => (faults & (1 << i)) !== 0).sort((a, b) => b.action - a.action);
}
