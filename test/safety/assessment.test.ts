/** How a way to rest is judged, on a robot whose distances can be done in the head. */
import { describe, expect, it } from 'vitest';
import type { SceneShape } from '../../src/description/collision_model.js';
import { Assessment } from '../../src/safety/internal/assessment.js';
import { Clearances } from '../../src/safety/internal/clearances.js';
import { JointMotion } from '../../src/safety/internal/joint_motion.js';
import { StopPath } from '../../src/safety/internal/stop_path.js';
import { Reason } from '../../src/safety/reasons.js';
import { GANTRY_LIMITS, gantryLimits } from './gantry.js';
import { brake } from './prepared.js';

const STEP = 0.01;
const MARGIN = 0.02;
const FLOOR = 0.8 * MARGIN;
const KEEP = 0.75;
const wall: SceneShape = {
  name: 'wall',
  type: 'half_space',
  normal: [-1, 0, 0],
  offset: -0.4,
  links: ['ball'],
};
/** Where x is so that the ball is so far from the wall, m. */
const before = (distance: number) => 0.38 - distance;

/** Judges braking from a speed in x, m/s, the ball having rested as far from the wall. */
function judge(distance: number, speed: number, toolSpeed = Infinity) {
  const clearances = new Clearances(gantryLimits([wall], { tools: ['ball'] }));
  const joints = GANTRY_LIMITS.map((limits) => new JointMotion(limits));
  for (const joint of joints) joint.start(0);
  const [x] = joints as [JointMotion];
  x.start(before(distance));
  const path = new StopPath(joints);
  const assessment = new Assessment(clearances, path.most);
  assessment.speeds.limit = toolSpeed;
  assessment.start(Float64Array.from(joints, ({ position }) => position));
  x.velocity = speed;
  for (const joint of joints) brake(joint, STEP);
  path.step = STEP;
  path.lay();
  assessment.keep = KEEP;
  assessment.judge(path);
  const { safe, good, reason, shortfall, loss, distances, speeds } = assessment;
  const left = 0.38 - (path.end[0] as number);
  return { safe, good, reason, shortfall, loss, left, speed: speeds.speed, distances };
}

describe('a way to rest', () => {
  it('is good where all that comes near keeps its share of what it has above its margin', () => {
    const { left, ...way } = judge(0.05, 0.05);
    expect(left).toBeGreaterThan(MARGIN + KEEP * (0.05 - MARGIN));
    expect(way).toMatchObject({
      safe: true,
      good: true,
      reason: Reason.none,
      shortfall: 0,
      loss: 0,
    });
    expect(way.distances.clearance).toBeCloseTo(left, 11);
  });

  it('is safe but not good where a distance uses up more than its share', () => {
    const { left, ...way } = judge(0.05, 0.2);
    const aim = MARGIN + KEEP * (0.05 - MARGIN);
    expect(left).toBeGreaterThan(FLOOR);
    expect(way).toMatchObject({ safe: true, good: false, reason: Reason.scene, loss: 0 });
    expect(way.shortfall).toBeCloseTo((aim - left) / aim, 9);
  });

  it('is not safe where a distance falls below its floor: lost is what is missing of that', () => {
    const { left, ...way } = judge(0.03, 0.3);
    const aim = MARGIN + KEEP * (0.03 - MARGIN);
    expect(left).toBeLessThan(FLOOR);
    expect(way).toMatchObject({ safe: false, good: false, reason: Reason.scene });
    expect(way.shortfall).toBeCloseTo((aim - left) / aim, 9);
    expect(way.loss).toBeCloseTo((FLOOR - left) / MARGIN, 6);
  });

  it('has to lead back where a distance was below its margin', () => {
    const resting = judge(0.018, -0.001);
    expect(resting).toMatchObject({ safe: true, good: true });
    const { left, ...nearer } = judge(0.018, 0.05);
    expect(nearer).toMatchObject({ safe: true, good: false, reason: Reason.scene });
    expect(nearer.shortfall).toBeCloseTo((0.018 - left) / MARGIN, 6);
  });

  it('is not safe where a distance that was below its floor does not grow', () => {
    const { left, ...way } = judge(0.01, 0.02);
    expect(way).toMatchObject({ safe: false, reason: Reason.scene });
    expect(way.loss).toBeCloseTo((0.01 - left) / MARGIN, 6);
    expect(judge(0.01, -0.02)).toMatchObject({ safe: true, good: true, loss: 0 });
  });

  it('is not good where a tool is faster than it is led to, and not safe above its limit', () => {
    const { speed } = judge(0.3, 0.3, 1);
    expect(speed).toBe(0);
    const fast = judge(0.3, 0.3, 0.32);
    expect(fast.speed).toBeCloseTo(0.29, 2);
    expect(fast).toMatchObject({ safe: true, good: false, reason: Reason.toolSpeed, loss: 0 });
    const faster = judge(0.3, 0.3, 0.25);
    expect(faster).toMatchObject({ safe: false, good: false, reason: Reason.toolSpeed });
    expect(faster.loss).toBeCloseTo((faster.speed - 0.94 * 0.25) / 0.25, 9);
    // The tool was at rest, so it may go up to what is slow and its share of what is left above that.
    const aim = 0.92 * 0.25 * (0.8 + 0.2 * (1 - KEEP));
    expect(faster.shortfall).toBeCloseTo((faster.speed - aim) / 0.25, 9);
  });

  it('is named after what it falls short of most', () => {
    expect(judge(0.03, 0.3, 0.29).reason).toBe(Reason.scene);
    expect(judge(0.05, 0.3, 0.1).reason).toBe(Reason.toolSpeed);
  });
});
