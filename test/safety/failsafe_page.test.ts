/** docs/safety.md lists every fault with what it does. */
import { readFileSync } from 'node:fs';
import { expect, it } from 'vitest';
import { Action, FAILSAFE } from '../../src/safety/failsafe.js';

const ACTION_NAMES = new Map<number, string>(
  Object.entries(Action).map(([name, value]) => [value, name === 'eStop' ? 'e-stop' : name]),
);

it('the page on safety has the failsafe table as it is', () => {
  const page = readFileSync('docs/safety.md', 'utf8');
  for (const { name, text, action, clears } of FAILSAFE) {
    const word = ACTION_NAMES.get(action);
    expect(page).toContain(`| \`${name}\` | ${text} | ${word} | ${clears} |`);
  }
});
