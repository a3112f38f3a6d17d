// Policies in a simulated world of this process, on the shipped package.
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { loadRobot } from '../../src/description/robot.js';
import { SafetyFilter } from '../../src/safety/filter.js';
import { readDemonstrationMeta } from '../../src/simulation/demonstration_file.js';
import { PolicyPilot } from '../../src/simulation/policy_pilot.js';
import { type EpisodeReport, rollOut } from '../../src/simulation/rollout.js';
import { sceneSchema } from '../../src/simulation/scene_config.js';
import { World } from '../../src/simulation/world.js';

const PACKAGE = 'models/so101_pick_flow';
const { description: robot, limits } = loadRobot('config/so101.yaml');
let world: World;
let policy: PolicyPilot;
let folder: string;

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'sinew-rollout-'));
  world = await World.create({ robot });
  policy = await PolicyPilot.open(PACKAGE, world);
});
afterAll(async () => {
  await policy.close();
  world.dispose();
  rmSync(folder, { recursive: true, force: true });
});

function run(name: string, seed: number, expertShare: number): Promise<readonly EpisodeReport[]> {
  return rollOut({
    world,
    robot,
    policy,
    filter: new SafetyFilter(limits),
    episodes: 1,
    seed,
    record: join(folder, name),
    expertShare,
    disturbance: 0,
    replan: 2,
    // As between the real processes; much later and the arm sways, which is not the question here.
    latency: [0.02, 0.04],
    timeout: 10,
  });
}

describe('a roll-out', () => {
  it('is the same for the same seed, frame by frame', async () => {
    const [first, second] = [await run('a', 21, 0.5), await run('b', 21, 0.5)];
    expect(second).toEqual(first);
    for (const file of ['state.f32', 'action.f32', 'images.u8']) {
      expect(
        readFileSync(join(folder, 'b', file)).equals(readFileSync(join(folder, 'a', file))),
      ).toBe(true);
    }
  }, 240_000);

  it('records the expert’s answer for every state that was visited', async () => {
    const [report] = await run('c', 22, 1);
    expect(report).toMatchObject({ seed: 22, success: true, kind: 'success', lifts: 1 });
    const { frames, episodes } = readDemonstrationMeta(join(folder, 'c'));
    expect(episodes).toEqual([{ start: 0, length: frames, seed: 22, success: true }]);
    expect(readFileSync(join(folder, 'c', 'action.f32'))).toHaveLength(frames * 16 * 6 * 4);
  }, 240_000);

  it('writes nothing when it is not asked to record', async () => {
    const options = { expertShare: 0, disturbance: 0, replan: 2, latency: [0.08, 0.08] as const };
    await rollOut({ world, robot, policy, episodes: 1, seed: 23, timeout: 0.5, ...options });
    expect(existsSync(join(folder, 'undefined'))).toBe(false);
  });
});

describe('a policy for a world', () => {
  it('is refused when its joints are not the world’s', async () => {
    await expect(PolicyPilot.open('test/policy/fixtures/tiny_flow', world)).rejects.toThrow(
      /joint "lift" is missing/,
    );
  });

  it('is refused when its cameras see pictures of another size', async () => {
    const scene = sceneSchema.parse({});
    const cameras = scene.cameras.map((camera) => ({ ...camera, width: 64 }));
    const small = await World.create({ robot, scene: { ...scene, cameras } });
    await expect(PolicyPilot.open(PACKAGE, small)).rejects.toThrow(/no camera.*96×96/);
    small.dispose();
  });
});
