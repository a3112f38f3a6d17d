/** Inverse kinematics of the SO-101: what can be reached is reached, and limits are kept. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { InverseKinematics } from '../../src/description/inverse_kinematics.js';
import { loadRobot, robotKinematics } from '../../src/description/robot.js';
import { downwardPose, pointingPose } from '../../src/description/tool_pose.js';
import { identity } from '../../src/description/transform.js';
import { repositoryFile } from './robots.js';

fc.configureGlobal({ seed: 20 });

const robot = loadRobot(repositoryFile('config/so101.yaml'));
const kinematics = robotKinematics(robot, { group: 'arm', tool: 'grasp_link' });
const limits = robot.limits.slice(0, 5);
const home = robot.home.slice(0, 5);
const within = fc
  .array(fc.double({ min: 0, max: 1, noNaN: true }), { minLength: 5, maxLength: 5 })
  .map((shares) => limits.map(({ lower, upper }, i) => lower + (upper - lower) * (shares[i] ?? 0)));

function distance(target: Float64Array, q: ArrayLike<number>): number {
  const pose = identity();
  kinematics.forward(q, pose);
  return Math.hypot(...[3, 7, 11].map((i) => (pose[i] ?? NaN) - (target[i] ?? NaN)));
}

function expectWithinLimits(q: ArrayLike<number>): void {
  limits.forEach(({ lower, upper }, i) => {
    expect(q[i]).toBeGreaterThanOrEqual(lower);
    expect(q[i]).toBeLessThanOrEqual(upper);
  });
}

describe('inverse kinematics', () => {
  it('solves every pose that the arm can take, to 0.1 mm, within limits', () => {
    const ik = new InverseKinematics(kinematics, robot.limits);
    const out = new Float64Array(5);
    const target = identity();
    fc.assert(
      fc.property(within, (q) => {
        kinematics.forward(q, target);
        const result = ik.solve(target, home, out);
        expect(result.converged).toBe(true);
        expect(distance(target, out)).toBeLessThan(1e-4);
        expect(result.orientationError).toBeLessThan(1e-4);
        expectWithinLimits(out);
      }),
      { numRuns: 500 },
    );
  });

  it('solves every place that the arm can reach with the direction left free', () => {
    const ik = new InverseKinematics(kinematics, robot.limits, {
      approachWeight: 0,
      rollWeight: 0,
    });
    const out = new Float64Array(5);
    const target = identity();
    fc.assert(
      fc.property(within, (q) => {
        kinematics.forward(q, target);
        expect(ik.solve(target, home, out).converged).toBe(true);
        expect(distance(target, out)).toBeLessThan(1e-4);
        expectWithinLimits(out);
      }),
      { numRuns: 300 },
    );
  });

  it('points the tool straight down at the table, with the roll left free or given', () => {
    const free = new InverseKinematics(kinematics, robot.limits, { rollWeight: 0 });
    const given = new InverseKinematics(kinematics, robot.limits);
    const out = new Float64Array(5);
    const pose = identity();
    for (const x of [0.15, 0.2, 0.25]) {
      for (const y of [-0.1, 0, 0.1]) {
        for (const yaw of [2, 3, 4]) {
          const target = downwardPose([x, y, 0.0125], yaw);
          for (const ik of [free, given]) {
            expect(ik.solve(target, home, out).converged).toBe(true);
            kinematics.forward(out, pose);
            expect(distance(target, out)).toBeLessThan(1e-4);
            expect(pose[10]).toBeCloseTo(-1, 6);
          }
          expect(Math.atan2(pose[4] ?? 0, pose[0] ?? 0)).toBeCloseTo(
            Math.atan2(Math.sin(yaw), Math.cos(yaw)),
            3,
          );
        }
      }
    }
  });

  it('keeps the place exact and comes near the direction when both cannot be had', () => {
    const ik = new InverseKinematics(kinematics, robot.limits, {
      approachWeight: 1e-3,
      rollWeight: 1e-3,
      orientationTolerance: 2,
    });
    const out = new Float64Array(5);
    const result = ik.solve(downwardPose([0.2, 0.05, 0.15], Math.PI), home, out);
    expect(result.converged).toBe(true);
    expect(result.positionError).toBeLessThan(1e-5);
    expect(result.orientationError).toBeLessThan(0.6);
  });

  it('says so when a pose is out of reach, and still stays within limits', () => {
    const ik = new InverseKinematics(kinematics, robot.limits, { margin: 0.05 });
    const out = new Float64Array(5);
    const result = ik.solve(downwardPose([0.9, 0.2, 0.1], 0), home, out);
    expect(result.converged).toBe(false);
    expect(result.positionError).toBeGreaterThan(0.3);
    limits.forEach(({ lower, upper }, i) => {
      expect(out[i]).toBeGreaterThanOrEqual(lower + 0.05);
      expect(out[i]).toBeLessThanOrEqual(upper - 0.05);
    });
  });

  it('finds the same solution twice', () => {
    const ik = new InverseKinematics(kinematics, robot.limits);
    const target = downwardPose([0.22, 0.08, 0.02], 2.5);
    const first = new Float64Array(5);
    const second = new Float64Array(5);
    ik.solve(target, home, first);
    ik.solve(downwardPose([0.1, -0.2, 0.1], 3), home, second);
    ik.solve(target, home, second);
    expect([...second]).toEqual([...first]);
  });

  it('does not call a target that is not finite solved', () => {
    const ik = new InverseKinematics(kinematics, robot.limits);
    const out = new Float64Array(5);
    expect(ik.solve(downwardPose([NaN, 0, 0.1], 3), home, out).converged).toBe(false);
    expectWithinLimits(out);
    const fromNowhere = ik.solve(downwardPose([0.2, 0, 0.02], 3), [NaN, 0, 0, 0, 0], out);
    expect(fromNowhere.converged).toBe(true);
    expectWithinLimits(out);
  });

  it('refuses a joint without limits', () => {
    expect(() => new InverseKinematics(kinematics, robot.limits.slice(1))).toThrow(
      'no limits for joint "shoulder_pan"',
    );
  });
});

describe('tool poses', () => {
  it('point down by either way of asking', () => {
    const yaw = 0.7;
    const down = downwardPose([1, 2, 3], yaw);
    const pointing = pointingPose([1, 2, 3], [0, 0, -5], [3 * Math.cos(yaw), 3 * Math.sin(yaw), 4]);
    for (let i = 0; i < 16; i++) expect(pointing[i]).toBeCloseTo(down[i] ?? NaN, 12);
  });
});
