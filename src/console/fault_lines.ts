/** The faults that the controller reports, in words that tell an operator what to do. */
import { Action, FAILSAFE } from '../safety/failsafe.js';
import type { FaultLine, HealthLine } from './protocol.js';

const ACTIONS: Readonly<Record<number, string>> = {
  [Action.none]: 'none',
  [Action.warn]: 'warning',
  [Action.slow]: 'slowed down',
  [Action.hold]: 'holding',
  [Action.stop]: 'stopped',
  [Action.eStop]: 'e-stop',
};

const CURES: Readonly<Record<string, string>> = {
  'by itself': 'goes on by itself when it is over',
  'new activation': 'remove the cause, then press Activate',
  'takeover or hand-back': 'take over anew, or resume the policy',
  reset: 'make sure that all is clear, press Reset, then Activate',
};

/** Faults named in the line `controller: safety`, the worst first. */
export function faultLines(lines: readonly HealthLine[]): FaultLine[] {
  const safety = lines.find(({ name }) => name === 'controller: safety');
  const names = String(safety?.values['faults'] ?? '')
    .split(' ')
    .filter((name) => name !== '');
  return FAILSAFE.filter(({ name }) => names.includes(name))
    .sort((a, b) => b.action - a.action)
    .map(({ name, action, text, clears, override }) => {
      const cure = CURES[clears] ?? clears;
      return {
        name,
        action: ACTIONS[action] ?? '',
        text,
        cure: override ? `${cure}; an operator may take over` : cure,
      };
    });
}
