/** The line at the top: mode, who commands which joints, rate, recording, and the page's own role. */
import type { HealthMessage, StateMessage, Welcome } from '../protocol.js';
import { h, mark, place, say, words } from './dom.js';

const PHASES: Readonly<Record<string, string>> = {
  inactive: 'Inactive',
  active: 'Active',
  hold: 'Holding',
  stopping: 'Stopping',
  e_stop: 'E-STOP',
};

export class TopBar {
  readonly #mode = h('span', { class: 'pill', id: 'mode' });
  readonly #groups = new Map<string, { pill: HTMLElement; value: HTMLElement }>();
  readonly #operator = h('span', { class: 'pill', id: 'operator' });
  readonly #recording = h('span', { class: 'pill' });
  readonly #rate = h('strong', {}, '–');
  readonly #late = h('strong', {}, '–');
  readonly #chunk = h('strong', {}, '–');
  readonly #delay = h('strong', {}, '–');
  readonly #me: string;

  constructor(welcome: Welcome, onTheme: () => void, onHelp: () => void) {
    this.#me = welcome.operator;
    const groups = Object.keys(welcome.robot.groups).map((group) => {
      const value = h('span', {});
      const pill = h('span', { class: 'pill', 'data-group': group }, h('b', {}, group), value);
      this.#groups.set(group, { pill, value });
      return pill;
    });
    const figure = (name: string, value: HTMLElement) =>
      h('span', { class: 'figure' }, h('span', {}, name), value);
    place('top').replaceChildren(
      h('h1', {}, welcome.robot.name),
      this.#mode,
      ...groups,
      this.#operator,
      h('span', { class: 'spacer' }),
      figure('rate', this.#rate),
      figure('late p99', this.#late),
      figure('chunk', this.#chunk),
      figure('delay', this.#delay),
      this.#recording,
      h('button', { type: 'button', onclick: onTheme, 'aria-label': 'dark or light' }, '◐'),
      h('button', { type: 'button', onclick: onHelp, 'aria-label': 'keys' }, '?'),
    );
    // What is to stay in sight below this line has to know how high it is.
    new ResizeObserver(() => {
      const { height } = place('top').getBoundingClientRect();
      document.documentElement.style.setProperty('--head', `${Math.ceil(height)}px`);
    }).observe(place('top'));
    mark(this.#recording, 'is', 'off');
    say(this.#recording, 'recording unknown');
  }

  state({ authority }: StateMessage): void {
    const phase = authority?.phase ?? 'unknown';
    const mode = authority?.mode ?? '';
    say(this.#mode, `${PHASES[phase] ?? phase}${phase === 'active' ? ` · ${mode}` : ''}`);
    mark(this.#mode, 'is', phase === 'active' ? mode : phase === 'inactive' ? 'warn' : phase);
    this.#mode.title = authority?.reason ?? '';
    for (const [group, { pill, value }] of this.#groups) {
      const who = authority?.groups[group] ?? '–';
      say(value, words(who));
      mark(pill, 'is', who);
    }
    const operator = authority?.operator ?? null;
    const name = authority?.name ? ` (${authority.name})` : '';
    const who = operator === this.#me ? `this page${name}` : `${operator}${name}`;
    say(this.#operator, operator === null ? 'no operator' : `operator: ${who}`);
    mark(this.#operator, 'is', operator === null ? 'off' : 'operator');
  }

  health({ ticks, recording }: HealthMessage): void {
    const ms = (value: number | null, digits: number) =>
      value === null ? '–' : `${value.toFixed(digits)} ms`;
    say(this.#rate, ticks.rateHz === null ? '–' : `${ticks.rateHz.toFixed(0)} Hz`);
    say(this.#late, ms(ticks.latenessP99, 2));
    say(this.#chunk, ms(ticks.chunkP50, 0));
    say(this.#delay, ms(ticks.delayP50, 0));
    say(this.#recording, recording.state);
    mark(this.#recording, 'is', recording.level > 1 ? 'bad' : recording.level > 0 ? 'warn' : 'off');
  }
}
