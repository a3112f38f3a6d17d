/**
 * Benchmark: from a picture's stamp to the command computed from it. sinew's policy and controller
 * processes against one Python node (pipeline_peer.py) with the same graphs, steps, threads and rates,
 * which infers on a timer, from the latest messages, or, as sinew does, when a frame comes. A robot
 * in this process feeds all the same way and takes the time (see lib/first_use.ts); only one side
 * runs at a time.
 */
import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { type Config, loadConfig } from '../src/app/config.js';
import { quantiles } from '../src/app/statistics.js';
import { assembleRobot } from '../src/description/robot.js';
import { loadPackage } from '../src/policy/package_file.js';
import { RosNode } from '../src/ros/ros_node.js';
import { Feeder, FRAME_RATE_HZ } from './lib/feeder.js';
import { firstUses } from './lib/first_use.js';
import { type Memory, memoryOf } from './lib/memory.js';
import { Onlooker } from './lib/onlooker.js';
import { benchOptions } from './lib/options.js';
import { Program, type ProgramSpec } from './lib/program.js';
import { benchPython, ROOT } from './lib/python.js';
import { aimsJson, machineLine, ms, printAims, printJson, printTable } from './lib/report.js';
import { interleave, median, ratioOf, ratioText, roundedRatio } from './lib/rounds.js';

const START_S = 60;
const WARM_UP_S = 2;
/** Between rounds: the side before has left the graph. */
const PAUSE_S = 1;

interface Round {
  /** s from the stamp to the command's arrival; and to the tick, as the side tells. */
  readonly latency: readonly number[];
  readonly toTick: readonly number[];
  /** s from the stamp until the chunk was told of. */
  readonly toChunk: readonly number[];
  /** s inside inference. */
  readonly inference: readonly number[];
  readonly memory: Memory;
  /** s from starting the processes to the first command. */
  readonly startUp: number;
}

const options = benchOptions({
  name: 'pipeline',
  summary:
    'Camera stamp to command, memory and start-up time: sinew (policy and controller) against one\n' +
    'Python node (rclpy, NumPy, ONNX Runtime) that does the same job with the same graphs.',
  rounds: 5,
  seconds: 12,
});

function sinewPrograms(config: Config, folder: string): ProgramSpec[] {
  return (['policy', 'controller'] as const).map((name) => ({
    name,
    command: process.execPath,
    args: [
      join(ROOT, 'dist', 'app', `${name}.js`),
      ...['--config', config.file, '--set', `policy.package=${folder}`],
    ],
    nice: config.supervisor.nice[name] ?? 0,
  }));
}

type Trigger = 'timer' | 'frames';

function peerProgram(
  config: Config,
  folder: string,
  python: string,
  trigger: Trigger,
): ProgramSpec {
  const { limits } = assembleRobot(config.robot);
  const rows = [
    limits.map(({ lower }) => lower),
    limits.map(({ upper }) => upper),
    limits.map(({ velocity }) => velocity),
  ];
  const args = {
    package: folder,
    threads: config.policy?.threads,
    rate: config.controller.rate_hz,
    replan: config.policy?.replan_frames,
    'frame-rate': FRAME_RATE_HZ,
    trigger,
    limits: JSON.stringify(rows),
  };
  const flags = Object.entries(args).flatMap(([name, value]) => [`--${name}`, String(value)]);
  return {
    name: `python (${trigger})`,
    command: python,
    args: [join(ROOT, 'bench/pipeline_peer.py'), ...flags],
  };
}

/** Proves that the peer computes what sinew does before it is measured. */
function checkPeer({ command, args }: ProgramSpec, tolerance: number): void {
  const { status, stdout, stderr } = spawnSync(command, [...args, '--check'], { encoding: 'utf8' });
  if (status !== 0) throw new Error(`the Python peer does not run:\n${stderr.trimEnd()}`);
  const difference = Number(stdout.trim());
  if (!(difference <= tolerance)) {
    throw new Error(`the Python peer's chunk is off by ${difference} rad`);
  }
}

/** Starts a side, waits for its first command, warms it up, measures, and stops it. */
async function measure(
  specs: readonly ProgramSpec[],
  onlooker: Onlooker,
  home: () => void,
): Promise<Round> {
  home();
  onlooker.clear();
  const { clock } = onlooker;
  const started = clock.now();
  const programs = specs.map((spec) => new Program(spec));
  try {
    while (onlooker.arrivals.length === 0) {
      for (const program of programs) program.check();
      if (clock.now() - started > START_S) {
        const said = programs.map(({ name, output }) => `${name}: ${output}`).join('\n');
        throw new Error(`no command within ${START_S} s\n${said}`);
      }
      await sleep(2);
    }
    const startUp = (onlooker.arrivals[0] ?? Number.NaN) - started;
    await sleep(WARM_UP_S * 1e3);
    onlooker.clear();
    await sleep(options.seconds * 1e3);
    for (const program of programs) program.check();
    const uses = firstUses(onlooker.rows, onlooker.arrivals);
    if (uses.length === 0) throw new Error(`${specs[0]?.name}: no chunk was executed`);
    return {
      latency: uses.map(({ toCommand }) => toCommand),
      toTick: uses.map(({ toTick }) => toTick),
      inference: onlooker.chunks.map(({ inference }) => inference),
      toChunk: onlooker.chunks.map(({ arrival }) => arrival),
      memory: memoryOf(programs.map(({ pid }) => pid)),
      startUp,
    };
  } finally {
    await Promise.all(programs.map((program) => program.stop()));
    await sleep(PAUSE_S * 1e3);
  }
}

const p = (values: readonly number[], q: 'p50' | 'p99') => quantiles(values)?.[q] ?? Number.NaN;
const mebibytes = (bytes: number) => (bytes / 2 ** 20).toFixed(0);

function printRound(side: string, round: number, result: Round): void {
  const { latency, inference, memory, startUp } = result;
  console.log(
    `round ${round + 1} ${side.padEnd(15)}  p50 ${ms(p(latency, 'p50'))} ms, ` +
      `p99 ${ms(p(latency, 'p99'))} ms (${latency.length} chunks), inference ` +
      `${ms(p(inference, 'p50'))} ms, RSS ${mebibytes(memory.rss)} MiB, start ${startUp.toFixed(2)} s`,
  );
}

/** One figure of both sides over all rounds. */
interface Figure {
  readonly name: string;
  readonly unit: string;
  readonly of: (round: Round) => number;
}

const FIGURES: readonly Figure[] = [
  { name: 'camera to command p50', unit: 'ms', of: (r) => p(r.latency, 'p50') * 1e3 },
  { name: 'camera to command p99', unit: 'ms', of: (r) => p(r.latency, 'p99') * 1e3 },
  { name: 'camera to tick p50', unit: 'ms', of: (r) => p(r.toTick, 'p50') * 1e3 },
  { name: 'camera to chunk p50', unit: 'ms', of: (r) => p(r.toChunk, 'p50') * 1e3 },
  { name: 'inference p50', unit: 'ms', of: (r) => p(r.inference, 'p50') * 1e3 },
  { name: 'inference p99', unit: 'ms', of: (r) => p(r.inference, 'p99') * 1e3 },
  { name: 'memory, resident', unit: 'MiB', of: (r) => r.memory.rss / 2 ** 20 },
  { name: 'memory, proportional', unit: 'MiB', of: (r) => r.memory.pss / 2 ** 20 },
  { name: 'start to first command', unit: 's', of: (r) => r.startUp },
];

const PEERS = { 'Python (timer)': 'timer', 'Python (frames)': 'frames' } as const;

function report(results: ReadonlyMap<string, readonly Round[]>): void {
  const sinew = results.get('sinew') ?? [];
  const figures = FIGURES.map(({ name, unit, of }) => {
    const own = sinew.map(of);
    const peers = Object.keys(PEERS).map((peer) => {
      const theirs = (results.get(peer) ?? []).map(of);
      return { peer, value: median(theirs), ratio: ratioOf(own, theirs) };
    });
    return { name, unit, sinew: median(own), peers };
  });
  console.log();
  printTable(
    [
      'median of the rounds',
      'unit',
      'sinew',
      ...Object.keys(PEERS).flatMap((p) => [p, 'sinew / it']),
    ],
    figures.map(({ name, unit, sinew: own, peers }) => [
      name,
      unit,
      own.toFixed(2),
      ...peers.flatMap(({ value, ratio }) => [value.toFixed(2), ratioText(ratio)]),
    ]),
  );
  const aims = figures.slice(0, 2).flatMap(({ name, peers }) =>
    peers.map(({ peer, ratio }) => ({
      what: `${name}, sinew to ${peer}`,
      measured: ratio.median,
      limit: 0.5,
    })),
  );
  console.log();
  printAims(aims);
  printJson({
    bench: 'pipeline',
    machine: machineLine(),
    quick: options.quick,
    rounds: options.rounds,
    seconds: options.seconds,
    figures: figures.map(({ name, unit, sinew: own, peers }) => ({
      name,
      unit,
      sinew: rounded(own),
      peers: peers.map(({ peer, value, ratio }) => ({
        peer,
        value: rounded(value),
        ratio: roundedRatio(ratio),
      })),
    })),
    aims: aimsJson(aims),
  });
}

const rounded = (value: number) => Number(value.toFixed(3));

async function main(): Promise<void> {
  const folder = resolve(options.package);
  const { spec } = loadPackage(folder);
  const config = loadConfig(join(ROOT, 'bench/pipeline.yaml'), {
    set: [`policy.package=${folder}`],
  });
  const python = await benchPython();
  // A domain of its own, so that nothing that runs beside it is heard; children inherit it.
  process.env.ROS_DOMAIN_ID = String(60 + (process.pid % 40));
  console.log(`pipeline: ${spec.name}, ${machineLine()}`);
  console.log(`commit ${commit()}, ${options.rounds} rounds of ${options.seconds} s a side`);

  const node = await RosNode.create({ name: 'bench' });
  const [image] = Object.values(spec.observation).filter((input) => input.type === 'image');
  const robot = assembleRobot(config.robot);
  const feeder = new Feeder(node, {
    joints: config.robot.joints,
    home: robot.home,
    cameras: Object.values(spec.observation).flatMap((input) =>
      input.type === 'image' ? [input.camera] : [],
    ),
    width: image?.source.width ?? 96,
    height: image?.source.height ?? 96,
  });
  const onlooker = new Onlooker(node, (command) => feeder.position.set(command));
  const home = () => feeder.position.set(robot.home);
  const sides = new Map([['sinew', sinewPrograms(config, folder)]]);
  for (const [name, trigger] of Object.entries(PEERS)) {
    const peer = peerProgram(config, folder, python, trigger);
    checkPeer(peer, spec.parity.tolerance);
    sides.set(name, [peer]);
  }
  try {
    const results = await interleave(
      [...sides].map(([name, specs]) => ({
        name,
        measure: () => measure(specs, onlooker, home),
      })),
      options.rounds,
      printRound,
    );
    report(results);
  } finally {
    feeder.stop();
    await node.close();
  }
}

/** Short hash of the commit measured; a dash outside a Git checkout. */
function commit(): string {
  try {
    const head = readFileSync(join(ROOT, '.git', 'HEAD'), 'utf8').trim();
    const ref = /^ref: (.*)$/.exec(head)?.[1];
    return (ref ? readFileSync(join(ROOT, '.git', ref), 'utf8') : head).slice(0, 7);
  } catch {
    return '–';
  }
}

try {
  await main();
} catch (error) {
  console.error(`bench pipeline: ${error instanceof Error ? error.message : String(error)}`);
  process.exitCode = 1;
}
