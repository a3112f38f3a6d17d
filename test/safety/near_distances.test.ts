/** What comes near on a way to rest: nothing that does is left out, and what is near is measured. */
import { describe, expect, it } from 'vitest';
import { Assessment } from '../../src/safety/internal/assessment.js';
import { HORIZON } from '../../src/safety/internal/near_distances.js';
import { arms, motion } from './moving_arms.js';

const { clearances, joints: n } = arms();

/** Least of each distance over the samples of the way, m, each of them measured. */
function leastOf(path: ReturnType<typeof motion>['path']): number[] {
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

describe('distances on a way to rest', () => {
  it('are found where they are less than their margin, and only what is far is left out', () => {
    const counts = { near: 0, far: 0, short: 0 };
    for (let seed = 1; seed <= 60; seed++) {
      const { path, pose } = motion(seed);
      const assessment = new Assessment(clearances, path.most);
      const { distances } = assessment;
      assessment.start(pose);
      assessment.judge(path);
      if (distances.count === 0) continue;
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
    }
    expect(counts.short).toBeGreaterThan(50);
    expect(counts.far).toBeGreaterThan(1000);
    // Most of what joints this fast could bring near does not come near, and is told apart.
    expect(counts.near).toBeLessThan(0.3 * counts.far);
  });
});
