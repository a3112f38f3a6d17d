/** `sinew calibrate gate` by its options: what it refuses, and what it makes of recorded scores. */
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { afterAll, expect, it } from 'vitest';
import { runCalibrateGate } from '../../src/app/calibrate_gate.js';

const root = resolve(import.meta.dirname, '../..');
const folder = mkdtempSync(join(tmpdir(), 'sinew-gate-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

/** A set-up whose policy publishes a score, 20 recorded episodes, and the command's options for both. */
function options(uncertainty: string) {
  const config = join(folder, `${uncertainty}.yaml`);
  const policy = `{ package: ${root}/models/so101_pick_flow, uncertainty: ${uncertainty} }`;
  writeFileSync(config, `robot: ${root}/config/so101.yaml\npolicy: ${policy}\n`);
  const scores = join(folder, 'scores.jsonl');
  const episodes = Array.from({ length: 20 }, (_, i) => ({ success: true, scores: [0.1, i / 10] }));
  writeFileSync(scores, episodes.map((episode) => `${JSON.stringify(episode)}\n`).join(''));
  const out = join(folder, `${uncertainty}.json`);
  return { config, scores, out, episodes: 20, seed: 1, rate: 0.1, consecutive: 1 };
}

it('refuses a set-up whose policy has no score', async () => {
  await expect(runCalibrateGate(options('none'))).rejects.toThrow(
    /none\.yaml: policy\.uncertainty.*chunk_spread, candidate_spread, state_distance/,
  );
});

it.each(['chunk_spread', 'candidate_spread', 'state_distance', 'package_score'])(
  'names the score %s that the threshold is of',
  async (score) => {
    const given = options(score);
    await runCalibrateGate(given);
    // The ⌈21 · 0.9⌉ = 19th smallest of 0.1, 0.1, 0.2 … 1.9.
    expect(JSON.parse(readFileSync(given.out, 'utf8'))).toMatchObject({ score, threshold: 1.8 });
  },
);
