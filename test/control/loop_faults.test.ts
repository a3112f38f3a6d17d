/**
 * Each fault of the failsafe table, injected into the loop: it does what the table says, clears as
 * the table says, and neither a reset nor the end of a stop resumes motion.
 */
import { describe, expect, it } from 'vitest';
import { Request } from '../../src/control/control_memory.js';
import type { LoopOptions } from '../../src/control/loop_core.js';
import { Action, FAILSAFE, type FailsafeRow, Fault } from '../../src/safety/failsafe.js';
import { LIMITS, LoopRig } from './loop_rig.js';

const FAR = [0.1, 0.3, 0.5, 0.7, 0.9, 1.1, 1.2, 1.3, 1.4, 1.5];
/** A chunk from where the rig is, at 1.5 rad/s. */
const onward = (rig: LoopRig) => rig.chunk(FAR.map((_, i) => (rig.position[0] ?? 0) + 0.15 * i));

function start(options: Partial<LoopOptions> = {}): LoopRig {
  const rig = new LoopRig(options);
  expect(rig.activate()).toBe(true);
  rig.chunk(FAR);
  rig.ticks(30);
  expect(rig.phase).toBe('active');
  expect(rig.velocity[0]).toBeGreaterThan(0.5);
  return rig;
}

/** Nothing that came before moves a rig that stopped; a new activation does. */
function expectToStay(rig: LoopRig): void {
  expect(rig.velocity[0]).toBe(0);
  onward(rig);
  rig.ticks(20);
  expect(rig.phase).toBe('inactive');
  expect(rig.commands.at(-1)).toBeUndefined();
  expect(rig.activate()).toBe(true);
}

describe.each(FAILSAFE.map((row, i) => [row.name, row, 1 << i] as const))(
  'the fault %s',
  (name, row: FailsafeRow, bit) => {
    if (row.action === Action.eStop) {
      it('latches until the reset, which resumes nothing', () => {
        const rig = start();
        rig.memory.ask(Request.eStop);
        rig.ticks(100);
        expect(rig.phase).toBe('e_stop');
        expect(rig.faults[0]).toBe(name);
        onward(rig);
        rig.ticks(10);
        expect(rig.velocity[0]).toBe(0);
        rig.memory.ask(Request.reset);
        rig.ticks(2);
        expectToStay(rig);
      });
      return;
    }

    const grace = Math.round(row.deferrable / 0.01);

    it(`has its action, after ${grace} ticks`, () => {
      const rig = start();
      rig.memory.setFault(bit, true);
      if (grace > 0) {
        rig.ticks(grace - 1);
        expect(rig.phase).toBe('active');
        expect(rig.faults).toContain(name);
        rig.ticks(2);
      }
      rig.tick();
      expect(rig.faults).toContain(name);
      const phase = { [Action.hold]: 'hold', [Action.stop]: 'stopping' }[row.action as number];
      expect(rig.phase).toBe(phase ?? 'active');
    });

    it(`clears: ${row.clears}`, () => {
      const rig = start();
      rig.memory.setFault(bit, true);
      rig.ticks(grace + 20);
      rig.memory.setFault(bit, false);
      if (row.clears === 'new activation') {
        rig.until('inactive');
        expect(rig.faults).toContain(name);
        expectToStay(rig);
        expect(rig.faults).not.toContain(name);
        return;
      }
      onward(rig);
      rig.ticks(20);
      expect(rig.phase).toBe('active');
      expect(rig.faults).toEqual([]);
      expect(rig.velocity[0]).toBeGreaterThan(0.5);
    });

    if (row.action === Action.stop) {
      it('refuses an activation while it stands', () => {
        const rig = start();
        rig.memory.setFault(bit, true);
        rig.until('inactive');
        expect(rig.activate()).toBe(false);
        expect(rig.faults).toContain(name);
        rig.memory.setFault(bit, false);
        expect(rig.activate()).toBe(true);
      });
    }
  },
);

describe('several faults at once', () => {
  it('do what the worst of them does, and the stop keeps each of them shown', () => {
    const rig = start();
    rig.memory.setFault(Fault.riskHold | Fault.rateCap, true);
    rig.tick();
    expect(rig.phase).toBe('hold');
    rig.memory.setFault(Fault.shutdown, true);
    rig.tick();
    expect(rig.phase).toBe('stopping');
    rig.memory.setFault(Fault.secondPublisher, true);
    rig.tick();
    rig.memory.setFault(Fault.shutdown | Fault.secondPublisher | Fault.riskHold, false);
    rig.until('inactive');
    expect(rig.faults).toEqual(expect.arrayContaining(['shutdown', 'second_publisher']));
    expect(rig.faults).not.toContain('risk_hold');
  });

  it('are overruled by an e-stop, whatever comes after it', () => {
    const rig = start();
    rig.memory.setFault(Fault.shutdown, true);
    rig.tick();
    rig.memory.ask(Request.eStop);
    rig.tick();
    expect(rig.phase).toBe('e_stop');
    rig.memory.setFault(Fault.shutdown, false);
    rig.memory.setFault(Fault.riskHold, true);
    rig.ticks(100);
    expect(rig.phase).toBe('e_stop');
    expect(rig.faults[0]).toBe('e_stop');
  });
});

describe('the kind of a stop', () => {
  const [first, second] = LIMITS as [(typeof LIMITS)[0], (typeof LIMITS)[0]];
  // The second joint brakes much more weakly than the first.
  const limits = [first, { ...second, acceleration: 6, jerk: 100 }];

  /** Speeds of the joints in proportion to those at the fault, in the ticks until rest. */
  function shares(fault: number, ask?: number): [number, number][] {
    const rig = start({ limits });
    const from = rig.velocities.length;
    const [a = 0, b = 0] = rig.velocity;
    if (ask === undefined) rig.memory.setFault(fault, true);
    else rig.memory.ask(ask);
    rig.ticks(100);
    const rows = rig.velocities.slice(from).filter((row) => row !== undefined);
    return rows.map(([x = 0, y = 0]) => [x / a, y / b]);
  }

  it.each([
    ['second_publisher', Fault.secondPublisher, undefined],
    ['risk_hold', Fault.riskHold, undefined],
    ['a deactivation', 0, Request.deactivate],
  ])('is along the path for %s', (_, fault, ask) => {
    // Acceleration across the path takes a few ticks to let go.
    for (const [x, y] of shares(fault, ask).slice(8)) expect(Math.abs(x - y)).toBeLessThan(0.05);
  });

  it.each([
    ['force_exceeded', Fault.forceExceeded, undefined],
    ['both kinds', Fault.secondPublisher | Fault.effortExceeded, undefined],
    ['the e-stop', 0, Request.eStop],
  ])('is as fast as each joint can for %s', (_, fault, ask) => {
    const rows = shares(fault, ask);
    const rest = rows.findIndex(([x]) => x === 0);
    expect(rest).toBeLessThan(rows.findIndex(([, y]) => y === 0));
    expect(rows[rest]?.[1]).toBeGreaterThan(0.2);
  });
});
