// The policy as driver of an episode: when it looks, what it gives for when, and when it holds.
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import type { z } from 'zod';
import { executorSection } from '../../src/control/executors/executor_config.js';
import { loadRobot } from '../../src/description/robot.js';
import {
  EPISODE_TIMING,
  type EpisodeDriver,
  runEpisode,
  type TimedChunk,
} from '../../src/simulation/demonstration.js';
import type { Pilot } from '../../src/simulation/demonstration_driver.js';
import { PolicyPilot } from '../../src/simulation/policy_pilot.js';
import { World } from '../../src/simulation/world.js';
import { SpoiledPackage } from '../policy/packages.js';

const PACKAGE = 'models/so101_pick_flow';
const { description, config, home } = loadRobot('config/so101.yaml');
/** Chunks of tiny_streaming that last longer than any fade. */
const SETTLED = 5;
const NO_PICTURES = new Uint8Array(0);
let world: World;
const open: PolicyPilot[] = [];
/** Faults, and observations with pictures, of the last `answers`. */
const faults = new Set<string>();
let drawn = 0;

beforeAll(async () => {
  world = await World.create({ robot: description, joints: config.joints });
});
afterAll(() => world.dispose());
afterEach(async () => {
  for (const pilot of open.splice(0)) await pilot.close();
});

type Setting = z.input<typeof executorSection>;

async function pilotOf(folder: string, executor?: Setting, variant?: string): Promise<PolicyPilot> {
  const options = {
    executor: executor === undefined ? undefined : executorSection.parse(executor),
    variant,
  };
  const pilot = await PolicyPilot.open(folder, world, options);
  open.push(pilot);
  return pilot;
}

/** Observations of an arm that stands; pictures of one grey. */
function sight(index: number, looking = true): Parameters<Pilot>[0] {
  const bytes = world.scene.cameras.reduce((sum, { width, height }) => sum + width * height, 0);
  const images = looking ? new Uint8Array(3 * bytes).fill(90) : NO_PICTURES;
  return { images, positions: new Float64Array(config.joints.length), index };
}

/** The answers to `count` observations; every chunk is taken over `delay` after its observation. */
async function answers(
  policy: PolicyPilot,
  count: number,
  { replan = 1, delay = 0, sparing = false } = {},
): Promise<(TimedChunk | undefined)[]> {
  policy.begin(7);
  faults.clear();
  drawn = 0;
  const pilot = policy.pilot({ replan, latency: () => delay });
  const given: (TimedChunk | undefined)[] = [];
  let coming = Number.NaN;
  for (let k = 0; k < count; k++) {
    if (coming + delay <= k / 15 + 1e-9) {
      policy.consumed(coming, coming + delay);
      coming = Number.NaN;
    }
    const looking = !sparing || policy.looksAt(k, replan);
    if (looking) drawn++;
    const answer = await pilot(sight(k, looking), undefined);
    if (answer !== undefined) coming = k / 15;
    given.push(answer);
    if (policy.fault !== undefined) faults.add(policy.fault);
  }
  return given;
}

const EXECUTORS: [string, Setting | undefined, string][] = [
  ['no executor', undefined, PACKAGE],
  ['newest', { type: 'newest' }, PACKAGE],
  ['synchronous', { type: 'synchronous', steps: 5 }, PACKAGE],
  ['guided', { type: 'real_time_chunking' }, PACKAGE],
  [
    'trained_prefix',
    { type: 'real_time_chunking', form: 'trained_prefix' },
    'models/so101_pick_prefix',
  ],
  ['streaming', { type: 'streaming' }, 'models/so101_pick_streaming'],
];

describe('a policy pilot', () => {
  it.each(EXECUTORS)(
    'with %s gives the same chunks when pictures are drawn only where it looks',
    async (_, executor, folder) => {
      const policy = await pilotOf(folder, executor);
      for (const delay of [0.1, 0.5]) {
        const setting = { replan: 3, delay };
        const whole = await answers(policy, 14, setting);
        expect(whole.filter((answer) => answer !== undefined).length).toBeGreaterThan(1);
        expect(await answers(policy, 14, { ...setting, sparing: true })).toEqual(whole);
        expect(drawn).toBeLessThan(14);
      }
    },
  );

  it('says which observation lacks pictures that it needs', async () => {
    const policy = await pilotOf(PACKAGE, { type: 'newest' });
    policy.begin(7);
    const pilot = policy.pilot({ replan: 1, latency: () => 0 });
    await expect(async () => pilot(sight(0, false), undefined)).rejects.toThrow(
      /observation 0: no pictures/,
    );
  });

  it('runs the variant that it is asked for', async () => {
    const spoiled = new SpoiledPackage('tiny_streaming');
    fitArm(spoiled, (spec) => {
      const sampler = { ...spec.program.sampler, clip: 0.01 };
      spec.variants = { timid: { graphs: {}, sampler, tolerance: 1 } };
    });
    const executor = { type: 'streaming' } as const;
    const plain = await answers(await pilotOf(spoiled.dir, executor), 2);
    const timid = await answers(await pilotOf(spoiled.dir, executor, 'timid'), 2);
    // Bounded to hundredths of its range, the motion stays in its middle.
    const [most = 0, least = 0] = [plain, timid].map((given) => {
      const actions = given[0]?.chunk.filter((_, i) => i % config.joints.length === 0);
      return Math.max(...(actions ?? [])) - Math.min(...(actions ?? []));
    });
    expect(least).toBeLessThan(0.1 * most);
    await expect(pilotOf(spoiled.dir, executor, 'bold')).rejects.toThrow(/no variant "bold"/);
  });

  it('gives no chunk that comes after the one before has run out, and says why', async () => {
    const policy = await pilotOf(PACKAGE, { type: 'real_time_chunking', delay_steps: 2 });
    const given = await answers(policy, 40, { delay: 0.6 });
    const indices = given.flatMap((answer, k) => (answer === undefined ? [] : [k]));
    // From rest, then a chunk that comes in time; what the next one would go on from runs out before
    // it comes, so that it waits until the arm is at rest again.
    expect(indices).toEqual([0, 9, 25, 34]);
    expect(faults.size).toBeGreaterThan(0);
    for (const fault of faults) {
      expect(fault).toMatch(/chunks last 1\.00 s, which does not cover 0\.60 s of delay/);
    }
    await answers(policy, 40, { delay: 0.2 });
    expect([...faults]).toEqual([]);
  });
});

/** Makes tiny_streaming a policy of the whole arm: its samples have a column for each joint. */
function fitArm(
  spoiled: SpoiledPackage,
  // biome-ignore lint/suspicious/noExplicitAny: a manifest that a test edits
  more: (spec: any) => void = () => {},
): void {
  spoiled.edit('stats.json', (stats) => {
    for (const row of Object.keys(stats.action)) {
      // Motions round home.
      stats.action[row] = [...home].map((q) => q + (row === 'min' ? 0 : 0.1));
    }
  });
  spoiled.edit('policy.json', (spec) => {
    spec.rate_hz = 15;
    spec.action.joints = config.joints;
    spec.observation['observation.state'].joints = config.joints.slice(0, 3);
    more(spec);
  });
  spoiled.rehash();
}

describe('a policy of streaming diffusion', () => {
  it.each([0, 0.1])(
    'moves the arm through every action once, at %s s of delay',
    async (delay) => {
      const spoiled = new SpoiledPackage('tiny_streaming');
      fitArm(spoiled);
      const policy = await pilotOf(spoiled.dir, { type: 'streaming' });
      world.reset(1);
      policy.begin(3);
      const pilot = policy.pilot({ replan: 1, latency: () => delay });
      const given: Float64Array[] = [];
      const due: number[] = [];
      const commands: { now: number; command: Float64Array }[] = [];
      const stepTime = EPISODE_TIMING.stepTime;
      const driver: EpisodeDriver = {
        executor: executorSection.parse({ type: 'streaming' }),
        async observe({ positions, time }, index) {
          const now = time;
          const answer = await pilot(
            { images: NO_PICTURES, positions: Float64Array.from(positions), index },
            undefined,
          );
          if (answer !== undefined) {
            given.push(answer.chunk);
            due.push(now + (answer.after ?? 0));
          }
          return answer;
        },
        onTakeover: (stamp, now) => policy.consumed(stamp, now),
        onCommand: (now, command) => commands.push({ now, command: Float64Array.from(command) }),
      };
      await runEpisode(world, driver, { ...EPISODE_TIMING, timeout: 4, afterSuccess: 0 });
      expect(policy.fault).toBeUndefined();
      const length = (given[0]?.length ?? 0) / config.joints.length;
      expect(length).toBe(4);
      expect(given.length).toBeGreaterThan(10);
      for (const [k, begins] of due.entries()) {
        if (k > 1) expect(begins - (due[k - 1] ?? 0)).toBeCloseTo(length * stepTime, 2);
      }
      // Without a filter, which could not follow random weights, and once the first fade is done: the
      // command at an action's time is that action, of a range five times as wide as this bound.
      let worst = 0;
      for (const [k, chunk] of given.slice(SETTLED, -2).entries()) {
        for (let i = 0; i < length; i++) {
          const time = (due[k + SETTLED] ?? 0) + i * stepTime;
          const next = commands.findIndex(({ now }) => now >= time);
          const [before, after] = commands.slice(next - 1, next + 1);
          if (before === undefined || after === undefined) throw new Error(`nothing at ${time} s`);
          const share = (time - before.now) / (after.now - before.now);
          for (const [j, from] of before.command.entries()) {
            const command = from + share * ((after.command[j] ?? 0) - from);
            const wanted = chunk[i * config.joints.length + j] ?? Number.NaN;
            worst = Math.max(worst, Math.abs(command - wanted));
          }
        }
      }
      expect(worst).toBeLessThan(0.02);
    },
    240_000,
  );

  it('is refused by another executor, with the one that it needs', async () => {
    const spoiled = new SpoiledPackage('tiny_streaming');
    fitArm(spoiled);
    for (const executor of [undefined, { type: 'newest' } as const]) {
      await expect(pilotOf(spoiled.dir, executor)).rejects.toThrow(
        /controller\.executor\.type: the package gives every action once.*expected streaming/,
      );
    }
  });
});
