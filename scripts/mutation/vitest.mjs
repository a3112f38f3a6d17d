// What the unit tests get for `vitest` when mutants are tried on them (see runner.mjs): its own
// `expect`, and a `describe` and an `it` that note the tests down instead of running them.
import { format } from 'node:util';
import { expect } from 'vitest';

export { expect };

/** @typedef {{id: string, run: () => unknown}} NotedTest */

/** @type {NotedTest[]} */
let noted = [];
/** Names of the file and of the groups that are being read. */
const path = [];

/**
 * Reads a test file.
 *
 * @param {string} name of the file, for the ids
 * @param {() => Promise<unknown>} load imports it
 * @returns {Promise<NotedTest[]>} its tests
 */
export async function collect(name, load) {
  noted = [];
  path.push(name);
  try {
    await load();
    return noted;
  } finally {
    path.length = 0;
  }
}

export function describe(name, body) {
  path.push(name);
  body();
  path.pop();
}

export function it(name, run) {
  const id = [...path, name].join(' › ');
  noted.push({ id, run });
}

it.each = (cases) => (name, run) => {
  for (const [i, value] of cases.entries()) {
    const values = Array.isArray(value) ? value : [value];
    it(`${format(name, ...values)} (${i})`, () => run(...values));
  }
};
