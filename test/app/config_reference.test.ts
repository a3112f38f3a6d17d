/** docs/configuration.md is what the schemas say. */
import { readFileSync } from 'node:fs';
import { expect, it } from 'vitest';
import { configReference } from '../../src/app/config_reference.js';

it('the page on the set-up file is up to date', () => {
  const page = readFileSync('docs/configuration.md', 'utf8');
  expect(page, 'run: node scripts/write_config_docs.mjs').toBe(configReference());
});

it('the page says of every key of the safety and critic sections what it means', () => {
  const page = readFileSync('docs/configuration.md', 'utf8');
  for (const section of ['safety', 'critic']) {
    const [, text = ''] = page.split(`\n## ${section}\n`);
    const rows = (text.split('\n## ')[0] ?? '')
      .split('\n')
      .filter((line) => line.startsWith('| `'));
    expect(rows.length).toBeGreaterThan(5);
    for (const row of rows) expect(row.split(' | ').at(-1), row).toMatch(/\w.* \|$/);
  }
});
