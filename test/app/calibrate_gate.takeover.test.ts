/** `sinew calibrate gate` rolls the shipped policy out in the simulator for each score that it can have. */
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { afterAll, expect, it } from 'vitest';
import { runCalibrateGate } from '../../src/app/calibrate_gate.js';

const root = resolve(import.meta.dirname, '../..');
const folder = mkdtempSync(join(tmpdir(), 'sinew-gate-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

it.each([
  ['chunk_spread', ''],
  ['candidate_spread', ', candidates: 3'],
  ['state_distance', ', known_states: known.json'],
])('by %s', async (uncertainty, more) => {
  const config = join(folder, `${uncertainty}.yaml`);
  const policy = `{ package: ${root}/models/so101_pick_flow, uncertainty: ${uncertainty}${more} }`;
  writeFileSync(config, `robot: ${root}/config/so101.yaml\npolicy: ${policy}\n`);
  const [out, save] = [join(folder, 'gate.json'), join(folder, 'scores.jsonl')];
  await runCalibrateGate({
    ...{ config, out, save, consecutive: 1 },
    // A single good episode will do for so high a rate.
    ...{ episodes: 1, rate: 0.5, seed: 700_000 },
  });
  const { scores } = JSON.parse(readFileSync(save, 'utf8'));
  expect(scores.length).toBeGreaterThan(5);
  expect(new Set(scores).size).toBeGreaterThan(5);
  expect(scores.every((score: number) => score >= 0 && score < 10)).toBe(true);
  const calibration = JSON.parse(readFileSync(out, 'utf8'));
  expect(calibration).toMatchObject({ score: uncertainty, good_episodes: 1 });
  expect(calibration.threshold).toBe(Math.max(...scores));
});
