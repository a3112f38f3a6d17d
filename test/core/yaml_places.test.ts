/** Places of values in YAML files. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { yamlPlaces } from '../../src/core/yaml_places.js';

let folder: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'sinew-places-'));
});
afterAll(() => rmSync(folder, { recursive: true }));

it('finds the line of a value in maps, lists and behind aliases, and of nothing else', () => {
  const file = join(folder, 'a.yaml');
  writeFileSync(
    file,
    `# head
limits:
  one: &arm { velocity: 3,
    jerk: 5 }
  two: *arm
list:
  - name: a
  - name: b
flag: false
`,
  );
  const line = yamlPlaces(file);
  expect(line(['limits', 'one', 'velocity'])).toBe(3);
  expect(line(['limits', 'one', 'jerk'])).toBe(4);
  expect(line(['limits', 'two', 'jerk'])).toBe(5);
  expect(line(['list', 1, 'name'])).toBe(8);
  expect(line(['flag'])).toBe(9);
  expect(line(['limits', 'one', 'effort'])).toBeUndefined();
  expect(line(['list', 2])).toBeUndefined();
  expect(line(['flag', 'deeper'])).toBeUndefined();
});
