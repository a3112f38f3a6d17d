/** The policy still succeeds when an operator took over in its midst and the cube was moved away. */
import { expect, it } from 'vitest';
import { loadConfig } from '../../src/app/config.js';
import { loadRobot } from '../../src/description/robot.js';
import { PolicyPilot } from '../../src/simulation/policy_pilot.js';
import { World } from '../../src/simulation/world.js';
import { type OperatedEpisode, OperatedRun } from './operated_episode.js';

const RUNS = 20;
const ENOUGH = 18;
const FIRST_SEED = 4_000_000;

it(`in ${ENOUGH} of ${RUNS} episodes at least, without a step in any command`, async () => {
  const config = loadConfig('config/demo.yaml');
  const { description } = loadRobot('config/so101.yaml');
  const world = await World.create({ robot: description, joints: config.robot.joints });
  const policy = await PolicyPilot.open('models/so101_pick_flow', world);
  const run = new OperatedRun(config, world, policy);
  const episodes: OperatedEpisode[] = [];
  for (let i = 0; i < RUNS; i++) {
    const episode = await run.run(FIRST_SEED + i);
    episodes.push(episode);
    const { success, seconds, speed, dropped } = episode;
    console.log(
      `seed ${FIRST_SEED + i}: ${success ? 'success' : 'FAILED'} after ${seconds.toFixed(1)} s, ` +
        `taken over at ${speed.toFixed(2)} rad/s, ${dropped} old chunks dropped`,
    );
  }
  await policy.close();
  world.dispose();
  const [velocity, acceleration, jerk] = episodes.at(-1)?.excess ?? [];
  console.log(`greatest share of limits: ${velocity}, ${acceleration}, ${jerk}`);
  for (const share of [velocity, acceleration, jerk]) expect(share).toBeLessThan(1 + 1e-6);
  // Takeovers happened in the middle of motion, and hand-backs while a chunk was under way.
  expect(episodes.filter(({ speed }) => speed > 0.2).length).toBeGreaterThanOrEqual(ENOUGH);
  expect(episodes.some(({ dropped }) => dropped > 0)).toBe(true);
  expect(episodes.filter(({ success }) => success).length).toBeGreaterThanOrEqual(ENOUGH);
});
