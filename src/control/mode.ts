/** The mode machine of the loop as a table: (phase, event) → phase. What is not in it is refused. */

/**
 * inactive: nothing is commanded. active: sources are followed. hold: the command is at rest or on
 * its way there, and goes on by itself. stopping: on its way to rest and inactive. e_stop: at rest
 * or on its way there until the reset.
 */
export type Phase = 'inactive' | 'active' | 'hold' | 'stopping' | 'e_stop';

export type PhaseEvent =
  | 'activate'
  | 'hold'
  | 'clear'
  /** Deactivation, or a fault that stops. */
  | 'stop'
  | 'rest'
  | 'e_stop'
  | 'reset';

/** By number, as they stand in shared memory. */
export const PHASES: readonly Phase[] = ['inactive', 'active', 'hold', 'stopping', 'e_stop'];

const TABLE: Readonly<Record<Phase, Partial<Record<PhaseEvent, Phase>>>> = {
  inactive: { activate: 'active', e_stop: 'e_stop' },
  active: { hold: 'hold', stop: 'stopping', e_stop: 'e_stop' },
  hold: { clear: 'active', stop: 'stopping', e_stop: 'e_stop' },
  stopping: { rest: 'inactive', e_stop: 'e_stop' },
  // A reset ends where every motion needs a new activation.
  e_stop: { reset: 'stopping' },
};

/** The phase after `event`, or undefined when the event means nothing in `phase`. */
export function nextPhase(phase: Phase, event: PhaseEvent): Phase | undefined {
  return TABLE[phase][event];
}
