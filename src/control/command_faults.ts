/** The faults that a command of the filter itself shows. */
import { Fault } from '../safety/failsafe.js';
import { Reason } from '../safety/reasons.js';
import type { SafeCommand } from '../safety/safe_command.js';

/** @param period measured time since the last tick, s */
export function commandFaults(command: SafeCommand, period: number): number {
  let faults = 0;
  if (period > command.period) faults |= Fault.period;
  // Not by what is left: creeping on what flows in, a tank is empty in one tick and all but in the next.
  if (command.reasons.includes(Reason.energy)) faults |= Fault.energySpent;
  if (command.reasons.includes(Reason.decelerate)) faults |= Fault.barrier;
  return faults;
}
