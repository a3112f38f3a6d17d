/** Speeds of tool centres on a way to rest: what is passed over is slow indeed. */
import { describe, expect, it } from 'vitest';
import { collisionModel } from '../../src/description/collision_model.js';
import { Clearances } from '../../src/safety/internal/clearances.js';
import { JointMotion } from '../../src/safety/internal/joint_motion.js';
import { StopPath } from '../../src/safety/internal/stop_path.js';
import { ToolSpeeds } from '../../src/safety/internal/tool_speeds.js';
import { loadProfile } from '../description/profiles.js';
import { generator } from './attack.js';
import { randomPose } from './attacked_robot.js';

const STEP = 0.01;

const robot = loadProfile('so101_pair');
const tools = robot.config.toolLinks;
const clearances = new Clearances({
  model: collisionModel(robot),
  tools,
  toolSpeed: 1,
  workspace: [],
  barrier: { gain: 8, selfMargin: 0.01, sceneMargin: 0.01 },
  grossOverlap: 0.01,
});

/** The way to rest of two arms with a tool each, in random motion. */
function wayOn(seed: number): StopPath {
  const random = generator(seed);
  const pose = randomPose(robot.limits, random);
  const joints = robot.limits.map((limits, i) => {
    const joint = new JointMotion(limits);
    joint.start(pose[i] ?? 0);
    joint.velocity = (2 * random() - 1) * limits.velocity;
    joint.propose(STEP, pose[i] ?? 0);
    return joint;
  });
  const path = new StopPath(joints);
  path.step = STEP;
  path.lay();
  return path;
}

describe('tool speeds', () => {
  it('are measured wherever a tool is fast, and not everywhere', () => {
    let passed = 0;
    let fast = 0;
    for (let seed = 1; seed <= 40; seed++) {
      const path = wayOn(seed);
      const speeds = new ToolSpeeds(clearances, path.most);
      speeds.limit = 0.6;
      speeds.begin(path, 0.9);
      if (speeds.spans === 0) continue;
      clearances.place(path.here);
      clearances.markTools();
      path.sample(speeds.spans, speeds.watched);
      const gradient = new Float64Array(clearances.joints);
      let most = 0;
      for (let m = 0; m < path.count; m++) {
        const slow = speeds.allSlow(path, m);
        clearances.place(path.positions, m * clearances.joints);
        for (let tool = 0; tool < tools.length; tool++) {
          speeds.find(path, m, tool, gradient);
          if (slow) expect(speeds.found).toBeLessThanOrEqual(speeds.slow);
          most = Math.max(most, speeds.found);
          if (speeds.found > speeds.slow) fast++;
        }
        if (slow) passed++;
        else speeds.measure(path, m);
        expect(speeds.measured[m]).toBe(slow ? 0 : 1);
      }
      if (most > speeds.slow) expect(speeds.speed).toBe(most);
    }
    expect(passed).toBeGreaterThan(100);
    expect(fast).toBeGreaterThan(100);
  });

  it('need no look while joints are slow, and none without a limit', () => {
    const path = wayOn(1);
    const speeds = new ToolSpeeds(clearances, path.most);
    expect(speeds.limit).toBe(Number.POSITIVE_INFINITY);
    for (const limit of [Number.POSITIVE_INFINITY, 1e3]) {
      speeds.limit = limit;
      speeds.begin(path, 0.9);
      expect(speeds.spans).toBe(0);
      expect([...speeds.watched].every((watched) => watched === 0)).toBe(true);
      expect(speeds.allSlow(path, 0)).toBe(true);
    }
  });

  it('may rise to what is slow at once, and from there the more slowly, the nearer to the limit', () => {
    const path = wayOn(2);
    const speeds = new ToolSpeeds(clearances, path.most);
    speeds.limit = 1;
    const aimFrom = (speed: number) => {
      speeds.speed = speed;
      speeds.adopt();
      speeds.begin(path, 0.75);
      return speeds.aim;
    };
    const [slow, aim] = [0.736, 0.92];
    expect(aimFrom(0)).toBeCloseTo(slow + (aim - slow) / 4, 12);
    expect(speeds.slow).toBeCloseTo(slow, 12);
    expect(speeds.allowed).toBeCloseTo(0.94, 12);
    expect(aimFrom(slow)).toBeCloseTo(slow + (aim - slow) / 4, 12);
    expect(aimFrom(0.88)).toBeCloseTo(0.89, 12);
    expect(aimFrom(0.93)).toBe(0.92);
    speeds.start();
    speeds.begin(path, 0.75);
    expect(speeds.aim).toBeCloseTo(slow + (aim - slow) / 4, 12);
  });
});
