/** What a command shows of faults: each alone, from both sides. */
import { expect, it } from 'vitest';
import { commandFaults } from '../../src/control/command_faults.js';
import { Fault } from '../../src/safety/failsafe.js';
import { SafeCommand } from '../../src/safety/internal/safe_command.js';
import { Reason } from '../../src/safety/reasons.js';

function command(reason: number): SafeCommand {
  const made = new SafeCommand(3);
  made.period = 0.01;
  made.reasons[1] = reason;
  return made;
}

it('a command that passed on time shows no fault', () => {
  expect(commandFaults(command(Reason.none), 0.01)).toBe(0);
  expect(commandFaults(command(Reason.scene), 0.005)).toBe(0);
});

it('a tick that counted for less than it took shows its period', () => {
  expect(commandFaults(command(Reason.none), 0.010001)).toBe(Fault.period);
});

it('a joint that the energy budget slowed shows as energy spent', () => {
  expect(commandFaults(command(Reason.energy), 0.01)).toBe(Fault.energySpent);
});

it('one joint that the barrier had to brake shows as barrier', () => {
  expect(commandFaults(command(Reason.decelerate), 0.01)).toBe(Fault.barrier);
  const several = command(Reason.decelerate);
  several.reasons[2] = Reason.energy;
  expect(commandFaults(several, 1)).toBe(Fault.barrier | Fault.energySpent | Fault.period);
});
