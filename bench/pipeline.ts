/**
 * Benchmark: from a picture's stamp to the command computed from it. sinew's policy and controller
 * processes against one Python node (pipeline_peer.py) with the same graphs, steps, threads, rate and
 * frames to infer from. A robot in this process feeds both the same way and takes the time (see
 * lib/first_use.ts); only one side runs at a time.
 */
import { readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { type Config, loadConfig } from '../src/app/config.js';
import { quantiles } from '../src/app/statistics.js';
import { assembleRobot } from '../src/description/robot.js';
import { loadPackage } from '../src/policy/package_file.js';
import { RosNode } from '../src/ros/ros_node.js';
import { Feeder } from './lib/feeder.js';
import { firstUses } from './lib/first_use.js';
import { type Memory, memoryOf } from './lib/memory.js';
import { Onlooker } from './lib/onlooker.js';
import { benchOptions } from './lib/options.js';
import { Program, type ProgramSpec } from './lib/program.js';
import { benchPython, ROOT } from './lib/python.js';
import { aimsJson, machineLine, ms, printAims, printJson, printTable } from './lib/report.js';
import { interleave, median, type Ratio, ratioOf, ratioText, roundedRatio } from './lib/rounds.js';

const START_S = 60;
const WARM_UP_S = 2;
/** Between rounds: the side before has left the graph. */
const PAUSE_S = 1;

interface Round {
  /** s from the stamp to the command's arrival; and to the tick, as the side tells. */
  readonly latency: readonly number[];
  readonly toTick: readonly number[];
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

function peerProgram(config: Config, folder: string, python: string): ProgramSpec {
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
    limits: JSON.stringify(rows),
  };
  const flags = Object.entries(args).flatMap(([name, value]) => [`--${name}`, String(value)]);
  return { name: 'peer', command: python, args: [join(ROOT, 'bench/pipeline_peer.py'), ...flags] };
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
      inference: onlooker.chunks.map((row) => row[1] ?? Number.NaN),
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
    `round ${round + 1} ${side.padEnd(6)}  p50 ${ms(p(latency, 'p50'))} ms, ` +
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
  { name: 'inference p50', unit: 'ms', of: (r) => p(r.inference, 'p50') * 1e3 },
  { name: 'inference p99', unit: 'ms', of: (r) => p(r.inference, 'p99') * 1e3 },
  { name: 'memory, resident', unit: 'MiB', of: (r) => r.memory.rss / 2 ** 20 },
  { name: 'memory, proportional', unit: 'MiB', of: (r) => r.memory.pss / 2 ** 20 },
  { name: 'start to first command', unit: 's', of: (r) => r.startUp },
];

function report(results: ReadonlyMap<string, readonly Round[]>): void {
  const [sinew = [], peer = []] = [results.get('sinew'), results.get('peer')];
  const ratios = new Map<string, Ratio>();
  const figures = FIGURES.map(({ name, unit, of }) => {
    const [a, b] = [sinew.map(of), peer.map(of)];
    const ratio = ratioOf(a, b);
    ratios.set(name, ratio);
    return { name, unit, sinew: median(a), peer: median(b), ratio };
  });
  console.log();
  printTable(
    ['median of the rounds', 'sinew', 'Python', 'unit', 'ratio (least to greatest)'],
    figures.map(({ name, unit, sinew: a, peer: b, ratio }) => [
      name,
      a.toFixed(2),
      b.toFixed(2),
      unit,
      ratioText(ratio),
    ]),
  );
  const aims = (['p50', 'p99'] as const).map((q) => ({
    what: `camera to command ${q}, sinew/Python`,
    measured: ratios.get(`camera to command ${q}`)?.median ?? Number.NaN,
    limit: 0.5,
  }));
  console.log();
  printAims(aims);
  printJson({
    bench: 'pipeline',
    machine: machineLine(),
    quick: options.quick,
    rounds: options.rounds,
    seconds: options.seconds,
    figures: figures.map(({ name, unit, sinew: a, peer: b, ratio }) => ({
      name,
      unit,
      sinew: Number(a.toFixed(3)),
      python: Number(b.toFixed(3)),
      ratio: roundedRatio(ratio),
    })),
    aims: aimsJson(aims),
  });
}

async function main(): Promise<void> {
  const folder = resolve(options.package);
  const { spec } = loadPackage(folder);
  const config = loadConfig(join(ROOT, 'bench/pipeline.yaml'), {
    set: [`policy.package=${folder}`],
  });
  const python = await benchPython();
  // A domain of its own, so that nothing that runs beside it is heard; children inherit it.
  process.env['ROS_DOMAIN_ID'] = String(60 + (process.pid % 40));
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
  const sides = {
    sinew: sinewPrograms(config, folder),
    peer: [peerProgram(config, folder, python)],
  };
  try {
    const results = await interleave(
      Object.entries(sides).map(([name, specs]) => ({
        name,
        measure: () => measure(specs, onlooker, home),
      })),
      options.rounds,
      printRound,
    );
    report(results);
  } finally {
    feeder.stop();
    node.close();
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
