/** Takeover, hand-back and the loss of an operator, in the control loop on a fake time. */
import { describe, expect, it } from 'vitest';
import { MODES } from '../../src/control/authority_mode.js';
import { Request, Status } from '../../src/control/control_memory.js';
import { Fault } from '../../src/safety/failsafe.js';
import { OPERATOR, OperatorRig, RISING } from './operator_rig.js';

const mode = (rig: OperatorRig) => MODES[rig.memory.status[Status.mode] ?? -1];
const speed = (rig: OperatorRig, joint: number) => rig.velocity[joint] ?? Number.NaN;

/** Sends a chunk now and again, as a policy does that knows of nothing. */
function infer(rig: OperatorRig, ticks: number, joint = 0): void {
  for (let i = 0; i < ticks; i++) {
    if (i % 10 === 0) {
      const from = (joint === 0 ? 1 : -1) * (rig.position[joint] ?? 0);
      rig.chunk(RISING.map((q) => from + q - 0.1));
    }
    rig.tick();
  }
}

describe('a takeover', () => {
  it('acts on the next tick: the policy’s motion slows down from there', () => {
    const rig = OperatorRig.moving();
    const before = speed(rig, 0);
    expect(before).toBeGreaterThan(0.4);
    rig.take();
    rig.tick();
    expect(mode(rig)).toBe('operator');
    expect(speed(rig, 0)).toBeLessThan(before - 1e-4);
    rig.ticks(100);
    expect(speed(rig, 0)).toBe(0);
    expect(rig.phase).toBe('active');
    expect(rig.excess).toBeLessThan(1e-6);
  });

  it('moves the arm where the operator moves it', () => {
    const rig = OperatorRig.moving();
    rig.take();
    rig.ticks(60);
    const from = rig.position[0] ?? 0;
    rig.move(-0.4, 0);
    rig.ticks(100);
    expect(speed(rig, 0)).toBeCloseTo(-0.4, 2);
    expect(rig.position[0]).toBeCloseTo(from - 0.4, 1);
    expect(rig.faults).toEqual([]);
  });

  it('lets a difference between arm and command go slowly', () => {
    const rig = OperatorRig.moving();
    rig.take();
    rig.ticks(60);
    const from = rig.position[0] ?? 0;
    rig.command = { position: [from - 0.6, rig.position[1] ?? 0], velocity: [0, 0] };
    rig.ticks(100);
    expect(speed(rig, 0)).toBeCloseTo(-OPERATOR.alignSpeed, 3);
    rig.ticks(150);
    expect(rig.position[0]).toBeCloseTo(from - 0.6, 3);
    // So does a step in the middle of commanding.
    rig.command.position = [from, rig.position[1] ?? 0];
    rig.ticks(100);
    expect(Math.abs(speed(rig, 0))).toBeLessThan(OPERATOR.alignSpeed * 1.05);
    rig.ticks(200);
    expect(rig.position[0]).toBeCloseTo(from, 3);
  });

  it('of one group leaves the others standing, or to the policy in shared mode', () => {
    const rig = OperatorRig.moving();
    rig.take('operator', ['gripper']);
    rig.ticks(80);
    expect(speed(rig, 0)).toBe(0);
    rig.take('shared');
    infer(rig, 60, 1);
    expect(speed(rig, 0)).toBe(0);
    expect(speed(rig, 1)).toBeLessThan(-0.2);
    expect(rig.excess).toBeLessThan(1e-6);
  });

  it('in shared mode lets the hand stand where the policy has nothing to say, and the arm go on', () => {
    const rig = OperatorRig.moving();
    rig.take('shared');
    rig.move(0.3, 0);
    rig.ticks(200);
    expect(rig.phase).toBe('active');
    expect(rig.faults).toContain('chunk_missing');
    expect(speed(rig, 0)).toBeCloseTo(0.3, 2);
    expect(speed(rig, 1)).toBe(0);
  });

  it('goes on in spite of faults of the policy, never in spite of those of the robot', () => {
    const rig = OperatorRig.moving();
    rig.take();
    rig.move(0.2, 0);
    rig.memory.setFault(Fault.cameraStale | Fault.riskHold, true);
    rig.ticks(100);
    expect(rig.phase).toBe('active');
    expect(speed(rig, 0)).toBeCloseTo(0.2, 2);
    rig.memory.setFault(Fault.wrenchStale, true);
    rig.tick();
    expect(rig.phase).toBe('stopping');
  });

  it('is possible while the arm holds for want of a chunk', () => {
    const rig = new OperatorRig();
    rig.activate();
    rig.ticks(5);
    expect(rig.phase).toBe('hold');
    rig.take();
    rig.move(0.3, 0);
    rig.ticks(50);
    expect(rig.phase).toBe('active');
    expect(speed(rig, 0)).toBeGreaterThan(0.25);
  });
});

describe('letting go', () => {
  it('holds on the next tick, and the policy does not go on by itself', () => {
    const rig = OperatorRig.moving();
    rig.take();
    rig.move(0.5, 0);
    rig.ticks(50);
    rig.letGo();
    rig.tick();
    expect(mode(rig)).toBe('hold');
    infer(rig, 100);
    expect(rig.phase).toBe('hold');
    expect(speed(rig, 0)).toBe(0);
    expect(rig.excess).toBeLessThan(1e-6);
  });

  it('with a hand-back drops what the policy computed before, and goes on with a fresh chunk', () => {
    const rig = OperatorRig.moving();
    rig.take();
    rig.ticks(60);
    const seen = rig.now;
    rig.handBack();
    rig.tick();
    expect(mode(rig)).toBe('policy');
    expect(rig.memory.status[Status.epoch]).toBe(1);
    rig.chunk(RISING, seen);
    rig.ticks(5);
    expect(rig.phase).toBe('hold');
    expect(speed(rig, 0)).toBe(0);
    infer(rig, 50);
    expect(rig.phase).toBe('active');
    expect(speed(rig, 0)).toBeGreaterThan(0.3);
    expect(rig.excess).toBeLessThan(1e-6);
  });

  it('of some groups gives the policy these, from a fresh chunk', () => {
    const rig = OperatorRig.moving();
    rig.take();
    infer(rig, 60);
    rig.take('shared', ['gripper']);
    rig.tick();
    expect(speed(rig, 0)).toBe(0);
    infer(rig, 50);
    expect(speed(rig, 0)).toBeGreaterThan(0.3);
    expect(speed(rig, 1)).toBe(0);
  });
});

describe('an operator who is lost with the deadman held', () => {
  function lost(): OperatorRig {
    const rig = OperatorRig.moving();
    rig.take();
    rig.move(0.5, 0);
    rig.ticks(50);
    rig.beat = undefined;
    rig.ticks(29);
    expect(mode(rig)).toBe('operator');
    rig.ticks(2);
    expect(mode(rig)).toBe('hold');
    return rig;
  }

  it('stops the arm at the timeout, and nothing but a person moves it again', () => {
    const rig = lost();
    infer(rig, 300);
    expect(rig.phase).toBe('hold');
    expect(rig.faults).toEqual(['operator_lost']);
    expect(speed(rig, 0)).toBe(0);
    // The link comes back with the deadman still held.
    rig.take();
    infer(rig, 100);
    expect(mode(rig)).toBe('hold');
    rig.letGo();
    infer(rig, 5);
    rig.take();
    rig.tick();
    expect(mode(rig)).toBe('operator');
    expect(rig.faults).toEqual([]);
  });

  it('cannot hand back before he took over anew', () => {
    const rig = lost();
    rig.ticks(10);
    rig.handBack();
    infer(rig, 100);
    expect(mode(rig)).toBe('hold');
    rig.take();
    rig.tick();
    rig.handBack();
    rig.tick();
    expect(mode(rig)).toBe('policy');
  });

  it('does not keep the policy from being resumed explicitly', () => {
    const rig = lost();
    rig.memory.ask(Request.resume);
    infer(rig, 30);
    expect(mode(rig)).toBe('policy');
    expect(rig.phase).toBe('active');
  });

  it('stays lost through another activation', () => {
    const rig = lost();
    rig.memory.ask(Request.deactivate);
    rig.until('inactive');
    expect(rig.activate()).toBe(true);
    infer(rig, 100);
    expect(mode(rig)).toBe('hold');
    expect(speed(rig, 0)).toBe(0);
  });
});

describe('a correction', () => {
  it('adds the operator’s motion to the policy’s, up to its bound, and lets it go after', () => {
    const plain = OperatorRig.moving();
    const rig = OperatorRig.moving();
    rig.take('correction', ['arm']);
    rig.move(0.6, 0);
    const compare = (ticks: number) => {
      for (let i = 0; i < ticks; i++) {
        if (i % 20 === 0) for (const r of [plain, rig]) r.chunk(RISING, r.now);
        for (const r of [plain, rig]) r.tick();
      }
      return (rig.position[0] ?? 0) - (plain.position[0] ?? 0);
    };
    expect(compare(40)).toBeGreaterThan(0.08);
    expect(compare(100)).toBeCloseTo(OPERATOR.correction, 2);
    expect(rig.position[1]).toBeCloseTo(plain.position[1] ?? Number.NaN, 6);
    rig.handBack();
    expect(Math.abs(compare(160))).toBeLessThan(1e-3);
    expect(rig.excess).toBeLessThan(1e-6);
  });

  it('holds where the policy has nothing to say', () => {
    const rig = OperatorRig.moving();
    rig.take('correction');
    rig.move(0.2, 0);
    rig.ticks(200);
    expect(rig.phase).toBe('hold');
    expect(speed(rig, 0)).toBe(0);
    infer(rig, 40);
    expect(rig.phase).toBe('active');
    expect(rig.excess).toBeLessThan(1e-6);
  });
});

describe('the e-stop', () => {
  it('outdoes every operator until the reset, after which the arm is inactive', () => {
    const rig = OperatorRig.moving();
    rig.take();
    rig.move(0.4, 0);
    rig.ticks(20);
    rig.memory.ask(Request.eStop);
    rig.ticks(100);
    expect(mode(rig)).toBe('e_stop');
    expect(speed(rig, 0)).toBe(0);
    rig.memory.ask(Request.reset);
    rig.until('inactive');
    rig.ticks(20);
    expect(rig.phase).toBe('inactive');
    expect(mode(rig)).toBe('operator');
  });
});

describe('the gate', () => {
  const gate = { threshold: 1, timeout: Number.POSITIVE_INFINITY, consecutive: 2 };
  const asking = () => OperatorRig.moving({ operator: { ...OPERATOR, gate } });

  it('holds and calls the operator when so many scores in a row lie above the threshold', () => {
    const rig = asking();
    const score = (value: number) => {
      rig.memory.operator.setScore(rig.now, value);
      infer(rig, 2);
    };
    for (const value of [1.5, 0.5, 1.5, 1]) score(value);
    expect(mode(rig)).toBe('policy');
    score(1.5);
    score(Number.NaN);
    expect(mode(rig)).toBe('hold');
    score(0.1);
    infer(rig, 100);
    expect(rig.faults).toEqual(['gate_asks']);
    expect(speed(rig, 0)).toBe(0);
    rig.take();
    rig.tick();
    expect(rig.faults).toEqual([]);
    rig.handBack();
    infer(rig, 30);
    expect(mode(rig)).toBe('policy');
    expect(rig.phase).toBe('active');
  });

  it('does not count scores of before a hand-back', () => {
    const rig = asking();
    const seen = rig.now;
    rig.take();
    rig.ticks(5);
    rig.handBack();
    rig.ticks(2);
    for (let i = 0; i < 5; i++) {
      rig.memory.operator.setScore(seen, 9);
      infer(rig, 2);
    }
    expect(mode(rig)).toBe('policy');
  });

  it('asks where scores stop coming, if that is watched', () => {
    const watched = { ...gate, timeout: 0.5 };
    const rig = OperatorRig.moving({ operator: { ...OPERATOR, gate: watched } });
    infer(rig, 60);
    expect(mode(rig)).toBe('hold');
  });
});
