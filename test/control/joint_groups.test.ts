/** Authority is given over groups that share no joint and leave none out. */
import { describe, expect, it } from 'vitest';
import { armMask, groupMask, jointGroups, wholeMask } from '../../src/control/joint_groups.js';

const JOINTS = ['pan', 'lift', 'gripper'];

describe('joint groups', () => {
  it('are those of the robot', () => {
    const groups = { arm: ['lift', 'pan'], gripper: ['gripper'] };
    const found = jointGroups({ joints: JOINTS, groups, file: 'robot.yaml' });
    expect(found).toEqual([
      { name: 'arm', joints: [1, 0], hand: false },
      { name: 'gripper', joints: [2], hand: true },
    ]);
    expect(groupMask(found, ['gripper', 'tail'])).toBe(0b10);
    expect(armMask(found)).toBe(0b01);
    expect(wholeMask(found)).toBe(0b11);
  });

  it('are an arm and a gripper by the joints’ names where the robot names none', () => {
    expect(jointGroups({ joints: JOINTS, groups: {}, file: 'robot.yaml' })).toEqual([
      { name: 'arm', joints: [0, 1], hand: false },
      { name: 'gripper', joints: [2], hand: true },
    ]);
  });

  it('are refused when they share a joint', () => {
    const groups = { left: ['pan'], all: ['pan', 'lift'] };
    expect(() => jointGroups({ joints: JOINTS, groups, file: 'robot.yaml' })).toThrow(
      'robot.yaml: groups.all: joint "pan" is in two groups',
    );
  });
});
