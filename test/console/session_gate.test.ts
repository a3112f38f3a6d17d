/** Which messages of a page count: nothing dropped, replayed, late or foreign moves anything. */
import { describe, expect, it } from 'vitest';
import { type OperatorMessage, operatorSchema } from '../../src/console/operator_message.js';
import { SessionGate } from '../../src/console/session_gate.js';

const SESSION = 'abc';

function gate(role: 'operator' | 'viewer' = 'operator', rate = 1000): SessionGate {
  const made = new SessionGate({ session: SESSION, role, rate, linkTimeout: 0.5 });
  made.stateSent(1, 0);
  return made;
}

function beat(seq: number, more: object = {}): OperatorMessage {
  const message = {
    ...{ type: 'authority', session: SESSION, seq, echo: 1 },
    ...{ deadman: true, mode: 'operator', groups: ['arm'], ...more },
  };
  return operatorSchema.parse(message);
}

function jog(seq: number, more: object = {}): OperatorMessage {
  const message = { type: 'joint_jog', session: SESSION, seq, echo: 1, velocities: { a: 0.1 } };
  return operatorSchema.parse({ ...message, ...more });
}

const eStop = (seq: number): OperatorMessage =>
  operatorSchema.parse({ type: 'e_stop', session: SESSION, seq, echo: 0 });

describe('SessionGate', () => {
  it('lets heartbeats and jogs of an operator pass in their order', () => {
    const one = gate();
    expect(one.judge(beat(1), 0.1)).toBeUndefined();
    expect(one.judge(jog(2), 0.1)).toBeUndefined();
    expect(one.judge(beat(3), 0.2)).toBeUndefined();
  });

  it('lets a viewer do nothing, not even stop', () => {
    const one = gate('viewer');
    expect(one.judge(beat(1), 0.1)).toMatch(/view only/);
    expect(one.judge(eStop(2), 0.1)).toMatch(/view only/);
  });

  it('refuses a message that was replayed, and one of another session', () => {
    const one = gate();
    one.judge(beat(1), 0.1);
    one.judge(jog(2), 0.1);
    expect(one.judge(jog(2), 0.1)).toMatch(/replayed/);
    expect(one.judge(beat(1), 0.1)).toMatch(/replayed/);
    expect(one.judge(jog(3, { session: 'other' }), 0.1)).toMatch(/another session/);
  });

  it('ends motion after a lost message until the operator lets go', () => {
    const one = gate();
    one.judge(beat(1), 0.1);
    expect(one.judge(jog(3), 0.1)).toMatch(/lost/);
    expect(one.judge(beat(4), 0.1)).toMatch(/lost/);
    expect(one.held(0.1)).toBe(false);
    expect(one.judge(beat(5, { deadman: false, mode: 'hold' }), 0.1)).toBeUndefined();
    expect(one.judge(beat(6), 0.1)).toBeUndefined();
    expect(one.judge(jog(7), 0.1)).toBeUndefined();
  });

  it('refuses motion that answers to a state older than the link may be', () => {
    const one = gate();
    expect(one.judge(beat(1), 0.5)).toBeUndefined();
    expect(one.judge(beat(2), 0.51)).toMatch(/late/);
    one.stateSent(2, 0.6);
    expect(one.judge(beat(3, { echo: 2 }), 0.6)).toMatch(/lost/);
    one.judge(beat(4, { deadman: false, mode: 'hold', echo: 2 }), 0.6);
    expect(one.judge(beat(5, { echo: 2 }), 0.7)).toBeUndefined();
  });

  it('refuses motion that answers to a state that was never sent', () => {
    expect(gate().judge(beat(1, { echo: 7 }), 0.1)).toMatch(/late/);
  });

  it('refuses motion without the deadman, or once it has lapsed', () => {
    const one = gate();
    expect(one.judge(jog(1), 0.1)).toMatch(/deadman/);
    one.judge(beat(2), 0.1);
    for (let i = 1; i < 8; i++) one.stateSent(1 + i, 0.1 * i);
    expect(one.judge(jog(3, { echo: 8 }), 0.65)).toMatch(/deadman/);
  });

  it('takes an e-stop out of order, and ends motion by it', () => {
    const one = gate();
    one.judge(beat(1), 0.1);
    expect(one.judge(eStop(1), 0.1)).toBeUndefined();
    expect(one.judge(beat(2), 0.1)).toMatch(/lost/);
  });

  it('drops what comes too fast, and ends motion by that', () => {
    const one = gate('operator', 40);
    one.judge(beat(1), 0.1);
    let dropped = 0;
    for (let i = 0; i < 100; i++) if (!one.admit(0.1)) dropped++;
    expect(dropped).toBe(90);
    expect(one.held(0.1)).toBe(false);
    expect(one.judge(beat(2), 0.1)).toMatch(/lost/);
  });
});
