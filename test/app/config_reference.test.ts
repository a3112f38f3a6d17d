/** docs/configuration.md is what the schemas say. */
import { readFileSync } from 'node:fs';
import { expect, it } from 'vitest';
import { configReference } from '../../src/app/config_reference.js';

it('the page on the set-up file is up to date', () => {
  const page = readFileSync('docs/configuration.md', 'utf8');
  expect(page, 'run: node scripts/write_config_docs.mjs').toBe(configReference());
});
