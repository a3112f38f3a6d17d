/** What comes near on a way to rest: nothing that does is left out, and what is near is measured. */
import { describe, expect, it } from 'vitest';
import { Assessment } from '../../src/safety/internal/assessment.js';
import { HORIZON } from '../../src/safety/internal/near_distances.js';
import type { StopPath } from '../../src/safety/internal/stop_path.js';
import { arms, motion, STEP } from './moving_arms.js';
import { propose } from './prepared.js';

const { clearances, joints: n } = arms();

const NEVER = new Uint8Array(n);

/** Least of each distance over the samples of the way, m, each of them measured. */
function leastOf(path: StopPath): number[] {
  const least = new Array<number>(clearances.count).fill(Infinity);
  for (let m = 0; m < path.count; m++) {
    clearances.place(path.positions, m * n);
    for (let k = 0; k < clearances.count; k++) {
      clearances.measure(k);
      least[k] = Math.min(least[k] ?? Infinity, clearances.distances[k] ?? Number.NaN);
    }
  }
  return least;
}

/** Judges the way, and checks what was found against what all samples show; counts what was how. */
function judge(assessment: Assessment, path: StopPath) {
  const counts = { near: 0, far: 0, short: 0 };
  const { distances } = assessment;
  assessment.judge(path);
  if (path.count === 0) {
    path.spans = 20;
    path.sample(NEVER);
  }
  const near = new Set(distances.near.slice(0, distances.count));
  for (const [k, truth] of leastOf(path).entries()) {
    const margin = clearances.margins[k] ?? Number.NaN;
    const found = distances.least[k] ?? Number.NaN;
    if (!near.has(k)) {
      expect(truth).toBeGreaterThan(margin + HORIZON);
      expect(found).toBe(Infinity);
      counts.far++;
      continue;
    }
    counts.near++;
    if (truth < margin) {
      expect(found).toBeCloseTo(truth, 12);
      counts.short++;
    } else {
      expect(found).toBeGreaterThanOrEqual(Math.min(truth, margin));
    }
  }
  return counts;
}

/** Lays the way on from rest at a pose, the joints on their way to `target`. */
function lay({ joints, path }: ReturnType<typeof motion>, pose: number[], target: Float64Array) {
  for (const [i, joint] of joints.entries()) {
    joint.start(pose[i] ?? 0);
    joint.velocity = 0.3 * Math.sign((target[i] ?? 0) - joint.position);
    propose(joint, STEP, target[i] ?? 0);
  }
  path.lay();
}

describe('distances on a way to rest', () => {
  it('are found where they are less than their margin, and only what is far is left out', () => {
    const all = { near: 0, far: 0, short: 0 };
    for (let seed = 1; seed <= 60; seed++) {
      const { path, pose } = motion(seed);
      const assessment = new Assessment(clearances, path.most);
      assessment.start(pose);
      const { near, far, short } = judge(assessment, path);
      if (assessment.distances.count === 0) continue;
      all.near += near;
      all.far += far;
      all.short += short;
    }
    expect(all.short).toBeGreaterThan(50);
    expect(all.far).toBeGreaterThan(1000);
    // Most of what joints this fast could bring near does not come near, and is told apart.
    expect(all.near).toBeLessThan(0.3 * all.far);
  });

  it('are looked at in parts in which no joint moves anything near by more than 4 cm or margins', () => {
    const { margins, reach } = clearances;
    let seen = 0;
    for (let seed = 1; seed <= 60; seed++) {
      const { path, pose } = motion(seed);
      const assessment = new Assessment(clearances, path.most);
      assessment.start(pose);
      // What was there before does not count.
      path.parts.fill(1e6);
      assessment.judge(path);
      const { count, near, spans } = assessment.distances;
      const parts = new Array<number>(n).fill(0);
      let most = 0;
      for (const k of near.slice(0, count)) {
        const part = Math.min(0.04, 4 * (margins[k] ?? Number.NaN));
        let sum = 0;
        for (let entry = reach.starts[k] ?? 0; entry < (reach.starts[k + 1] ?? 0); entry++) {
          const joint = reach.joints[entry] ?? 0;
          const way =
            ((reach.values[entry] ?? Number.NaN) * (path.ways[joint] ?? Number.NaN)) / part;
          parts[joint] = Math.max(parts[joint] ?? 0, way);
          sum += way;
        }
        most = Math.max(most, sum);
        seen++;
      }
      expect(spans).toBeCloseTo(most, 9);
      for (const [i, part] of parts.entries()) expect(path.parts[i]).toBeCloseTo(part, 9);
    }
    expect(seen).toBeGreaterThan(100);
  });

  it('are looked at again when the ways have led to where they may be near', () => {
    let came = 0;
    for (let seed = 1; seed <= 8; seed++) {
      const arms = motion(seed);
      const { pose: target } = motion(seed + 100);
      const assessment = new Assessment(clearances, arms.path.most);
      assessment.start(arms.pose);
      let before = 0;
      for (let step = 0; step <= 80; step++) {
        const share = step / 80;
        const pose = [...arms.pose].map((q, i) => q + share * ((target[i] ?? q) - q));
        lay(arms, pose, target);
        const { near } = judge(assessment, arms.path);
        came += Math.max(0, near - before);
        before = near;
      }
    }
    expect(came).toBeGreaterThan(50);
  });

  it('are found again after a way without an end', () => {
    const far = motion(1);
    const near = motion(4);
    const lost = motion(1);
    const assessment = new Assessment(clearances, far.path.most);
    assessment.start(far.pose);
    lost.path.lowest.fill(-Infinity);
    lost.path.highest.fill(Infinity);
    assessment.judge(lost.path);
    // The first way after it shows how far all is, the second counts on that.
    judge(assessment, far.path);
    judge(assessment, far.path);
    expect(judge(assessment, near.path).short).toBeGreaterThan(0);
  });
});
