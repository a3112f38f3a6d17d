/** Speeds of tool centres on a way to rest: what is passed over is slow indeed. */
import { describe, expect, it } from 'vitest';
import { Kinematics } from '../../src/description/kinematics.js';
import type { StopPath } from '../../src/safety/internal/stop_path.js';
import { ToolSpeeds } from '../../src/safety/internal/tool_speeds.js';
import { toolSpeed } from '../description/robots.js';
import { generator } from './attack.js';
import { arms, limits, motion, STEP } from './moving_arms.js';

const { clearances, joints: n } = arms();
const tools = limits.tools;
/** m: no tool gets farther from the axis of a joint. */
const LONGEST = Math.max(...clearances.toolReach.flat());

/** Tool speeds on a way, at a limit in m/s. */
function speedsOn(path: StopPath, limit: number): ToolSpeeds {
  const speeds = new ToolSpeeds(clearances, path.most);
  speeds.limit = limit;
  speeds.begin(path, { keep: 0.9 });
  measure(speeds, path, speeds.spans);
  return speeds;
}

/** Measures them again, the way in so many parts. */
function measure(speeds: ToolSpeeds, path: StopPath, spans: number): void {
  path.spans = spans;
  path.sample(speeds.watched);
  speeds.measure(path);
}

describe('tool speeds', () => {
  it('are found wherever a tool is fast, to half a percent of what the joints could make', () => {
    const { description, joints, base, fixed } = limits.model;
    let slow = 0;
    let fast = 0;
    for (let seed = 1; seed <= 40; seed++) {
      const { path } = motion(seed);
      const speeds = speedsOn(path, 0.6);
      if (speeds.spans === 0) continue;
      let most = 0;
      for (const [tool, link] of tools.entries()) {
        const kinematics = new Kinematics(description, { joints, base, fixed, tool: link });
        for (let m = 0; m < path.count; m++) {
          const row = <T extends Float64Array>(all: T) => all.slice(m * n, (m + 1) * n);
          const [q, v] = [row(path.positions), row(path.velocities)];
          // The first is the mean over the step.
          const back = m === 0 ? STEP / 2 : 0;
          const truth = toolSpeed(
            kinematics,
            q.map((value, i) => value - back * (v[i] ?? 0)),
            v,
          );
          const rough = v.reduce((sum, rate) => sum + Math.abs(rate), 0) * LONGEST;
          const found = speeds.found[tool * speeds.most + m] ?? Number.NaN;
          if (found === 0) {
            expect(truth).toBeLessThanOrEqual(speeds.slow + 0.005 * rough);
            slow++;
          } else {
            expect(Math.abs(found - truth)).toBeLessThanOrEqual(0.005 * rough);
            expect(found).toBeGreaterThanOrEqual(speeds.slow);
            expect(speeds.samples[m]).toBe(1);
            fast++;
          }
          most = Math.max(most, found);
        }
      }
      if (most > 0) expect(speeds.speed).toBe(most);
      else expect(speeds.speed).toBeLessThan(speeds.slow);
      const marked = speeds.samples.reduce((sum, one) => sum + one, 0);
      const found = [...speeds.found].flatMap((value, i) => (value > 0 ? [i % speeds.most] : []));
      expect(marked).toBe(new Set(found).size);
    }
    expect(slow).toBeGreaterThan(100);
    expect(fast).toBeGreaterThan(100);
  });

  it('are hardly greater between the samples', () => {
    let ways = 0;
    let worst = 0;
    for (let seed = 1; seed <= 1000; seed++) {
      const { path } = motion(seed, 0.6);
      const speeds = speedsOn(path, 0.3);
      if (speeds.spans === 0) continue;
      const found = Math.max(speeds.speed, speeds.slow);
      measure(speeds, path, 60);
      worst = Math.max(worst, (speeds.speed - found) / speeds.limit);
      ways++;
    }
    expect(ways).toBeGreaterThan(100);
    expect(worst).toBeLessThan(0.005);
  });

  it('have gradients that differences agree with', () => {
    const random = generator(6);
    const gradient = new Float64Array(n);
    let compared = 0;
    for (let seed = 1; seed <= 20; seed++) {
      const { path } = motion(seed);
      const speeds = speedsOn(path, 0.6);
      for (const tool of tools.keys()) {
        const m = Math.floor(random() * 4);
        if ((speeds.found[tool * speeds.most + m] ?? 0) === 0) continue;
        speeds.gradient(path, m, tool, gradient);
        const slopes = [...gradient].map((_, i) => {
          const [before = 0, after = 0] = [-1e-5, 1e-5].map((step) => {
            path.velocities[m * n + i] = (path.velocities[m * n + i] ?? 0) + step;
            // In the first sample positions change with velocities, but its mean speed does not.
            speeds.gradient(path, m, tool, new Float64Array(n));
            path.velocities[m * n + i] = (path.velocities[m * n + i] ?? 0) - step;
            return clearances.toolMotions[tool]?.speed ?? Number.NaN;
          });
          return (after - before) / 2e-5;
        });
        const loose = m === 0 ? 0.02 : 1e-6;
        for (const [i, slope] of slopes.entries()) {
          expect(Math.abs((gradient[i] ?? Number.NaN) - slope), `${seed} ${m} ${i}`).toBeLessThan(
            loose,
          );
        }
        compared++;
      }
    }
    expect(compared).toBeGreaterThan(10);
  });

  it('need no look while joints are slow, and none without a limit', () => {
    const { path } = motion(1);
    const speeds = new ToolSpeeds(clearances, path.most);
    expect(speeds.limit).toBe(Number.POSITIVE_INFINITY);
    for (const limit of [Number.POSITIVE_INFINITY, 1e3]) {
      speeds.limit = limit;
      speeds.begin(path, { keep: 0.9 });
      expect(speeds.spans).toBe(0);
      expect([...speeds.watched].every((watched) => watched === 0)).toBe(true);
      path.sample(speeds.watched);
      speeds.measure(path);
      expect(speeds.speed).toBe(0);
      expect([...speeds.samples, ...speeds.found].every((value) => value === 0)).toBe(true);
    }
  });

  it('may rise to what is slow at once, and from there the more slowly, the nearer to the limit', () => {
    const { path } = motion(2);
    const speeds = new ToolSpeeds(clearances, path.most);
    speeds.limit = 1;
    const aimFrom = (speed: number) => {
      speeds.speed = speed;
      speeds.adopt();
      speeds.begin(path, { keep: 0.75 });
      return speeds.aim;
    };
    const [slow, aim] = [0.736, 0.92];
    expect(aimFrom(0)).toBeCloseTo(slow + (aim - slow) / 4, 12);
    expect(speeds.slow).toBeCloseTo(slow, 12);
    expect(speeds.allowed).toBeCloseTo(0.94, 12);
    expect(aimFrom(slow)).toBeCloseTo(slow + (aim - slow) / 4, 12);
    expect(aimFrom(0.88)).toBeCloseTo(0.89, 12);
    // Above, it comes back as slowly; and never to more than what is safe.
    expect(aimFrom(0.93)).toBeCloseTo(0.9275, 12);
    expect(aimFrom(0.99)).toBeCloseTo(0.94, 12);
    speeds.start();
    speeds.begin(path, { keep: 0.75 });
    expect(speeds.aim).toBeCloseTo(slow + (aim - slow) / 4, 12);
  });
});
