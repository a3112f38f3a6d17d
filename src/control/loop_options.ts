/** What stays as it is for the life of a control loop; it travels to its thread. */
import { Action, FAILSAFE } from '../safety/failsafe.js';
import type { FilterLimits } from '../safety/limits.js';
import type { FilterOptions } from '../safety/options.js';
import type { AuthorityOptions } from './authority.js';
import type { MixerOptions } from './command_mixer.js';
import type { ExecutorOptions } from './executors/create_executor.js';
import type { BarrierBounds } from './loop_settings.js';
import type { SafetyWatchOptions } from './safety_watch.js';

/** What operators may do, and for how long they may be silent. */
export type OperatorOptions = AuthorityOptions & MixerOptions;

export interface LoopOptions {
  readonly limits: readonly FilterLimits[];
  /** Longest time that a tick may count for, s. */
  readonly longestPeriod: number;
  /** rad; see FilterOptions. */
  readonly startExcess: number;
  readonly followingError?: number;
  /** rad; see JointMonitor. */
  readonly jump: number;
  /** Tolerance for chunk stamps in the future, s. */
  readonly future: number;
  /** How chunks follow one another; the newest counts if absent. */
  readonly executor?: ExecutorOptions;
  /** Of the filter beside the above: what several joints must keep together, and the energy. */
  readonly filter?: FilterOptions;
  /** Greatest speed of a tool centre in manual mode, m/s; as in automatic mode if absent. */
  readonly manualToolSpeed?: number;
  /** In which the barriers may be changed while running; not at all if absent. */
  readonly barrierBounds?: BarrierBounds;
  /** What is watched beside the joint states; nothing if absent. */
  readonly watch?: SafetyWatchOptions;
  /** All joints are one group, with the defaults of the `operator` section, if absent. */
  readonly operator?: OperatorOptions;
}

/** Silence of the measured efforts that is a fault where nothing else is said, s. */
const EFFORT_TIMEOUT = 0.2;

/** What is watched; an energy budget is about measured efforts: with one, all joints must have them. */
export function watchNeeds({ limits, filter, watch }: LoopOptions): SafetyWatchOptions {
  if (filter?.energy === undefined) return { ...watch };
  const thresholds = limits.map((_, i) =>
    Math.min(watch?.effort?.thresholds[i] ?? Number.MAX_VALUE, Number.MAX_VALUE),
  );
  return {
    ...watch,
    effort: { thresholds, timeout: watch?.effort?.timeout ?? EFFORT_TIMEOUT },
  };
}

/** The options for operators, or those of one group of `joints` joints. */
export function operatorNeeds({ limits, operator }: LoopOptions): OperatorOptions {
  const joints = limits.map((_, j) => j);
  return (
    operator ?? {
      groups: [{ name: 'arm', joints, hand: false }],
      timeout: 0.3,
      commandTimeout: 0.2,
      alignSpeed: 0.3,
      correction: 0.15,
    }
  );
}

/** Faults that an operator who moves the arm goes on in spite of. */
export const OVERRIDABLE = FAILSAFE.reduce(
  (bits, { override, action }, i) =>
    override && action > Action.warn && action <= Action.hold ? bits | (1 << i) : bits,
  0,
);
