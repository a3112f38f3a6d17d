/**
 * Says at once and unmissably when console or controller are lost, or one of them has lost the page; and
 * when the policy asks for an operator.
 */
import type { StateMessage } from '../protocol.js';
import { h, place } from './dom.js';
import { lossOf } from './loss.js';

const TITLE = 'sinew console';
const ASKED = {
  what: 'THE POLICY ASKS FOR AN OPERATOR',
  cure: 'The arm holds. Take over, or let the policy go on: Resume the policy.',
};

export class Alarm {
  readonly #host = place('alarm');
  #shown = '';
  /** Something else that matters, such as why the page may only look. */
  note = '';

  show(state: StateMessage | undefined, silentMs: number): void {
    const loss = lossOf(state, silentMs);
    const asked = state?.authority?.gate?.['asking'] === true ? ASKED : undefined;
    const alarm = loss ?? asked;
    const key = alarm === undefined ? `note ${this.note}` : alarm.what + alarm.cure;
    if (key === this.#shown) return;
    this.#shown = key;
    document.body.classList.toggle('lost', loss !== undefined);
    document.title = alarm === undefined ? TITLE : `⚠ ${alarm.what}`;
    if (alarm !== undefined) {
      const text = h('div', {}, h('strong', {}, alarm.what), h('div', {}, alarm.cure));
      const kind = loss === undefined ? 'asked' : 'lost';
      this.#host.replaceChildren(h('div', { class: kind }, text));
    } else if (this.note !== '') {
      this.#host.replaceChildren(h('div', { class: 'note' }, this.note));
    } else this.#host.replaceChildren();
  }
}
