/** Says at once and unmissably when console or controller are lost, or one of them has lost the page. */
import type { StateMessage } from '../protocol.js';
import { h, place } from './dom.js';

/** Without a word for so long, the server counts as lost, ms. */
const SERVER_MS = 700;
/** Likewise the controller, s: it speaks five times a second. */
export const CONTROLLER_S = 1;
const TITLE = 'sinew console';

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

export class Alarm {
  readonly #host = place('alarm');
  #shown = '';
  /** Something else that matters, such as why the page may only look. */
  note = '';

  show(state: StateMessage | undefined, silentMs: number): void {
    const loss = lossOf(state, silentMs);
    const key = loss === undefined ? `note ${this.note}` : loss.what + loss.cure;
    if (key === this.#shown) return;
    this.#shown = key;
    document.body.classList.toggle('lost', loss !== undefined);
    document.title = loss === undefined ? TITLE : `⚠ ${loss.what}`;
    if (loss !== undefined) {
      const text = h('div', {}, h('strong', {}, loss.what), h('div', {}, loss.cure));
      this.#host.replaceChildren(h('div', { class: 'lost' }, text));
    } else if (this.note !== '') {
      this.#host.replaceChildren(h('div', { class: 'note' }, this.note));
    } else this.#host.replaceChildren();
  }
}
