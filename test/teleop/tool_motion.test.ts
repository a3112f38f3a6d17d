/** Jogging the tool: what is asked for is what it does, and a singularity is not run into. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { loadRobot, type Robot, robotKinematics } from '../../src/description/robot.js';
import { conditionNumber } from '../../src/teleop/condition_number.js';
import { ToolMotion } from '../../src/teleop/tool_motion.js';

const so101 = loadRobot('config/so101.yaml');
const ur5e = loadRobot('config/ur5e.yaml');
const OPTIONS = { slowFrom: 17, haltAt: 30 };

function motionOf(robot: Robot): ToolMotion {
  return new ToolMotion(robotKinematics(robot), { ...OPTIONS, limits: robot.limits });
}

/** The twist of the tool in base axes that joint velocities give. */
function twistOf(robot: Robot, q: readonly number[], velocity: Float64Array): number[] {
  const n = velocity.length;
  const jacobian = new Float64Array(6 * n);
  robotKinematics(robot).jacobian(q, jacobian);
  return [0, 1, 2, 3, 4, 5].map((i) =>
    velocity.reduce((sum, speed, j) => sum + (jacobian[i * n + j] ?? 0) * speed, 0),
  );
}

describe('the condition number', () => {
  it('is the ratio of the singular values', () => {
    const [c, s] = [Math.cos(0.7), Math.sin(0.7)];
    // A rotation times a diagonal of 5, 2, 0.5.
    const m = Float64Array.of(5 * c, -2 * s, 0, 5 * s, 2 * c, 0, 0, 0, 0.5);
    expect(conditionNumber(m, 3, 3)).toBeCloseTo(10, 9);
    const rank1 = Float64Array.of(1, 2, 2, 4);
    expect(conditionNumber(rank1, 2, 2)).toBe(Number.POSITIVE_INFINITY);
    // A column of zeros is a joint that does not move the tool.
    expect(conditionNumber(Float64Array.of(3, 0, 0, 0, 0, 1, 0, 0, 0), 3, 3)).toBeCloseTo(3, 9);
  });
});

describe('a jog of the tool', () => {
  it('moves an arm of six joints exactly as asked, in every direction', () => {
    const q = [0.3, -1.2, 1.4, -1.6, -1.3, 0.2];
    const motion = motionOf(ur5e);
    fc.assert(
      fc.property(
        fc.array(fc.double({ min: -0.2, max: 0.2, noNaN: true }), { minLength: 6, maxLength: 6 }),
        (twist) => {
          motion.solve(q, twist, true);
          const done = twistOf(ur5e, q, motion.velocity);
          for (const [i, asked] of twist.entries()) {
            expect(done[i]).toBeCloseTo(motion.share * asked, 2);
          }
        },
      ),
      { numRuns: 50 },
    );
  });

  it.each([
    ['x', [0.1, 0, 0]],
    ['y', [0, 0.1, 0]],
    ['z', [0, 0, 0.1]],
  ])('moves an arm of five joints along %s as asked, though it cannot keep its turn', (_, way) => {
    const q = so101.home;
    const motion = motionOf(so101);
    motion.solve(q, [...way, 0, 0, 0], true);
    const done = twistOf(so101, [...q], motion.velocity).slice(0, 3);
    expect(motion.share).toBeGreaterThan(0.9);
    for (const [i, asked] of way.entries()) expect(done[i]).toBeCloseTo(asked, 2);
  });

  it('slows down towards a stretched arm, comes to rest before it, and is free on the way back', () => {
    const q = [0, -1.2, 0.9, -1.2, -1.5, 0];
    const motion = motionOf(ur5e);
    const shares: number[] = [];
    for (let i = 0; i < 4000 && motion.share > 0; i++) {
      motion.solve(q, [0.1, 0, 0, 0, 0, 0], true);
      for (const [j, speed] of motion.velocity.entries()) q[j] = (q[j] ?? 0) + 0.01 * speed;
      shares.push(motion.share);
    }
    expect(shares[0]).toBe(1);
    expect(shares.some((share) => share > 0.2 && share < 0.8)).toBe(true);
    expect(motion.share).toBeLessThan(0.01);
    motion.solve(q, [-0.1, 0, 0, 0, 0, 0], true);
    expect(motion.share).toBe(1);
    expect(twistOf(ur5e, q, motion.velocity)[0]).toBeCloseTo(-0.1, 2);
  });

  it('does not lead a joint over the end of its range', () => {
    const q = [...so101.home];
    const lift = so101.limits[1];
    q[1] = (lift?.lower ?? 0) + 0.001;
    const motion = motionOf(so101);
    motion.solve(q, [-0.1, 0, 0, 0, 0, 0], true);
    expect(motion.velocity[1]).toBeGreaterThanOrEqual(0);
    expect(motion.velocity.every(Number.isFinite)).toBe(true);
  });
});
