/**
 * The promises in space, on random robots in random scenes. Few for every run of the tests;
 * scripts/attack.mjs runs a million ticks of the same, and keeps what failed in regressions.json.
 */
import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { repositoryFile } from '../description/robots.js';
import { type AttackCase, runAttack, VARIANTS } from './attack_run.js';

const RUNS = Number(process.env.SINEW_PROPERTY_RUNS ?? 60);
const TICKS = 200;
const regressions: AttackCase[] = JSON.parse(
  readFileSync(repositoryFile('test/safety/regressions.json'), 'utf8'),
);

describe('the safety filter in space', () => {
  it('keeps its promises on random robots', () => {
    let ticks = 0;
    let limited = 0;
    for (let seed = 1; seed <= RUNS; seed++) {
      const result = runAttack({ robot: 'random', seed, ticks: TICKS });
      expect(result?.violation, `seed ${seed}, ${result?.attack}`).toBeUndefined();
      ticks += result?.ticks ?? 0;
      limited += result?.limited ?? 0;
    }
    // Most robots have a pose to start from, and most commands are such that they must be changed.
    expect(ticks).toBeGreaterThan(0.7 * RUNS * TICKS);
    expect(limited).toBeGreaterThan(0.3 * ticks);
  });

  it.each(VARIANTS)('keeps its promises on random robots, attacked with: %s', (variant) => {
    let ticks = 0;
    let starved = 0;
    for (let seed = 1; seed <= RUNS / 3; seed++) {
      const result = runAttack({ robot: 'random', seed, ticks: TICKS, variant });
      expect(result?.violation, `seed ${seed}, ${result?.attack}`).toBeUndefined();
      ticks += result?.ticks ?? 0;
      starved += result?.starved ?? 0;
    }
    if (variant === 'energy') expect(starved).toBeGreaterThan(0.01 * ticks);
    else expect(starved).toBe(0);
    // Outside their limits, links may overlap: such a start is refused.
    expect(ticks).toBeGreaterThan(0.5 * (RUNS / 3) * TICKS);
  });

  it.each(regressions)('keeps its promises where it once did not: $robot, seed $seed', (once) => {
    const result = runAttack(once);
    expect(result?.violation, result?.attack).toBeUndefined();
  });
});
