/** Says at once and unmissably when console or controller are lost, or one of them has lost the page. */
import type { StateMessage } from '../protocol.js';
import { h, place } from './dom.js';
import { lossOf } from './loss.js';

const TITLE = 'sinew console';

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
