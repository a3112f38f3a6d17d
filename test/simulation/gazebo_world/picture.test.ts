// Pictures and link poses on their way between Gazebo's forms and ours.
import { expect, test } from 'vitest';
import { Kinematics } from '../../../src/description/kinematics.js';
import type { GazeboEncoding } from '../../../src/simulation/gazebo/gazebo_world.js';
import { linkPoses } from '../../../src/simulation/gazebo_world/link_poses.js';
import { copyRgb } from '../../../src/simulation/gazebo_world/picture.js';
import { robot } from '../arm.js';

function copied(encoding: GazeboEncoding, stride: number, data: number[]): number[] {
  const out = new Uint8Array(2 * 2 * 3);
  const bytes = Uint8Array.from(data);
  copyRgb({ camera: 'front', time: 0, width: 2, height: 2, stride, encoding, data: bytes }, out);
  return [...out];
}

test('colours come out red first, whatever order and row length Gazebo has', () => {
  const rgb = [1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12];
  expect(copied('rgb8', 6, rgb)).toEqual(rgb);
  expect(copied('rgb8', 8, [1, 2, 3, 4, 5, 6, 0, 0, 7, 8, 9, 10, 11, 12, 0, 0])).toEqual(rgb);
  expect(copied('bgr8', 6, [3, 2, 1, 6, 5, 4, 9, 8, 7, 12, 11, 10])).toEqual(rgb);
  expect(copied('mono8', 2, [5, 6, 7, 8])).toEqual([5, 5, 5, 6, 6, 6, 7, 7, 7, 8, 8, 8]);
});

test('a depth picture, or one of another size, is refused in one line', () => {
  expect(() => copied('32FC1', 8, [])).toThrow(/camera front: a picture of 2×2 32FC1; expected/);
  const small = {
    camera: 'wrist',
    time: 0,
    width: 1,
    height: 1,
    stride: 3,
    data: new Uint8Array(3),
  };
  expect(() => copyRgb({ ...small, encoding: 'rgb8' }, new Uint8Array(12))).toThrow(
    /camera wrist: a picture of 1×1/,
  );
});

test('link poses for a reset are those of the kinematics, as position and quaternion', () => {
  const joints = [...robot.joints.values()].filter((j) => j.type !== 'fixed').map((j) => j.name);
  const kinematics = new Kinematics(robot, { joints, tool: robot.root });
  for (const q of [joints.map(() => 0), [0.4, -1.1, 0.9, 1.3, -2.2, 0.6]]) {
    const poses = linkPoses(robot, joints)(q);
    kinematics.update(q);
    expect(Object.keys(poses)).not.toContain('grasp_link');
    for (const [link, { position, quaternion }] of Object.entries(poses)) {
      const at = kinematics.linkOffset(link);
      const m = (i: number): number => kinematics.linkPoses[at + i] ?? 0;
      expect([...position]).toEqual([m(3), m(7), m(11)]);
      const [x, y, z, w] = quaternion;
      // First row and last element of the rotation that the quaternion stands for.
      expect(1 - 2 * (y * y + z * z)).toBeCloseTo(m(0), 9);
      expect(2 * (x * y - w * z)).toBeCloseTo(m(1), 9);
      expect(2 * (x * z + w * y)).toBeCloseTo(m(2), 9);
      expect(1 - 2 * (x * x + y * y)).toBeCloseTo(m(10), 9);
    }
  }
});
