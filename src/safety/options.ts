/** What the filter is told beyond the joints' own limits: plain data that any thread can be given. */
import type { CollisionModel } from '../description/collision_types.js';

/** A side of a plane: what keeps to it stays where normal · x ≥ offset. Base frame, metres. */
export interface HalfSpace {
  readonly name: string;
  /** Unit vector. */
  readonly normal: readonly [number, number, number];
  readonly offset: number;
}

/** How a barrier acts; all three may be changed while running. */
export interface BarrierSettings {
  /** 1/s: at most this share of the distance that is left to the margin may be used up a second. */
  gain: number;
  /** m: distance that links of the robot are kept from each other. Half of it is never used up. */
  selfMargin: number;
  /** The same from the scene, and of tool centres from the planes of the workspace. */
  sceneMargin: number;
}

/** Limits in space, for `SafetyFilter`. */
export interface CartesianLimits {
  /** Capsules of the robot and what they must not meet. */
  readonly model: CollisionModel;
  /** Links whose origins are tool centres. */
  readonly tools: readonly string[];
  /** Greatest speed of a tool centre, m/s; Infinity for none. */
  readonly toolSpeed: number;
  /** Where tool centres must stay. */
  readonly workspace: readonly HalfSpace[];
  readonly barrier: Readonly<BarrierSettings>;
  /** How deep two capsules may overlap when motion begins, m; beyond, `start` refuses. */
  readonly grossOverlap: number;
}

/** A passivity tank: the energy that commands may put out. */
export interface EnergyBudget {
  /** J: what the tank holds when it is full, as at every start. */
  readonly budget: number;
  /** W: what flows back in, beside what the robot dissipates. */
  readonly refill: number;
}

/** Settings of a `SafetyFilter`; what is absent takes the default. */
export interface FilterOptions {
  /** Longest time that one tick may count for, s; a longer one is capped. Default 0.05. */
  readonly longestPeriod?: number;
  /** How far outside its range a joint may be at start, rad; beyond, `start` refuses. Default 0.1. */
  readonly grossExcess?: number;
  /** Greatest distance of the measured from the commanded position, rad. Default Infinity. */
  readonly followingError?: number;
  /** Keep the direction of motion when a joint is limited, by slowing the others. Default false. */
  readonly synchronise?: boolean;
  readonly cartesian?: CartesianLimits;
  readonly energy?: EnergyBudget;
}
