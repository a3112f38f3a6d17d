/** The failsafe table: the worst action wins, and the rows agree with each other. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  Action,
  FAILSAFE,
  Fault,
  faultRows,
  faultsFrom,
  stopKind,
  worstAction,
} from '../../src/safety/failsafe.js';

const anyFaults = fc.integer({ min: 0, max: 2 ** FAILSAFE.length - 1 });

const WAITS_FOR_A_PERSON = ['operator_lost', 'gate_asks'];

describe('the failsafe table', () => {
  it('has one row for each fault, in the order of their bits, in one number', () => {
    const bits = Object.values(Fault);
    expect(bits).toEqual(FAILSAFE.map((_, i) => 1 << i));
    expect(FAILSAFE.length).toBeLessThanOrEqual(31);
    const snake = (name: string) => name.replace(/[A-Z]/g, (c) => `_${c.toLowerCase()}`);
    expect(Object.keys(Fault).map(snake)).toEqual(FAILSAFE.map(({ name }) => name));
  });

  it('says what happened in words of its own for each fault', () => {
    expect(new Set(FAILSAFE.map(({ text }) => text)).size).toBe(FAILSAFE.length);
    for (const { text } of FAILSAFE) expect(text.length).toBeGreaterThan(10);
  });

  it('orders the actions from mild to severe', () => {
    const { none, warn, slow, hold, stop, eStop } = Action;
    expect([none, warn, slow, hold, stop, eStop]).toEqual([0, 1, 2, 3, 4, 5]);
  });

  it('takes the worst action of any set of faults', () => {
    fc.assert(
      fc.property(anyFaults, (faults) => {
        const actions = faultRows(faults).map(({ action }) => action);
        expect(worstAction(faults)).toBe(Math.max(Action.none, ...actions));
        expect(actions).toEqual([...actions].sort((a, b) => b - a));
      }),
    );
  });

  it('picks the faults that are severe enough', () => {
    fc.assert(
      fc.property(anyFaults, fc.constantFrom(...Object.values(Action)), (faults, action) => {
        const names = FAILSAFE.filter((row) => faultRows(faults).includes(row))
          .filter((row) => row.action >= action)
          .map(({ name }) => name);
        const found = faultRows(faultsFrom(faults, action)).map(({ name }) => name);
        expect([...found].sort()).toEqual([...names].sort());
      }),
    );
  });

  it('stops each joint as fast as it can if one fault that stops asks for it', () => {
    fc.assert(
      fc.property(anyFaults, (faults) => {
        const kinds = faultRows(faults)
          .filter(({ action }) => action >= Action.hold)
          .map(({ stop }) => stop);
        expect(stopKind(faults)).toBe(kinds.includes('joint') ? 'joint' : 'path');
      }),
    );
    // Bits beyond the table are no faults.
    expect(worstAction(1 << FAILSAFE.length)).toBe(Action.none);
    expect(faultsFrom(~0, Action.none)).toBe(2 ** FAILSAFE.length - 1);
    expect(stopKind(0)).toBe('path');
    expect(stopKind(Fault.eStop)).toBe('joint');
    expect(stopKind(Fault.forceExceeded | Fault.chunkMissing)).toBe('joint');
    expect(stopKind(Fault.shutdown | Fault.chunkMissing)).toBe('path');
  });

  it('lets what stops clear by an activation or reset only, and never be overridden', () => {
    for (const { name, action, clears, override } of FAILSAFE) {
      if (action === Action.eStop) expect(clears, name).toBe('reset');
      else if (action === Action.stop) expect(clears, name).toBe('new activation');
      else if (WAITS_FOR_A_PERSON.includes(name))
        expect(clears, name).toBe('takeover or hand-back');
      else expect(clears, name).toBe('by itself');
      expect(override, name).toBe(action <= Action.hold);
    }
  });

  it('defers nothing that stops, and nothing for longer than half a second', () => {
    for (const { name, action, deferrable } of FAILSAFE) {
      expect(deferrable, name).toBeGreaterThanOrEqual(0);
      expect(deferrable, name).toBeLessThanOrEqual(action >= Action.stop ? 0 : 0.5);
    }
  });

  it.each([
    ['eStop', Action.eStop, 'joint', 0],
    ['eStopSourceLost', Action.stop, 'joint', 0],
    ['jointStateMissing', Action.stop, 'joint', 0],
    ['jointStateStale', Action.stop, 'joint', 0],
    ['jointStateJump', Action.stop, 'joint', 0],
    ['followingError', Action.stop, 'joint', 0],
    ['startRefused', Action.stop, 'path', 0],
    ['secondPublisher', Action.stop, 'path', 0],
    ['clockBackwards', Action.stop, 'path', 0],
    ['shutdown', Action.stop, 'path', 0],
    ['commandRejected', Action.hold, 'path', 0],
    ['chunkRejected', Action.hold, 'path', 0],
    ['chunkStale', Action.hold, 'path', 0],
    ['chunkMissing', Action.hold, 'path', 0],
    ['period', Action.warn, 'path', 0],
    ['operatorStale', Action.stop, 'path', 0],
    ['cameraStale', Action.hold, 'path', 0.5],
    ['effortExceeded', Action.stop, 'joint', 0],
    ['effortStale', Action.stop, 'joint', 0],
    ['forceExceeded', Action.stop, 'joint', 0],
    ['wrenchStale', Action.stop, 'joint', 0],
    ['energySpent', Action.warn, 'path', 0],
    ['riskSlow', Action.slow, 'path', 0],
    ['riskHold', Action.hold, 'path', 0],
    ['riskStale', Action.hold, 'path', 0],
    ['barrier', Action.warn, 'path', 0],
    ['rateCap', Action.warn, 'path', 0],
    ['operatorLost', Action.hold, 'path', 0],
    ['gateAsks', Action.hold, 'path', 0],
  ] as const)('has for %s the action %i, stop %s and deferral %d', (name, action, stop, wait) => {
    const [row] = faultRows(Fault[name]);
    expect(row).toMatchObject({ action, stop, deferrable: wait });
    expect(worstAction(Fault[name])).toBe(action);
  });
});
