/**
 * The life cycle of a managed ROS 2 node as data: states, transitions and their numbers as in
 * lifecycle_msgs, and which callback's outcome leads where. A test holds it against rclpy's.
 */
import type { IdAndLabel, TransitionDescription } from './service_types.js';

/** Numbers of lifecycle_msgs/State. */
export const stateIds = {
  unknown: 0,
  unconfigured: 1,
  inactive: 2,
  active: 3,
  finalized: 4,
  configuring: 10,
  cleaningup: 11,
  shuttingdown: 12,
  activating: 13,
  deactivating: 14,
  errorprocessing: 15,
} as const;

export type LifecycleState = keyof typeof stateIds;

/** A state in which a node rests, from one transition to the next. */
export type PrimaryState = 'unconfigured' | 'inactive' | 'active' | 'finalized';

/** What a client can ask for. */
export type LifecycleRequest = 'configure' | 'cleanup' | 'activate' | 'deactivate' | 'shutdown';

export interface Transition {
  readonly id: number;
  readonly label: string;
  readonly start: LifecycleState;
  readonly goal: LifecycleState;
}

export interface LifecycleStep extends Transition {
  readonly label: LifecycleRequest;
  /** Where the node rests after its callback succeeded, and after it refused. */
  readonly success: PrimaryState;
  readonly failure: PrimaryState;
}

const step = (
  id: number,
  label: LifecycleRequest,
  start: PrimaryState,
  goal: LifecycleState,
  success: PrimaryState,
  failure: PrimaryState,
): LifecycleStep => ({ id, label, start, goal, success, failure });

/** The transitions that clients trigger. */
export const lifecycleSteps: readonly LifecycleStep[] = [
  step(1, 'configure', 'unconfigured', 'configuring', 'inactive', 'unconfigured'),
  step(2, 'cleanup', 'inactive', 'cleaningup', 'unconfigured', 'inactive'),
  step(3, 'activate', 'inactive', 'activating', 'active', 'inactive'),
  step(4, 'deactivate', 'active', 'deactivating', 'inactive', 'active'),
  step(5, 'shutdown', 'unconfigured', 'shuttingdown', 'finalized', 'finalized'),
  step(6, 'shutdown', 'inactive', 'shuttingdown', 'finalized', 'finalized'),
  step(7, 'shutdown', 'active', 'shuttingdown', 'finalized', 'finalized'),
];

/** How a callback ends. */
export type CallbackOutcome = 'success' | 'failure' | 'error';

/** First number of the three outcomes of each transition state. */
const outcomeBase: readonly [LifecycleState, number][] = [
  ['configuring', 10],
  ['cleaningup', 20],
  ['activating', 30],
  ['deactivating', 40],
  ['shuttingdown', 50],
  ['errorprocessing', 60],
];
const outcomes: readonly CallbackOutcome[] = ['success', 'failure', 'error'];

function outcomeGoal(from: LifecycleState, outcome: CallbackOutcome): LifecycleState {
  if (from === 'errorprocessing') return outcome === 'success' ? 'unconfigured' : 'finalized';
  if (outcome === 'error') return 'errorprocessing';
  const found = lifecycleSteps.find((candidate) => candidate.goal === from);
  return found?.[outcome] ?? 'finalized';
}

/** The transitions that end a callback. */
export const outcomeTransitions: readonly Transition[] = outcomeBase.flatMap(([start, base]) =>
  outcomes.map((outcome, i) => ({
    id: base + i,
    label: `transition_${outcome}`,
    start,
    goal: outcomeGoal(start, outcome),
  })),
);

/** The step that `request` (a label, or the number of a transition) means in `state`. */
export function findStep(
  state: LifecycleState,
  request: string | number,
): LifecycleStep | undefined {
  return lifecycleSteps.find(
    (candidate) =>
      candidate.start === state && (candidate.label === request || candidate.id === request),
  );
}

/** The transition that ends a callback of the state `from`. */
export function outcomeOf(from: LifecycleState, outcome: CallbackOutcome): Transition {
  const label = `transition_${outcome}`;
  const found = outcomeTransitions.find((one) => one.start === from && one.label === label);
  if (found === undefined) throw new RangeError(`no ${outcome} in state ${from}`);
  return found;
}

export function stateMessage(state: LifecycleState): IdAndLabel {
  return { id: stateIds[state], label: state };
}

export function describeTransition({ id, label, start, goal }: Transition): TransitionDescription {
  return {
    transition: { id, label },
    start_state: stateMessage(start),
    goal_state: stateMessage(goal),
  };
}
