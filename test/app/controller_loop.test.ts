/** From which stops auto_activate may go on by itself. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { resumable } from '../../src/app/controller_loop.js';
import { Action, FAILSAFE, Fault, faultsFrom } from '../../src/safety/failsafe.js';

const STOPPING = faultsFrom(~0, Action.stop);
const SILENCE = Fault.jointStateStale;

describe('motion goes on by itself', () => {
  it('after a stop for the silence of joint states, also where efforts came with them', () => {
    expect(resumable(SILENCE)).toBe(true);
    expect(resumable(SILENCE | Fault.effortStale)).toBe(true);
    const milder = fc.integer({ min: 0, max: 2 ** FAILSAFE.length - 1 }).map((f) => f & ~STOPPING);
    fc.assert(fc.property(milder, (faults) => resumable(SILENCE | faults)));
  });

  it('after no stop for another reason', () => {
    expect(resumable(0)).toBe(false);
    expect(resumable(Fault.effortStale)).toBe(false);
    expect(resumable(Fault.chunkMissing)).toBe(false);
  });

  it.each(
    FAILSAFE.filter(
      ({ name, action }) => action >= Action.stop && !/^(joint_state|effort)_stale$/.test(name),
    ).map(({ name }) => name),
  )('not after a stop for that silence and %s', (name) => {
    const fault = 1 << FAILSAFE.findIndex((row) => row.name === name);
    expect(resumable(fault)).toBe(false);
    expect(resumable(SILENCE | fault)).toBe(false);
    expect(resumable(SILENCE | Fault.effortStale | fault)).toBe(false);
  });
});
