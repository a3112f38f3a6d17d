/** Deferral: what may wait acts when its time is up, all else acts at once. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { Deferral } from '../../src/safety/deferral.js';
import { Action, FAILSAFE, Fault } from '../../src/safety/failsafe.js';

const GRACE = 0.5;
const CAMERA = Fault.cameraStale;

describe('the deferral of faults', () => {
  it('lets a fault that may not be deferred act in its first tick', () => {
    for (const [i, { name, deferrable }] of FAILSAFE.entries()) {
      const acting = new Deferral().acting(1 << i, 7);
      expect(acting, name).toBe(deferrable === 0 ? 1 << i : 0);
    }
  });

  it('ignores bits beyond the table', () => {
    const all = 2 ** FAILSAFE.length - 1;
    expect(new Deferral().acting(~0, 7)).toBe(all & ~CAMERA);
  });

  it('lets a deferrable fault act from the end of its grace time on, not before', () => {
    const deferral = new Deferral();
    expect(deferral.acting(CAMERA, 8)).toBe(0);
    expect(deferral.acting(CAMERA, 8.25)).toBe(0);
    expect(deferral.acting(CAMERA, 8 + GRACE - 2 ** -20)).toBe(0);
    expect(deferral.acting(CAMERA, 8 + GRACE)).toBe(CAMERA);
    expect(deferral.acting(CAMERA, 9)).toBe(CAMERA);
  });

  it('counts anew after the fault was gone for a tick', () => {
    const deferral = new Deferral();
    deferral.acting(CAMERA, 8);
    deferral.acting(0, 8.25);
    expect(deferral.acting(CAMERA, 8.5)).toBe(0);
    expect(deferral.acting(CAMERA, 9)).toBe(CAMERA);
  });

  it('does not hold back other faults together with one that waits', () => {
    const other = Fault.followingError | Fault.period;
    const deferral = new Deferral();
    expect(deferral.acting(CAMERA | other, 8)).toBe(other);
    expect(deferral.acting(CAMERA | other, 9)).toBe(CAMERA | other);
  });

  it('acts when the time is no number or goes back behind the first sight', () => {
    const deferral = new Deferral();
    deferral.acting(CAMERA, 8);
    expect(deferral.acting(CAMERA, 7.999)).toBe(CAMERA);
    expect(new Deferral().acting(CAMERA, Number.NaN)).toBe(CAMERA);
  });

  it('follows the table it is given', () => {
    const rows = FAILSAFE.map((row) => ({
      ...row,
      deferrable: row.action === Action.warn ? 1 : 0,
    }));
    const deferral = new Deferral(rows);
    expect(deferral.acting(CAMERA | Fault.period, 0)).toBe(CAMERA);
    expect(deferral.acting(CAMERA | Fault.period, 1)).toBe(CAMERA | Fault.period);
  });

  it('never acts on a fault that is absent, and never drops one that may not wait', () => {
    const set = fc.integer({ min: 0, max: 2 ** FAILSAFE.length - 1 });
    const ticks = fc.array(fc.tuple(set, fc.double({ min: 0, max: 0.3, noNaN: true })));
    fc.assert(
      fc.property(ticks, (steps) => {
        const deferral = new Deferral();
        let now = 0;
        for (const [faults, step] of steps) {
          now += step;
          const acting = deferral.acting(faults, now);
          expect(acting & ~faults).toBe(0);
          expect(acting & ~CAMERA).toBe(faults & ~CAMERA);
        }
      }),
    );
  });
});
