/** Who is at the page: asked for once, kept by the browser, told to the others with every takeover. */
import { h } from './dom.js';

const KEY = 'sinew.operator';
const LONGEST = 60;

export const knownName = (): string => (localStorage.getItem(KEY) ?? '').slice(0, LONGEST);

/** The field that asks; `told` is called with each new name. */
export function nameField(told: (name: string) => void): HTMLInputElement {
  const field = h('input', {
    type: 'text',
    id: 'operator-name',
    maxlength: LONGEST,
    placeholder: 'your name, for the others',
    autocomplete: 'off',
    'aria-label': 'your name',
    value: knownName(),
  });
  field.addEventListener('change', () => {
    const name = field.value.trim();
    localStorage.setItem(KEY, name);
    told(name);
  });
  field.addEventListener('keydown', ({ key }) => {
    if (key === 'Enter') field.blur();
  });
  return field;
}
