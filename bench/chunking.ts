/**
 * Benchmark: how executors of chunks bear inference delay. The demonstration's policy in the
 * simulator, every executor at every delay on the same scenes: how often it succeeds, how long it
 * takes, how jerky the command is, and how far chunks differ where one takes over from another.
 * Simulated time: the figures do not depend on the machine.
 */
import { resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { wilsonInterval } from '../src/app/statistics.js';
import { type ExecutorConfig, executorSection } from '../src/control/executors/executor_config.js';
import { errorLine } from '../src/core/error.js';
import { loadRobot } from '../src/description/robot.js';
import { SafetyFilter } from '../src/safety/filter.js';
import { PolicyPilot } from '../src/simulation/policy_pilot.js';
import { World } from '../src/simulation/world.js';
import { type ChunkingEpisode, runChunkingEpisode } from './lib/chunking_episode.js';
import { aimsJson, machineLine, printAims, printJson, printTable } from './lib/report.js';
import { median } from './lib/rounds.js';

const EXECUTORS: Readonly<Record<string, Readonly<Record<string, unknown>>>> = {
  newest: {},
  synchronous: { type: 'synchronous' },
  weighted_average: { type: 'aggregate', aggregation: 'weighted_average' },
  latest_only: { type: 'aggregate', aggregation: 'latest_only' },
  average: { type: 'aggregate', aggregation: 'average' },
  conservative: { type: 'aggregate', aggregation: 'conservative' },
  temporal_ensemble: { type: 'temporal_ensemble' },
  guided: { type: 'real_time_chunking', form: 'guided' },
  guided_vjp: { type: 'real_time_chunking', form: 'guided_vjp' },
  trained_prefix: { type: 'real_time_chunking', form: 'trained_prefix' },
  velocity_freeze: { type: 'real_time_chunking', form: 'velocity_freeze' },
};
const DELAYS_MS = [0, 50, 100, 200, 300, 500];
const QUICK = { executors: ['newest', 'synchronous', 'guided'], delays: [0, 200], episodes: 2 };
/** The delay at which the aims are judged, ms. */
const AIM_MS = 200;

const HELP = `Usage: npm run bench -- chunking [options]

Success, time, jerk and seams of the demonstration for each executor at each inference delay, in
simulated time.

  --quick            a few episodes, to see that all works
  --episodes N       episodes a cell (default 50)
  --delays A,B,…     ms from an observation to its chunk’s takeover (default ${DELAYS_MS.join(',')})
  --executors A,B,…  of ${Object.keys(EXECUTORS).join(', ')} (default: all)
  --seed S           scene of the first episode (default 2000000)
  --limit S          s after which an episode is given up (default 25)
  --package DIR      policy package (default models/so101_pick_flow)
  --robot FILE       robot settings (default config/so101.yaml)

Example:
  npm run bench -- chunking --executors newest,guided --delays 0,200 --episodes 20
The last line printed is one JSON object.`;

interface Cell {
  readonly executor: string;
  readonly delayMs: number;
  readonly episodes: readonly ChunkingEpisode[];
}

function options() {
  const { values } = parseArgs({
    options: {
      quick: { type: 'boolean', default: false },
      episodes: { type: 'string' },
      delays: { type: 'string' },
      executors: { type: 'string' },
      seed: { type: 'string', default: '2000000' },
      limit: { type: 'string', default: '25' },
      package: { type: 'string', default: 'models/so101_pick_flow' },
      robot: { type: 'string', default: 'config/so101.yaml' },
      help: { type: 'boolean', short: 'h', default: false },
    },
  });
  if (values.help) {
    console.log(HELP);
    process.exit(0);
  }
  const { quick } = values;
  const executors =
    values.executors?.split(',') ?? (quick ? QUICK.executors : Object.keys(EXECUTORS));
  const unknown = executors.find((name) => !(name in EXECUTORS));
  if (unknown !== undefined) throw new Error(`no executor "${unknown}"; see --help`);
  return {
    quick,
    executors,
    delays: values.delays?.split(',').map(Number) ?? (quick ? QUICK.delays : DELAYS_MS),
    episodes: Number(values.episodes ?? (quick ? QUICK.episodes : 50)),
    seed: Number(values.seed),
    limit: Number(values.limit),
    package: resolve(values.package),
    robot: resolve(values.robot),
  };
}

const successes = ({ episodes }: Cell) => episodes.filter(({ success }) => success).length;

/** Mean over the episodes that succeeded; NaN when none did. */
function meanTime({ episodes }: Cell): number {
  const times = episodes.filter(({ success }) => success).map(({ seconds }) => seconds);
  return times.reduce((sum, value) => sum + value, 0) / times.length;
}

function row(cell: Cell): string[] {
  const { executor, delayMs, episodes } = cell;
  const wins = successes(cell);
  const [low, high] = wilsonInterval(wins, episodes.length);
  const percent = (share: number) => (100 * share).toFixed(0);
  return [
    executor,
    String(delayMs),
    `${wins} of ${episodes.length}`,
    `${percent(low)}–${percent(high)}`,
    meanTime(cell).toFixed(1),
    median(episodes.map(({ jerk }) => jerk)).toFixed(1),
    Math.max(...episodes.map(({ largestSeam }) => largestSeam)).toFixed(3),
    median(episodes.map(({ meanSeam }) => meanSeam)).toFixed(4),
  ];
}

function aims(cells: readonly Cell[]) {
  const cell = (executor: string, delayMs: number) =>
    cells.find((one) => one.executor === executor && one.delayMs === delayMs);
  const [free, led, stopping] = [
    cell('newest', 0),
    cell('guided', AIM_MS),
    cell('synchronous', AIM_MS),
  ];
  if (free === undefined || led === undefined || stopping === undefined) return [];
  return [
    {
      what: `failures of guided at ${AIM_MS} ms, beside 95 % of the successes without delay`,
      measured: led.episodes.length - successes(led),
      limit: led.episodes.length - Math.ceil(0.95 * successes(free)),
    },
    {
      what: `time to finish at ${AIM_MS} ms, guided to synchronous`,
      measured: meanTime(led) / meanTime(stopping),
      limit: 1,
    },
  ];
}

async function main(): Promise<void> {
  const chosen = options();
  const { description, limits, config } = loadRobot(chosen.robot);
  const world = await World.create({ robot: description, joints: config.joints });
  console.log(`chunking: ${chosen.package}, ${machineLine()}`);
  console.log(`${chosen.episodes} episodes a cell, the same scenes in each`);
  const cells: Cell[] = [];
  const refused: string[] = [];
  for (const name of chosen.executors) {
    const executor: ExecutorConfig = executorSection.parse(EXECUTORS[name]);
    const policy = await PolicyPilot.open(chosen.package, world, undefined, executor).catch(
      (error: unknown) => {
        refused.push(`${name}: ${errorLine(error)}`);
      },
    );
    if (policy === undefined) continue;
    const filter = new SafetyFilter(limits);
    for (const delayMs of chosen.delays) {
      const episodes: ChunkingEpisode[] = [];
      const { limit } = chosen;
      const setting = { world, policy, filter, executor, delay: delayMs / 1000, limit };
      for (let i = 0; i < chosen.episodes; i++) {
        episodes.push(await runChunkingEpisode(setting, chosen.seed + i));
      }
      const cell = { executor: name, delayMs, episodes };
      cells.push(cell);
      console.log(row(cell).join('  '));
    }
    await policy.close();
  }
  world.dispose();
  console.log();
  const head = ['executor', 'delay, ms', 'successes', '95 %', 'time, s', 'jerk, rad/s³'];
  printTable([...head, 'largest seam, rad', 'mean seam, rad'], cells.map(row));
  for (const line of refused) console.log(`not run — ${line}`);
  console.log();
  const judged = aims(cells);
  printAims(judged);
  printJson({
    bench: 'chunking',
    machine: machineLine(),
    quick: chosen.quick,
    episodes: chosen.episodes,
    seed: chosen.seed,
    cells: cells.map((cell) => ({
      executor: cell.executor,
      delay_ms: cell.delayMs,
      successes: successes(cell),
      time_s: Number(meanTime(cell).toFixed(3)),
      jerk: Number(median(cell.episodes.map(({ jerk }) => jerk)).toFixed(2)),
      largest_seam: Number(
        Math.max(...cell.episodes.map(({ largestSeam }) => largestSeam)).toFixed(4),
      ),
    })),
    refused,
    aims: aimsJson(judged),
  });
}

try {
  await main();
} catch (error) {
  console.error(`bench chunking: ${errorLine(error)}`);
  process.exitCode = 1;
}
