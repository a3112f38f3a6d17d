/** The mode machine: which events mean something in which phase. */
import { describe, expect, it } from 'vitest';
import { nextPhase, PHASES, type PhaseEvent } from '../../src/control/mode.js';

const EVENTS: PhaseEvent[] = ['activate', 'hold', 'clear', 'stop', 'rest', 'e_stop', 'reset'];

describe('the mode machine', () => {
  it('reaches e_stop from every phase by one event', () => {
    for (const phase of PHASES) {
      if (phase !== 'e_stop') expect(nextPhase(phase, 'e_stop')).toBe('e_stop');
    }
  });

  it('leaves e_stop by a reset only, and never into motion', () => {
    for (const event of EVENTS) {
      expect(nextPhase('e_stop', event)).toBe(event === 'reset' ? 'stopping' : undefined);
    }
  });

  it('begins motion by an activation only', () => {
    for (const event of EVENTS) {
      const next = nextPhase('inactive', event);
      expect(next === 'active').toBe(event === 'activate');
    }
    for (const event of EVENTS) expect(nextPhase('stopping', event)).not.toBe('active');
  });

  it('resumes by itself from hold alone', () => {
    const resuming = PHASES.filter((phase) => nextPhase(phase, 'clear') === 'active');
    expect(resuming).toEqual(['hold']);
  });
});
