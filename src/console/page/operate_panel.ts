/** Who commands: take over and hand back, all at once or group by group, and in which mode. */
import type { Mode, StateMessage, Welcome } from '../protocol.js';
import type { AuthorityHold } from './authority_hold.js';
import { h, mark, place, say, words } from './dom.js';
import { nameField } from './operator_name.js';
import type { Wish } from './wish.js';

const MODES: readonly (readonly [Mode, string])[] = [
  ['operator', 'operator: what is not taken holds'],
  ['shared', 'shared: what is not taken follows the policy'],
  ['correction', 'correction: adds to the policy'],
];

export class OperatePanel {
  readonly #hold: AuthorityHold;
  readonly #groups: readonly string[];
  readonly #operates: boolean;
  readonly #take: HTMLButtonElement;
  readonly #letGo: HTMLButtonElement;
  readonly #handBack: HTMLButtonElement;
  readonly #resume: HTMLButtonElement;
  readonly #mode: HTMLSelectElement;
  readonly #why = h('p', { class: 'hint', 'aria-live': 'polite' });
  /** The controller's reason, as said last. */
  #reason = '';
  readonly #rows = new Map<
    string,
    { take: HTMLButtonElement; give: HTMLButtonElement; who: HTMLElement }
  >();

  constructor(welcome: Welcome, hold: AuthorityHold, send: (wish: Wish) => unknown) {
    this.#hold = hold;
    this.#groups = Object.keys(welcome.robot.groups);
    this.#operates = welcome.role === 'operator';
    const button = (id: string, text: string, key: string, action: () => void, main = false) =>
      h(
        'button',
        {
          type: 'button',
          id,
          onclick: action,
          disabled: !this.#operates,
          class: main ? 'main' : '',
        },
        `${text} `,
        h('kbd', {}, key),
      );
    this.#take = button('take', 'Take over', 'T', () => this.takeAll(), true);
    this.#handBack = button('hand-back', 'Hand back', 'H', () => this.handBack());
    this.#letGo = button('let-go', 'Let go, hold', 'Esc', () => hold.letGo());
    this.#resume = h('button', { type: 'button', id: 'resume', hidden: true }, 'Resume the policy');
    this.#resume.addEventListener('click', () => send({ type: 'resume' }));
    this.#mode = h(
      'select',
      { id: 'take-mode', 'aria-label': 'mode', disabled: !this.#operates },
      ...MODES.map(([value, text]) => h('option', { value }, text)),
    );
    this.#mode.style.width = '100%';
    this.#mode.addEventListener('change', () => this.#changeMode());
    const rows = this.#groups.flatMap((group) => this.#row(group));
    const name = nameField((name) => send({ type: 'name', name }));
    name.style.width = '100%';
    place('operate').replaceChildren(
      h('h2', {}, 'Who commands'),
      ...(this.#operates ? [h('div', { class: 'row' }, name)] : []),
      h('div', { class: 'row even' }, this.#take, this.#handBack),
      h('div', { class: 'row even' }, this.#letGo, this.#resume),
      h('div', { class: 'row' }, this.#mode),
      h('div', { class: 'groups' }, ...rows),
      this.#why,
    );
  }

  /** Takes all groups in the chosen mode; shared leaves the gripper to the policy. */
  takeAll(): void {
    const mode = this.#mode.value as Mode;
    const arms = this.#groups.filter((group) => !group.includes('gripper'));
    const groups = mode === 'shared' && arms.length > 0 ? arms : this.#groups;
    this.#takeGroups(groups);
  }

  handBack(): void {
    if (this.#operates) this.#hold.handBack(this.#groups);
  }

  /** What is held, or why it is no longer. */
  changed(why: string | undefined): void {
    const held = this.#hold.held;
    say(
      this.#why,
      why ?? (held === undefined ? '' : `this page commands ${held.groups.map(words).join(', ')}`),
    );
    this.#take.setAttribute('aria-pressed', String(held !== undefined));
    for (const [group, { take }] of this.#rows) {
      take.setAttribute('aria-pressed', String(held?.groups.includes(group) === true));
    }
  }

  state({ authority }: StateMessage, me: string): void {
    const mine = authority?.operator === me;
    const busy = authority?.operator != null && !mine;
    for (const [group, row] of this.#rows) {
      const who = authority?.groups[group] ?? '–';
      say(row.who, `${words(group)}: ${words(who)}`);
      mark(row.who, 'is', who);
      row.give.disabled = !this.#operates || !mine;
    }
    this.#handBack.disabled = !this.#operates || !mine;
    this.#letGo.disabled = !this.#operates || this.#hold.held === undefined;
    const lost = authority?.phase === 'hold' && authority.mode === 'hold' && !busy;
    this.#resume.hidden = !(this.#operates && lost && this.#hold.held === undefined);
    this.#explain(authority?.reason ?? '');
  }

  /** Says why the controller holds the robot, until it no longer does; the page's own words stay. */
  #explain(reason: string): void {
    if (this.#hold.held !== undefined) return;
    if (reason === '' && this.#why.textContent !== this.#reason) return;
    say(this.#why, reason);
    this.#reason = reason;
  }

  #takeGroups(groups: readonly string[]): void {
    if (!this.#operates) return;
    this.#hold.take(this.#mode.value as Mode, groups, performance.now());
  }

  #changeMode(): void {
    const held = this.#hold.held;
    if (held !== undefined) this.#takeGroups(held.groups);
  }

  #row(group: string): HTMLElement[] {
    const who = h('span', {});
    const take = h(
      'button',
      { type: 'button', 'data-take': group, disabled: !this.#operates },
      'Take',
    );
    take.addEventListener('click', () => {
      const held = this.#hold.held?.groups ?? [];
      this.#takeGroups([...new Set([...held, group])]);
    });
    const give = h('button', { type: 'button', 'data-give': group, disabled: true }, 'Give');
    give.addEventListener('click', () => {
      const left = (this.#hold.held?.groups ?? []).filter((other) => other !== group);
      if (left.length === 0) {
        this.handBack();
        return;
      }
      // What is given goes to the policy, what is kept stays with the operator: that is "shared".
      this.#mode.value = 'shared';
      this.#takeGroups(left);
    });
    this.#rows.set(group, { take, give, who });
    return [who, take, give];
  }
}
