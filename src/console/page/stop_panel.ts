/** The e-stop, and apart from it what ends it: reset, then activation. */
import type { HealthMessage, StateMessage } from '../protocol.js';
import { h, mark, place, say } from './dom.js';
import type { Wish } from './wish.js';

export class StopPanel {
  readonly #send: (wish: Wish) => unknown;
  readonly #detail = h('small', {}, 'or the space bar');
  readonly #stop: HTMLButtonElement;
  readonly #reset: HTMLButtonElement;
  readonly #activate: HTMLButtonElement;
  #active = false;

  constructor(send: (wish: Wish) => unknown, operates: boolean) {
    this.#send = send;
    this.#stop = h(
      'button',
      { type: 'button', id: 'e-stop', disabled: !operates },
      'E-STOP',
      this.#detail,
    );
    // At the press, not at the release.
    this.#stop.addEventListener('pointerdown', () => this.engage());
    this.#stop.addEventListener('keydown', ({ key }) => {
      if (key === 'Enter') this.engage();
    });
    if (!operates) say(this.#detail, 'view only: use the robot’s own');
    this.#reset = h('button', { type: 'button', id: 'reset', disabled: true }, 'Reset');
    this.#reset.addEventListener('click', () => this.#send({ type: 'reset' }));
    this.#activate = h('button', { type: 'button', id: 'activate', disabled: true }, 'Activate');
    this.#activate.addEventListener('click', () => {
      this.#send({ type: 'lifecycle', node: 'controller', active: !this.#active });
    });
    place('stop').replaceChildren(
      this.#stop,
      h('div', { class: 'cleared' }, this.#reset, this.#activate),
    );
  }

  engage(): void {
    if (!this.#stop.disabled) this.#send({ type: 'e_stop' });
  }

  state({ authority }: StateMessage, operates: boolean): void {
    const phase = authority?.phase ?? '';
    const engaged = phase === 'e_stop';
    mark(this.#stop, 'engaged', String(engaged));
    if (operates) say(this.#detail, engaged ? 'engaged' : 'or the space bar');
    this.#reset.disabled = !operates || !engaged;
    this.#active = phase === 'active' || phase === 'hold';
    this.#activate.disabled = !operates || engaged || phase === 'stopping' || phase === '';
    say(this.#activate, this.#active ? 'Deactivate' : 'Activate');
  }

  /** The faults that are present, with what to do about each. */
  health({ faults, lines }: HealthMessage): void {
    const shown = faults.map(({ action, text, cure }) => ({
      title: text,
      text: `${action} · ${cure}`,
      level: 2,
    }));
    const others = lines
      .filter(({ level, name }) => level > 0 && name !== 'controller: safety')
      .map(({ name, level, message }) => ({
        title: name,
        text: level === 3 ? 'has not reported for 3 s' : message,
        level,
      }));
    const all = [...shown, ...others];
    const key = JSON.stringify(all);
    const host = place('faults');
    if (host.dataset['key'] === key) return;
    host.dataset['key'] = key;
    host.replaceChildren(
      h('h2', {}, all.length === 0 ? 'No faults' : 'Faults and warnings'),
      ...all.map(({ title, text, level }) =>
        h(
          'div',
          { class: 'fault', 'data-level': level },
          h('strong', {}, title),
          h('span', {}, text),
        ),
      ),
    );
  }
}
