/**
 * The whole chain: cameras → policy → controller → serial bytes → servos' registers → physics →
 * cameras, in lock-step, so that it comes out the same on any computer. `npm run test:servo-picks`.
 */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { Harness } from '../../integration/harness.js';

const CONFIG = fileURLToPath(new URL('../../../config/so101_emulated.yaml', import.meta.url));
const EPISODES = Number(process.env['SINEW_PICK_EPISODES'] ?? 3);
/** 18 of 20. */
const SHARE = 0.9;

let harness: Harness;
const folder = mkdtempSync(join(tmpdir(), 'sinew-picks-'));

beforeAll(async () => {
  harness = await Harness.open();
});
afterAll(async () => {
  await harness?.close();
  rmSync(folder, { recursive: true, force: true });
});

describe('a policy that drives emulated servos over their bus', () => {
  it(`picks the cube in at least ${SHARE * 100} % of ${EPISODES} episodes`, async () => {
    const port = `servo.buses.0.port=${join(folder, 'port')}`;
    const episodes = ['--episodes', String(EPISODES), '--seed', '1000000'];
    const child = harness.run(
      'eval',
      ...['--config', CONFIG, '--lockstep', '--json', ...episodes, '--set', port],
    );
    await child.ended();
    if (child.end?.code !== 0) throw new Error(child.lines.join('\n'));
    const result = JSON.parse(child.output.at(-1) ?? '');
    console.log(`${result.successes} of ${result.episodes} picked over the servo bus`);
    expect(result).toMatchObject({ episodes: EPISODES, limit_violations: 0 });
    expect(result.successes).toBeGreaterThanOrEqual(Math.floor(SHARE * EPISODES));
    expect(child.said(/not answered|stepping without a command/)).toBe(false);
  });
});
