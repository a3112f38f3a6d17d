/** The faults that a command of the filter itself shows. */
import { Fault } from '../safety/failsafe.js';
import { Reason } from '../safety/reasons.js';
import type { SafeCommand } from '../safety/safe_command.js';

/**
 * @param period measured time since the last tick, s
 * @param energy left in the tank, J; NaN without one
 */
export function commandFaults(command: SafeCommand, period: number, energy: number): number {
  let faults = 0;
  if (period > command.period) faults |= Fault.period;
  if (energy === 0) faults |= Fault.energySpent;
  if (command.reasons.includes(Reason.decelerate)) faults |= Fault.barrier;
  return faults;
}
