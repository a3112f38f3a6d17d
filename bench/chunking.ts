/**
 * Benchmark: how executors of chunks bear inference delay. The demonstration's policy in the
 * simulator, every executor at every delay on the same scenes: how often it succeeds, how long it
 * takes, how jerky the command is, and how far chunks differ where one takes over from another.
 * Simulated time: the figures do not depend on the machine.
 */
import { resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { type ExecutorConfig, executorSection } from '../src/control/executors/executor_config.js';
import { errorLine } from '../src/core/error.js';
import { loadRobot } from '../src/description/robot.js';
import { loadPackage, type PolicyPackage } from '../src/policy/package_file.js';
import { SafetyFilter } from '../src/safety/filter.js';
import { PolicyPilot } from '../src/simulation/policy_pilot.js';
import { World } from '../src/simulation/world.js';
import {
  type Cell,
  cellJson,
  chunkingAims,
  DELAYS_MS,
  EXECUTORS,
  TABLE_HEAD,
  tableRow,
} from './lib/chunking_cells.js';
import { type ChunkingEpisode, runChunkingEpisode } from './lib/chunking_episode.js';
import { ChunkingStore, cellName } from './lib/chunking_store.js';
import { aimsJson, machineLine, printAims, printJson, printTable } from './lib/report.js';

const QUICK = { executors: ['newest', 'synchronous', 'guided'], delays: [0, 200], episodes: 2 };
/** Episodes of every cell before the next of any: a run that is broken off has a whole table. */
const BLOCK = 5;

const HELP = `Usage: npm run bench -- chunking [options]

Success, time, jerk and seams of the demonstration for each executor at each inference delay, in
simulated time. Finished episodes are stored, so that several runs add up.

  --quick            a few episodes, to see that all works; nothing is stored
  --check            exit with 1 if an aim is missed
  --episodes N       episodes a cell (default 50)
  --delays A,B,…     ms from an observation to its chunk’s takeover (default ${DELAYS_MS.join(',')})
  --executors A,B,…  of ${Object.keys(EXECUTORS).join(', ')} (default: all)
  --seed S           scene of the first episode (default 2000000)
  --limit S          s after which an episode is given up (default 25)
  --budget S         begin no further episode after S seconds
  --store FILE       finished episodes (default .setup/bench/chunking.jsonl); delete it after a
                     change of the code that changes what episodes do
  --package DIR      policy package (default models/so101_pick_flow)
  --robot FILE       robot settings (default config/so101.yaml)

Example:
  npm run bench -- chunking --executors newest,guided --delays 0,200 --episodes 20
The last line printed is one JSON object.`;

function options() {
  const { values } = parseArgs({
    options: {
      quick: { type: 'boolean', default: false },
      check: { type: 'boolean', default: false },
      episodes: { type: 'string' },
      delays: { type: 'string' },
      executors: { type: 'string' },
      seed: { type: 'string', default: '2000000' },
      limit: { type: 'string', default: '25' },
      budget: { type: 'string', default: 'Infinity' },
      store: { type: 'string', default: '.setup/bench/chunking.jsonl' },
      package: { type: 'string', default: 'models/so101_pick_flow' },
      robot: { type: 'string', default: 'config/so101.yaml' },
      help: { type: 'boolean', short: 'h', default: false },
    },
  });
  if (values.help) {
    console.log(HELP);
    process.exit(0);
  }
  const { quick, check } = values;
  const executors =
    values.executors?.split(',') ?? (quick ? QUICK.executors : Object.keys(EXECUTORS));
  const unknown = executors.find((name) => !(name in EXECUTORS));
  if (unknown !== undefined) throw new Error(`no executor "${unknown}"; see --help`);
  return {
    quick,
    check,
    executors,
    delays: values.delays?.split(',').map(Number) ?? (quick ? QUICK.delays : DELAYS_MS),
    episodes: Number(values.episodes ?? (quick ? QUICK.episodes : 50)),
    seed: Number(values.seed),
    limit: Number(values.limit),
    end: performance.now() + 1000 * Number(values.budget),
    store: quick ? undefined : resolve(values.store),
    package: resolve(values.package),
    robot: resolve(values.robot),
  };
}

/** A cell that is being filled. */
interface OpenCell extends Cell {
  readonly config: ExecutorConfig;
  /** Its name in the store. */
  readonly key: string;
  readonly episodes: ChunkingEpisode[];
}

/** All cells of the executors that the package can have, and why it cannot have the others. */
async function openCells(
  chosen: ReturnType<typeof options>,
  source: PolicyPackage,
  world: World,
): Promise<{ cells: OpenCell[]; refused: string[] }> {
  const cells: OpenCell[] = [];
  const refused: string[] = [];
  for (const executor of chosen.executors) {
    const config = executorSection.parse(EXECUTORS[executor]);
    try {
      await (await PolicyPilot.open(chosen.package, world, { executor: config })).close();
    } catch (error) {
      refused.push(`${executor}: ${errorLine(error)}`);
      continue;
    }
    for (const delayMs of chosen.delays) {
      const key = cellName({ source, executor: config, delayMs, limit: chosen.limit });
      cells.push({ executor, delayMs, config, key, episodes: [] });
    }
  }
  return { cells, refused };
}

async function main(): Promise<void> {
  const chosen = options();
  const { description, limits, config: robot } = loadRobot(chosen.robot);
  const world = await World.create({ robot: description, joints: robot.joints });
  const store = new ChunkingStore(chosen.store);
  console.log(`chunking: ${chosen.package}, ${machineLine()}`);
  console.log(`up to ${chosen.episodes} episodes a cell, the same scenes in each`);
  const { cells, refused } = await openCells(chosen, loadPackage(chosen.package), world);
  const filter = new SafetyFilter(limits);

  for (let from = 0; from < chosen.episodes; from += BLOCK) {
    for (const name of chosen.executors) {
      const mine = cells.filter(({ executor }) => executor === name);
      const executor = mine[0]?.config;
      if (executor === undefined) continue;
      let policy: PolicyPilot | undefined;
      for (const cell of mine) {
        const { limit } = chosen;
        for (let i = from; i < Math.min(from + BLOCK, chosen.episodes); i++) {
          const seed = chosen.seed + i;
          let episode = store.find(cell, seed);
          if (episode === undefined) {
            if (performance.now() > chosen.end) break;
            policy ??= await PolicyPilot.open(chosen.package, world, { executor });
            const setting = { world, policy, filter, executor, delay: cell.delayMs / 1000, limit };
            episode = await runChunkingEpisode(setting, seed);
            store.add(cell, episode);
          }
          cell.episodes.push(episode);
        }
      }
      await policy?.close();
    }
  }
  world.dispose();
  const run = cells.filter(({ episodes }) => episodes.length > 0);
  console.log();
  printTable(TABLE_HEAD, run.map(tableRow));
  for (const line of refused) console.log(`not run — ${line}`);
  for (const { executor, delayMs, episodes } of run) {
    const held = episodes.filter(({ fault }) => fault !== undefined);
    if (held.length === 0) continue;
    const which = `${held.length} of ${episodes.length} episodes`;
    console.log(`held — ${executor}, ${delayMs} ms, ${which}: ${held[0]?.fault}`);
  }
  const missing = cells.reduce((sum, { episodes }) => sum + chosen.episodes - episodes.length, 0);
  if (missing > 0) console.log(`${missing} episodes are still to be run`);
  console.log();
  const judged = chunkingAims(run);
  printAims(judged);
  printJson({
    bench: 'chunking',
    machine: machineLine(),
    quick: chosen.quick,
    seed: chosen.seed,
    missing,
    cells: run.map(cellJson),
    refused,
    aims: aimsJson(judged),
  });
  const met = judged.length > 0 && judged.every(({ measured, limit }) => measured <= limit);
  if (chosen.check && !met) process.exitCode = 1;
}

try {
  await main();
} catch (error) {
  console.error(`bench chunking: ${errorLine(error)}`);
  process.exitCode = 1;
}
