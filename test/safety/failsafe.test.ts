/** The failsafe table: the worst action wins, and the rows agree with each other. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { Action, FAILSAFE, Fault, faultRows, worstAction } from '../../src/safety/failsafe.js';

describe('the failsafe table', () => {
  it('has one row for each fault, in the order of their bits', () => {
    const bits = Object.values(Fault);
    expect(bits).toEqual(FAILSAFE.map((_, i) => 1 << i));
    const snake = (name: string) => name.replace(/[A-Z]/g, (c) => `_${c.toLowerCase()}`);
    expect(Object.keys(Fault).map(snake)).toEqual(FAILSAFE.map(({ name }) => name));
  });

  it('takes the worst action of any set of faults', () => {
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 2 ** FAILSAFE.length - 1 }), (faults) => {
        const actions = faultRows(faults).map(({ action }) => action);
        expect(worstAction(faults)).toBe(Math.max(Action.none, ...actions));
        expect(actions).toEqual([...actions].sort((a, b) => b - a));
      }),
    );
  });

  it('lets what stops clear by an activation or reset only, and never be overridden', () => {
    for (const { name, action, clears, override } of FAILSAFE) {
      if (action === Action.eStop) expect(clears, name).toBe('reset');
      else if (action === Action.stop) expect(clears, name).toBe('new activation');
      else expect(clears, name).toBe('by itself');
      expect(override, name).toBe(action <= Action.hold);
    }
  });
});
