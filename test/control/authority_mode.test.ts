/** The table of who commands. */
import { describe, expect, it } from 'vitest';
import { type AuthorityEvent, MODES, nextMode } from '../../src/control/authority_mode.js';

const TAKES = ['take_operator', 'take_correction', 'take_shared', 'take_hold'] as const;
const MOVING: readonly AuthorityEvent[] = ['let_go', 'lost', 'ask', 'reset', 'e_stop'];

describe('the modes of authority', () => {
  it('let an operator take over from every mode but the e-stop', () => {
    for (const mode of MODES) {
      const goals = TAKES.map((event) => nextMode(mode, event));
      const taken = ['operator', 'correction', 'shared', 'hold'];
      expect(goals).toEqual(mode === 'e_stop' ? TAKES.map(() => undefined) : taken);
    }
  });

  it('let nothing but a hand-back or a reset lead to the policy', () => {
    for (const mode of MODES) {
      for (const event of [...TAKES, ...MOVING]) {
        const next = nextMode(mode, event);
        if (next === 'policy') expect([mode, event]).toEqual(['e_stop', 'reset']);
      }
    }
  });

  it('hold when an operator lets go or is lost, and when the policy asks', () => {
    for (const mode of ['operator', 'correction', 'shared'] as const) {
      expect(nextMode(mode, 'let_go')).toBe('hold');
      expect(nextMode(mode, 'lost')).toBe('hold');
    }
    expect(nextMode('policy', 'ask')).toBe('hold');
    expect(nextMode('correction', 'ask')).toBe('hold');
    expect(nextMode('operator', 'ask')).toBeUndefined();
    expect(nextMode('policy', 'lost')).toBeUndefined();
    expect(nextMode('policy', 'let_go')).toBeUndefined();
  });

  it('know one way out of the e-stop', () => {
    for (const mode of MODES) {
      expect(nextMode(mode, 'e_stop')).toBe(mode === 'e_stop' ? undefined : 'e_stop');
    }
    expect(nextMode('e_stop', 'hand_back')).toBeUndefined();
    expect(nextMode('e_stop', 'reset')).toBe('policy');
  });
});
