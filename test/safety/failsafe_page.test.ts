/** docs/safety.md lists every fault with what it does. */
import { readFileSync } from 'node:fs';
import { expect, it } from 'vitest';
import { Action, FAILSAFE, type FailsafeRow } from '../../src/safety/failsafe.js';

const ACTION_NAMES = new Map<number, string>(
  Object.entries(Action).map(([name, value]) => [value, name === 'eStop' ? 'e-stop' : name]),
);

function line({ name, text, action, clears, override, deferrable, stop }: FailsafeRow): string {
  const wait = deferrable === 0 ? 'no' : `${deferrable} s`;
  const cells = [`\`${name}\``, text, ACTION_NAMES.get(action), clears, override ? 'yes' : 'no'];
  return `| ${[...cells, wait, action >= Action.hold ? stop : 'none'].join(' | ')} |`;
}

it('the page on safety has the failsafe table as it is', () => {
  const page = readFileSync('docs/safety.md', 'utf8');
  const rows = page
    .split('\n')
    .filter((text) => /^\| `[a-z_]+` \|.*\| (path|joint|none) \|$/.test(text));
  expect(rows).toEqual(FAILSAFE.map(line));
});
