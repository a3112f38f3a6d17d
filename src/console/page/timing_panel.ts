/** How late the ticks come, and how old each stream is. */
import type { HealthMessage, StateMessage } from '../protocol.js';
import { h, mark, place, say } from './dom.js';

/** A bar beyond this is late, ms. */
const LATE_MS = 2;
/** Older than this is bad, s; chunks come by the policy's pace. */
const OLD_S = 0.5;
const OLD_CHUNK_S = 2;

export class TimingPanel {
  readonly #bars = h('div', { class: 'bars', role: 'img' });
  readonly #summary = h('p', { class: 'hint' });
  readonly #ages = h('dl', { class: 'ages' });
  readonly #values = new Map<string, HTMLElement>();

  constructor() {
    place('streams').replaceChildren(
      h('h2', {}, 'Lateness of ticks, last 10 s'),
      this.#bars,
      h(
        'div',
        { class: 'scale' },
        h('span', {}, '20 µs'),
        h('span', {}, '0.5'),
        h('span', {}, '20 ms'),
      ),
      this.#summary,
      h('h2', {}, 'Age of streams'),
      this.#ages,
    );
  }

  health({ ticks }: HealthMessage): void {
    const most = Math.max(1, ...ticks.counts);
    if (this.#bars.childElementCount !== ticks.counts.length) {
      this.#bars.replaceChildren(...ticks.counts.map(() => h('i', {})));
    }
    ticks.counts.forEach((count, i) => {
      const bar = this.#bars.children[i] as HTMLElement;
      // A logarithm, so that one late tick in a thousand is seen.
      const share = count === 0 ? 0 : Math.log1p(count) / Math.log1p(most);
      bar.style.height = `${Math.round(share * 100)}%`;
      const edge = ticks.edges[i];
      mark(bar, 'late', String(edge === undefined || edge > LATE_MS));
      bar.title = `${edge === undefined ? 'later' : `up to ${edge} ms`}: ${count}`;
    });
    const ms = (value: number | null) => (value === null ? '–' : value.toFixed(2));
    const text =
      `p50 ${ms(ticks.latenessP50)}, p99 ${ms(ticks.latenessP99)}, ` +
      `max ${ms(ticks.latenessMax)} ms · limited ${ticks.limited} · violations ${ticks.violations}`;
    say(this.#summary, text);
    this.#bars.setAttribute('aria-label', `histogram of lateness: ${text}`);
  }

  state({ ages }: StateMessage): void {
    for (const [name, age] of Object.entries(ages)) {
      let value = this.#values.get(name);
      if (value === undefined) {
        value = h('dd', {});
        this.#values.set(name, value);
        this.#ages.append(h('dt', {}, name), value);
      }
      const old = age === null || age > (name === 'chunks' ? OLD_CHUNK_S : OLD_S);
      const told = age === null ? 'never' : `${age < 10 ? age.toFixed(2) : age.toFixed(0)} s`;
      say(value, told);
      mark(value, 'is', old ? 'bad' : 'ok');
    }
  }
}
