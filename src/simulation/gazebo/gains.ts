/**
 * Gains of the position controllers when none are given: those of a small servo arm.
 */
import type { GazeboGains } from './gazebo_world.js';

export const DEFAULT_GAINS: GazeboGains = { p: 60, i: 20, d: 0.6, iMax: 3, limit: 10 };
