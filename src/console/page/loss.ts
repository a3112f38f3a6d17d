/** When console or controller count as lost, and what the operator is told then. */
import type { StateMessage } from '../protocol.js';

/** Without a word for so long, the server counts as lost, ms. */
const SERVER_MS = 700;
/** Likewise the controller, s: it speaks five times a second. */
const CONTROLLER_S = 1;
/** What is wrong, worst first; undefined when all can be heard. */
export function lossOf(
  state: StateMessage | undefined,
  silentMs: number,
): { readonly what: string; readonly cure: string } | undefined {
  if (silentMs > SERVER_MS || state === undefined) {
    return {
      what: 'CONNECTION TO THE CONSOLE LOST',
      cure: 'What you see is old and nothing you do here arrives. Use the robot’s own e-stop.',
    };
  }
  const age = state.ages['authority'] ?? null;
  if (age === null || age > CONTROLLER_S) {
    const since = age === null ? 'It has not been heard yet.' : `Silent for ${age.toFixed(1)} s.`;
    return {
      what: 'CONTROLLER LOST',
      cure: `${since} The robot stops by its own time-out. sinew starts the controller again.`,
    };
  }
  return undefined;
}
