/** Short words at the bottom: answers to what the operator asked, and refusals. */
import type { Notice } from '../protocol.js';
import { h, place } from './dom.js';

const SHOWN_MS: Readonly<Record<Notice['level'], number>> = {
  info: 3500,
  warn: 6000,
  error: 12000,
};
const MOST = 4;

export function notify(level: Notice['level'], text: string): void {
  const host = place('notices');
  const same = [...host.children].find(({ textContent }) => textContent === text);
  same?.remove();
  const shown = h('div', { class: 'notice', 'data-level': level }, text);
  host.append(shown);
  while (host.childElementCount > MOST) host.firstElementChild?.remove();
  setTimeout(() => shown.remove(), SHOWN_MS[level]);
}
