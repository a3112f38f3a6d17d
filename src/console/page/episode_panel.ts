/** Marks an episode: its start, what came of it, a note; for whoever records or evaluates. */
import { h, place } from './dom.js';
import type { Wish } from './wish.js';

const EVENTS = [
  ['start', 'Start'],
  ['success', 'Success'],
  ['failure', 'Failure'],
  ['discard', 'Discard'],
] as const;

export class EpisodePanel {
  readonly #note: HTMLInputElement;

  constructor(send: (wish: Wish) => unknown, operates: boolean) {
    const buttons = EVENTS.map(([event, text]) => {
      const button = h(
        'button',
        { type: 'button', disabled: !operates, 'data-event': event },
        text,
      );
      button.addEventListener('click', () => send({ type: 'episode', event }));
      return button;
    });
    this.#note = h('input', {
      type: 'text',
      maxlength: 500,
      placeholder: 'note',
      'aria-label': 'note; the space bar writes here, Esc leaves',
      disabled: !operates,
    });
    this.#note.style.flex = '1';
    this.#note.style.minWidth = '0';
    const form = h(
      'form',
      { class: 'row' },
      this.#note,
      h('button', { disabled: !operates }, 'Note'),
    );
    form.addEventListener('submit', (event) => {
      event.preventDefault();
      const note = this.#note.value.trim();
      if (note === '') return;
      send({ type: 'episode', event: 'note', note });
      this.#note.value = '';
      this.#note.blur();
    });
    place('episode').replaceChildren(
      h('h2', {}, 'Episode'),
      h('div', { class: 'row even' }, ...buttons),
      form,
    );
  }

  write(): void {
    this.#note.focus();
  }
}
