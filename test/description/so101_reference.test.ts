/** The SO-101 of this repository against the official description, as Pinocchio computes it. */
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { loadRobot, robotKinematics } from '../../src/description/robot.js';
import { fromQuaternion, identity, rotationBetween } from '../../src/description/transform.js';

interface Golden {
  readonly joints: readonly string[];
  readonly poses: readonly {
    readonly q: readonly number[];
    readonly position: readonly number[];
    readonly quaternion: readonly number[];
    readonly jacobian?: readonly number[];
  }[];
}

const path = (relative: string) => fileURLToPath(new URL(relative, import.meta.url));
const golden: Golden = JSON.parse(readFileSync(path('./golden/so101_poses.json'), 'utf8'));
const robot = loadRobot(path('../../config/so101.yaml'));
const kinematics = robotKinematics(robot);

describe('the SO-101 description', () => {
  it('has the joints of the official one in the documented order', () => {
    expect(robot.config.joints).toEqual(golden.joints);
  });

  it('puts the tool where the official one does, to 0.1 mm and 1e-4 rad, on 200 poses', () => {
    expect(golden.poses).toHaveLength(200);
    const pose = identity();
    const turn = new Float64Array(3);
    let position = 0;
    let angle = 0;
    for (const expected of golden.poses) {
      kinematics.forward(expected.q, pose);
      const reference = fromQuaternion(expected.position, expected.quaternion);
      rotationBetween(pose, reference, turn);
      for (const i of [3, 7, 11]) {
        position = Math.max(position, Math.abs((pose[i] ?? NaN) - (reference[i] ?? NaN)));
      }
      angle = Math.max(angle, Math.hypot(...turn));
    }
    expect(position).toBeLessThan(1e-4);
    expect(angle).toBeLessThan(1e-4);
  });

  it('has the official one’s Jacobian', () => {
    const jacobian = new Float64Array(36);
    const withJacobian = golden.poses.filter((pose) => pose.jacobian !== undefined);
    expect(withJacobian.length).toBeGreaterThan(10);
    for (const expected of withJacobian) {
      kinematics.jacobian(expected.q, jacobian);
      expected.jacobian?.forEach((value, i) => {
        expect(Math.abs((jacobian[i] ?? NaN) - value)).toBeLessThan(2e-5);
      });
    }
  });

  it('weighs what the official one weighs and is built of primitive shapes only', () => {
    const links = [...robot.description.links.values()];
    const mass = links.reduce((sum, link) => sum + (link.inertial?.mass ?? 0), 0);
    expect(mass).toBeCloseTo(0.632, 3);
    for (const link of links) {
      for (const shape of [...link.visuals, ...link.collisions]) {
        expect(['box', 'cylinder', 'sphere']).toContain(shape.geometry.type);
      }
    }
  });

  it('holds a 25 mm cube flat between its pads with the grasp frame in the middle', () => {
    const q = robot.config.joints.map((joint) => (joint === 'gripper' ? 0.1174 : 0));
    kinematics.update(q);
    const pose = (link: string) => {
      const at = kinematics.linkOffset(link);
      return kinematics.linkPoses.slice(at, at + 16);
    };
    // Inner faces as points and outward normals in the axes of the grasp frame.
    const face = (link: string, name: string, side: 1 | -1) => {
      const shape = robot.description.links.get(link)?.collisions.find((s) => s.name === name);
      if (shape?.geometry.type !== 'box') throw new Error(`no box ${name}`);
      const [sx] = shape.geometry.size;
      const [x, y, z] = shape.origin.xyz;
      const yaw = shape.origin.rpy[2];
      const normal = [side * Math.cos(yaw), side * Math.sin(yaw), 0];
      const point = [x + (sx / 2) * (normal[0] ?? 0), y + (sx / 2) * (normal[1] ?? 0), z];
      return { point: inGrasp(pose(link), point, 1), normal: inGrasp(pose(link), normal, 0) };
    };
    const grasp = pose('grasp_link');
    const inGrasp = (m: Float64Array, [x = 0, y = 0, z = 0]: number[], w: number) => {
      const world = [0, 4, 8].map(
        (r) => (m[r] ?? 0) * x + (m[r + 1] ?? 0) * y + (m[r + 2] ?? 0) * z + w * (m[r + 3] ?? 0),
      );
      const from = [3, 7, 11].map((i, r) => (world[r] ?? 0) - w * (grasp[i] ?? 0));
      return [0, 1, 2].map(
        (c) =>
          (grasp[c] ?? 0) * (from[0] ?? 0) +
          (grasp[4 + c] ?? 0) * (from[1] ?? 0) +
          (grasp[8 + c] ?? 0) * (from[2] ?? 0),
      );
    };
    const fixed = face('gripper_link', 'fixed_jaw_pad', 1);
    const moving = face('moving_jaw_link', 'moving_jaw_pad', -1);
    expect(fixed.point[0]).toBeCloseTo(0.0125, 4);
    expect(moving.point[0]).toBeCloseTo(-0.0125, 4);
    expect(fixed.normal[0]).toBeCloseTo(-1, 6);
    expect(moving.normal[0]).toBeCloseTo(1, 6);
  });
});
