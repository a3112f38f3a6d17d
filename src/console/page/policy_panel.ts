/** Which policy runs, what it is told to do, and whether it is active. */
import type { HealthMessage, Welcome } from '../protocol.js';
import { h, place, say } from './dom.js';
import type { Wish } from './wish.js';

export class PolicyPanel {
  readonly #state = h('p', { class: 'hint' });
  readonly #toggle: HTMLButtonElement;
  readonly #package: HTMLSelectElement;
  readonly #instruction: HTMLInputElement;
  readonly #form: HTMLFormElement;
  readonly #operates: boolean;
  #active = false;

  constructor(welcome: Welcome, send: (wish: Wish) => unknown) {
    this.#operates = welcome.role === 'operator';
    const { policies, instructions } = welcome;
    this.#toggle = h('button', { type: 'button', disabled: true }, 'Activate policy');
    this.#toggle.addEventListener('click', () => {
      send({ type: 'lifecycle', node: 'policy', active: !this.#active });
    });
    this.#package = h(
      'select',
      { 'aria-label': 'policy', hidden: policies.length === 0, disabled: !this.#operates },
      ...policies.map((folder) => h('option', { value: folder }, shortName(folder))),
    );
    this.#package.style.width = '100%';
    this.#package.addEventListener('change', () => {
      send({ type: 'policy', package: this.#package.value });
    });
    this.#instruction = h('input', {
      type: 'text',
      list: 'instructions',
      maxlength: 500,
      'aria-label': 'instruction',
      disabled: !this.#operates,
    });
    this.#instruction.style.flex = '1';
    const choices = h('datalist', { id: 'instructions' });
    choices.append(...instructions.map((text) => h('option', { value: text })));
    this.#form = h(
      'form',
      { class: 'row', hidden: true },
      this.#instruction,
      choices,
      h('button', {}, 'Tell'),
    );
    this.#form.addEventListener('submit', (event) => {
      event.preventDefault();
      send({ type: 'policy', instruction: this.#instruction.value.trim() });
      this.#instruction.blur();
    });
    place('policy').replaceChildren(
      h('h2', {}, 'Policy'),
      this.#state,
      h('div', { class: 'row' }, this.#package),
      this.#form,
      h('div', { class: 'row' }, this.#toggle),
    );
  }

  health({ policy, lifecycle }: HealthMessage): void {
    const state = lifecycle['policy'] || 'not heard';
    this.#active = state === 'active';
    say(this.#state, `${shortName(policy.package ?? 'unknown')} · ${state}`);
    say(this.#toggle, this.#active ? 'Deactivate policy' : 'Activate policy');
    this.#toggle.disabled = !this.#operates || !['active', 'inactive'].includes(state);
    this.#form.hidden = policy.instruction === undefined;
    if (policy.package !== undefined && document.activeElement !== this.#package) {
      const known = [...this.#package.options].find(
        ({ value }) => shortName(value) === shortName(policy.package ?? ''),
      );
      this.#package.value = known?.value ?? '';
    }
    if (policy.instruction !== undefined && document.activeElement !== this.#instruction) {
      this.#instruction.value = policy.instruction;
    }
  }
}

/** The last part of a path. */
function shortName(folder: string): string {
  return folder.replace(/\/+$/, '').split('/').at(-1) ?? folder;
}
