/** Who of several operators holds authority, and what the tick is told of it. */
import { beforeEach, describe, expect, it } from 'vitest';
import type { JointGroup } from '../../src/control/joint_groups.js';
import { OperatorDesk } from '../../src/control/operator_desk.js';
import { AUTHORITY, OperatorMemory, Want } from '../../src/control/operator_memory.js';

const GROUPS: readonly JointGroup[] = [
  { name: 'arm', joints: [0], hand: false },
  { name: 'gripper', joints: [1], hand: true },
];
const TIMEOUT = 0.3;
let memory: OperatorMemory;
let desk: OperatorDesk;
let seq: number;
let now: number;

interface Beat {
  readonly deadman?: boolean;
  readonly mode?: string;
  readonly groups?: string[];
  readonly seq?: number;
}

/** A heartbeat 50 ms after the one before. */
function beat(operator: string, fields: Beat = {}): void {
  now += 0.05;
  seq++;
  desk.take(JSON.stringify({ operator, seq, deadman: true, mode: 'operator', ...fields }), now);
}

function told(): { time: number; want: number; groups: number; gesture: number } {
  const row = new Float64Array(AUTHORITY.width);
  memory.authority.read(row);
  const [time = 0, want = 0, groups = 0, gesture = 0] = row;
  return { time, want, groups, gesture };
}

beforeEach(() => {
  memory = new OperatorMemory(2);
  desk = new OperatorDesk(memory, { groups: GROUPS, timeout: TIMEOUT, priorities: { leader: 5 } });
  seq = 0;
  now = 10;
});

describe('the desk', () => {
  it('gives authority to the first who holds the deadman, and tells the tick', () => {
    beat('ann', { deadman: false });
    expect(desk.holder).toBeUndefined();
    expect(told().want).toBe(Want.nothing);
    beat('ann', { groups: ['gripper'] });
    expect(desk.holder?.id).toBe('ann');
    expect(told()).toEqual({ time: now, want: Want.operator, groups: 0b10, gesture: 1 });
    beat('ann', { mode: 'correction' });
    expect(told()).toEqual({ time: now, want: Want.correction, groups: 0b11, gesture: 1 });
  });

  it('gives an operator in shared mode the arm, where he names no groups', () => {
    beat('ann', { mode: 'shared' });
    expect(told()).toMatchObject({ want: Want.shared, groups: 0b01 });
  });

  it('refuses a second one while the deadman is held, says so, and gives it when it is let go', () => {
    beat('ann');
    beat('bob');
    expect(desk.holder?.id).toBe('ann');
    expect(desk.refused(now)).toEqual(['bob']);
    expect(told()).toMatchObject({ gesture: 1 });
    beat('ann', { deadman: false });
    expect(told().want).toBe(Want.letGo);
    beat('bob');
    expect(desk.holder?.id).toBe('bob');
    expect(told()).toMatchObject({ want: Want.operator, gesture: 2 });
    expect(desk.refused(now)).toEqual([]);
    beat('ann', { deadman: true });
    expect(desk.refused(now)).toEqual(['ann']);
    expect(desk.refused(now + 2)).toEqual([]);
  });

  it('lets one of higher priority take over, and wants the other to let go before he tries again', () => {
    beat('ann');
    beat('leader-arm');
    expect(desk.holder?.id).toBe('leader-arm');
    beat('leader-arm', { deadman: false });
    beat('ann');
    expect(desk.holder?.id).toBe('leader-arm');
    beat('ann', { deadman: false });
    beat('ann');
    expect(desk.holder?.id).toBe('ann');
  });

  it('ignores what is old or comes again', () => {
    beat('ann');
    beat('ann', { deadman: false });
    const before = told();
    beat('ann', { seq: 1 });
    beat('ann', { seq: 2, mode: 'policy' });
    expect(told()).toEqual(before);
    expect(desk.replayed).toBe(2);
    expect(desk.holder?.deadman).toBe(false);
  });

  it('hands back for the holder alone', () => {
    beat('bob', { deadman: false, mode: 'policy' });
    expect(told().want).toBe(Want.nothing);
    beat('ann');
    beat('bob', { deadman: false, mode: 'policy' });
    expect(told().want).toBe(Want.operator);
    beat('ann', { deadman: false, mode: 'policy' });
    expect(told()).toMatchObject({ want: Want.handBack, gesture: 2 });
    expect(desk.holder).toBeUndefined();
    const before = told();
    beat('ann', { deadman: false, mode: 'policy' });
    expect(told()).toEqual(before);
  });

  it('takes no notice of a deadman that was still held when a lost operator is heard again', () => {
    beat('ann');
    const before = told();
    now += 1;
    desk.watch(now);
    expect(desk.holder).toBeUndefined();
    beat('ann');
    expect(told()).toEqual(before);
    expect(desk.refused(now)).toEqual(['ann']);
    beat('ann', { deadman: false });
    beat('ann');
    expect(told()).toMatchObject({ want: Want.operator, gesture: 2 });
  });

  it('notices the loss by a heartbeat that comes too late, too', () => {
    beat('ann');
    const before = told();
    now += 1;
    beat('ann');
    expect(told()).toEqual(before);
    expect(desk.holder).toBeUndefined();
  });

  it.each([
    ['not JSON', '{"operator":', /not JSON/],
    ['another’s name', JSON.stringify({ operator: 'a b' }), /operator/],
    ['no sequence', JSON.stringify({ operator: 'ann', deadman: true, mode: 'operator' }), /seq/],
    [
      'an unknown mode',
      JSON.stringify({ operator: 'ann', seq: 1, deadman: true, mode: 'x' }),
      /mode/,
    ],
    ['too long a text', ' '.repeat(2000), /2000 characters/],
  ])('refuses a heartbeat with %s', (_, text, fault) => {
    expect(() => desk.take(text, now)).toThrow(fault);
    expect(desk.holder).toBeUndefined();
  });

  it('counts a group that does not exist as none', () => {
    beat('ann', { groups: ['tail'] });
    expect(told()).toMatchObject({ want: Want.operator, groups: 0 });
  });
});
