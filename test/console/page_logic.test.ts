/** The page's own decisions: when it holds, what it asks for, and when it says that something is lost. */
import { describe, expect, it } from 'vitest';
import { AuthorityHold } from '../../src/console/page/authority_hold.js';
import { JogDrive } from '../../src/console/page/jog_drive.js';
import { lossOf } from '../../src/console/page/loss.js';
import type { Wish } from '../../src/console/page/wish.js';
import type { Authority, StateMessage } from '../../src/console/protocol.js';

const ME = 'console-1';
const granted: Authority = {
  ...{ phase: 'active', mode: 'operator', groups: {}, refused: [], reason: '' },
  ...{ operator: ME, deadman: true },
};

function hold(): { hold: AuthorityHold; sent: Wish[]; why: (string | undefined)[] } {
  const sent: Wish[] = [];
  const why: (string | undefined)[] = [];
  const made = new AuthorityHold(
    (wish) => sent.push(wish),
    (reason) => why.push(reason),
  );
  return { hold: made, sent, why };
}

const deadmen = (sent: readonly Wish[]) =>
  sent.map((wish) => (wish.type === 'authority' ? `${wish.mode} ${wish.deadman}` : wish.type));

describe('AuthorityHold', () => {
  it('begins with open hands, then holds at every beat', () => {
    const { hold: one, sent } = hold();
    one.take('operator', ['arm'], 0);
    one.tick(50, ME, granted);
    expect(deadmen(sent)).toEqual(['hold false', 'operator true', 'operator true']);
  });

  it('lets go into holding, and hands back to the policy', () => {
    const { hold: one, sent } = hold();
    one.take('operator', ['arm'], 0);
    one.letGo();
    one.handBack(['arm']);
    expect(deadmen(sent).slice(2)).toEqual(['hold false', 'policy false']);
    expect(one.held).toBeUndefined();
  });

  it('gives up when another holds authority, and says who', () => {
    const { hold: one, why } = hold();
    one.take('operator', ['arm'], 0);
    const other = { ...granted, operator: 'console-2', name: 'Ann' };
    one.tick(50, ME, other);
    expect(one.held).toBeDefined();
    one.tick(1100, ME, other);
    expect(one.held).toBeUndefined();
    expect(why.at(-1)).toBe('Ann holds authority');
  });

  it('gives up when the controller no longer counts its deadman as held', () => {
    const { hold: one, why } = hold();
    one.take('operator', ['arm'], 0);
    one.tick(50, ME, granted);
    one.tick(100, ME, { ...granted, deadman: false, mode: 'hold' });
    one.tick(1200, ME, { ...granted, deadman: false, mode: 'hold' });
    expect(one.held).toBeUndefined();
    expect(why.at(-1)).toMatch(/does not hear/);
  });

  it('lets go at an e-stop, so that nothing is held once it is reset', () => {
    const { hold: one, sent } = hold();
    one.take('operator', ['arm'], 0);
    one.tick(50, ME, { ...granted, phase: 'e_stop' });
    expect(one.held).toBeUndefined();
    expect(deadmen(sent).at(-1)).toBe('hold false');
  });

  it('does not come back by itself after the connection was lost', () => {
    const { hold: one, sent } = hold();
    one.take('operator', ['arm'], 0);
    one.lost();
    const before = sent.length;
    one.tick(50, ME, granted);
    expect(sent.length).toBe(before);
  });
});

describe('JogDrive', () => {
  it('adds what sources ask for, and ends with one zero', () => {
    const sent: Wish[] = [];
    const drive = new JogDrive((wish) => sent.push(wish));
    drive.speed = 0.5;
    drive.setJoints('keys', new Map([['elbow', 1]]));
    drive.tick(true);
    drive.setJoints('keys', new Map());
    drive.tick(true);
    drive.tick(true);
    expect(sent).toEqual([
      { type: 'joint_jog', velocities: { elbow: 0.5 } },
      { type: 'joint_jog', velocities: {} },
    ]);
  });

  it('sends nothing while the page does not command, and drops what was pressed', () => {
    const sent: Wish[] = [];
    const drive = new JogDrive((wish) => sent.push(wish));
    drive.setTwist('keys', [1, 0, 0, 0, 0, 0]);
    drive.tick(false);
    drive.release();
    drive.tick(true);
    expect(sent).toEqual([]);
  });

  it('never asks for more than full speed', () => {
    const sent: Wish[] = [];
    const drive = new JogDrive((wish) => sent.push(wish));
    drive.speed = 1;
    drive.setTwist('keys', [1, 0, 0, 0, 0, 0]);
    drive.setTwist('gamepad', [1, 0, 0, 0, 0, 0]);
    drive.tick(true);
    const [twist] = sent;
    expect(twist?.type === 'twist_jog' ? twist.linear : []).toEqual([0.2, 0, 0]);
  });
});

describe('the alarm', () => {
  const state = (age: number | null): StateMessage => ({
    ...{ type: 'state', n: 1, time: 0, joints: null, authority: null, clearances: [], pages: 1 },
    ages: { authority: age },
  });

  it('is silent while server and controller are heard', () => {
    expect(lossOf(state(0.2), 40)).toBeUndefined();
  });

  it('says that the controller is lost, or has not been heard yet', () => {
    expect(lossOf(state(1.1), 40)?.what).toBe('CONTROLLER LOST');
    expect(lossOf(state(null), 40)?.cure).toMatch(/not been heard/);
  });

  it('puts a lost console above all, since the page then knows nothing', () => {
    expect(lossOf(state(5), 800)?.what).toMatch(/CONSOLE LOST/);
    expect(lossOf(undefined, 0)?.what).toMatch(/CONSOLE LOST/);
  });
});
