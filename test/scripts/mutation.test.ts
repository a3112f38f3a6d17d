/** The parts with which mutants are tried in one process: the code under test, and its tests, in it. */
import { afterEach, describe, expect, it } from 'vitest';
// @ts-expect-error plain JavaScript
import { quicken } from '../../scripts/mutation/hooks.mjs';
// @ts-expect-error
import * as noted from '../../scripts/mutation/vitest.mjs';

interface Noted {
  readonly id: string;
  readonly run: () => unknown;
}

const shared = globalThis as { mutants?: { active: number; reached: number[]; hit(): boolean } };
/** As Stryker writes mutant 7 of `2`, with mutant 8 around it. */
const CODE = 'return stryMutAct_9fa48("7") ? 1 : (stryCov_9fa48("7", "8"), 2);';

afterEach(() => {
  delete shared.mutants;
});

function value(active: number, counting: boolean): { value: number; reached: number[] } {
  const reached = new Array(9).fill(0);
  shared.mutants = { active, reached, hit: () => true };
  return { value: new Function(quicken(CODE, counting))(), reached };
}

describe('code with all mutants in it', () => {
  it('is the mutant that is active, and itself without one', () => {
    expect(value(7, false).value).toBe(1);
    expect(value(8, false).value).toBe(2);
    expect(value(-1, false)).toEqual({ value: 2, reached: new Array(9).fill(0) });
  });

  it('counts the mutants it comes by only when asked to, and is itself then', () => {
    const { value: itself, reached } = value(7, true);
    expect(itself).toBe(2);
    expect(reached.slice(6)).toEqual([0, 1, 1]);
  });
});

describe('a test file', () => {
  it('has its tests noted down under different names, to be run at any time', async () => {
    const ran: unknown[] = [];
    const tests: Noted[] = await noted.collect('file', async () => {
      noted.describe('group', () => {
        noted.it('one', () => ran.push('one'));
        noted.it.each([3, 4])('number %d', (n: number) => ran.push(n));
      });
      noted.it.each([['a', 1]])('%s and %d', (...all: unknown[]) => ran.push(all));
    });
    expect(tests.map(({ id }) => id)).toEqual([
      'file › group › one',
      'file › group › number 3 (0)',
      'file › group › number 4 (1)',
      'file › a and 1 (0)',
    ]);
    expect(ran).toEqual([]);
    for (const { run } of tests) run();
    expect(ran).toEqual(['one', 3, 4, ['a', 1]]);
  });

  it('that cannot be loaded says so, and leaves the next one alone', async () => {
    await expect(noted.collect('bad', () => Promise.reject(new Error('no')))).rejects.toThrow('no');
    const tests: Noted[] = await noted.collect('good', async () => noted.it('one', () => {}));
    expect(tests.map(({ id }) => id)).toEqual(['good › one']);
  });
});
