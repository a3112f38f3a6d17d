/**
 * `npm run bench -- tick`: how late the control loop ticks while a policy infers at full load and
 * cameras run, against a C loop on clock_nanosleep that does nothing, and an rclpy timer.
 */
import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { setPriority, tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { SinewError } from '../src/core/error.js';
import { loadRobotConfig } from '../src/description/robot_config.js';
import { RemoteNode } from '../src/ros/remote_node.js';
import { RosNode } from '../src/ros/ros_node.js';
import { benchOptions } from './lib/options.js';
import { aimsJson, machineLine, ms, printAims, printJson, printTable } from './lib/report.js';
import { interleave, median, ratioOf, ratioText, roundedRatio } from './lib/rounds.js';

const RATE_HZ = 250;
const PRIORITY = 50;
/** A domain of its own, so that no other ROS program takes part. */
const DOMAIN = '93';
/** Start-up of each side that is not measured, s. */
const WARM_UP_S = 1;
const root = resolve(import.meta.dirname, '..');
const config = join(root, 'config/demo.yaml');
/** The Python that has rclpy: of the wheels, else of the sourced ROS 2. */
const wheels = join(root, '.ros/bin/python3');
const python = existsSync(wheels) ? wheels : 'python3';

const options = benchOptions({
  name: 'tick',
  summary: `Lateness of a ${RATE_HZ} Hz loop under load: sinew's controller, C, rclpy.`,
  rounds: 5,
  seconds: 10,
});
process.env.ROS_DOMAIN_ID = DOMAIN;
const folder = mkdtempSync(join(tmpdir(), 'sinew-tick-'));
const children = new Set<ChildProcess>();

/** Starts a process that the benchmark takes down at its end. */
function start(command: string, args: readonly string[], nice = 0): ChildProcess {
  const child = spawn(command, args, { cwd: root, stdio: ['ignore', 'pipe', 'pipe'] });
  children.add(child);
  child.once('exit', () => children.delete(child));
  let errors = '';
  child.stderr?.on('data', (text: Buffer) => {
    errors = (errors + text.toString()).slice(-2000);
  });
  child.once('exit', (code) => {
    if (code !== 0 && code !== null) console.error(`${args[0]} ended with ${code}: ${errors}`);
  });
  if (nice > 0 && child.pid !== undefined) setPriority(child.pid, nice);
  return child;
}

/** A TypeScript file of bench/lib in a process of its own. */
function startScript(name: string, args: readonly string[], nice: number): ChildProcess {
  const loader = join(root, 'scripts/typescript_loader.mjs');
  return start(
    process.execPath,
    ['--import', loader, join(root, 'bench/lib', name), ...args],
    nice,
  );
}

/** Resolves with what a child wrote once it has ended. */
async function outputOf(child: ChildProcess): Promise<string> {
  let text = '';
  child.stdout?.on('data', (part: Buffer) => {
    text += part.toString();
  });
  await new Promise((ended) => child.once('close', ended));
  return text;
}

function mayUseFifo(): boolean {
  try {
    execFileSync('chrt', ['--fifo', String(PRIORITY), 'true'], { stdio: 'ignore' });
    return true;
  } catch {
    return false;
  }
}

const fifo = mayUseFifo();
/** A side that prints its lateness line by line, under the same scheduling as the controller. */
async function measureProgram(command: string, args: readonly string[]): Promise<number[]> {
  const run = [command, ...args, String(RATE_HZ), String(options.seconds + WARM_UP_S)];
  const all = fifo ? ['chrt', '--fifo', String(PRIORITY), ...run] : run;
  const text = await outputOf(start(all[0] ?? '', all.slice(1)));
  const samples = text.trim().split('\n').map(Number);
  return samples.slice(WARM_UP_S * RATE_HZ);
}

async function measureController(node: RosNode): Promise<number[]> {
  const samples: number[] = [];
  const child = start(process.execPath, [
    join(root, 'dist/app/controller.js'),
    ...['--config', config, '--set', `controller.rate_hz=${RATE_HZ}`],
    ...['--set', `controller.fifo_priority=${fifo ? PRIORITY : 0}`],
  ]);
  const controller = new RemoteNode(node, '/controller');
  for (let i = 0; ; i++) {
    const active = await controller.change('activate', 2).then(
      () => true,
      () => false,
    );
    if (active) break;
    if (i > 100) throw new SinewError('the controller could not be activated');
    await sleep(100);
  }
  await sleep(WARM_UP_S * 1000);
  const type = 'std_msgs/msg/Float64MultiArray';
  const telemetry = node.subscribe('/controller/telemetry', type, 'reliable', ({ data }) => {
    for (let row = 0; row + 5 <= data.length; row += 5) samples.push(data[row + 1] ?? Number.NaN);
  });
  const enough = options.seconds * RATE_HZ;
  const deadline = performance.now() + 3000 * options.seconds;
  while (samples.length < enough && performance.now() < deadline) await sleep(50);
  telemetry.close();
  const ended = new Promise((resolve) => child.once('exit', resolve));
  child.kill('SIGTERM');
  await ended;
  return samples.slice(0, enough);
}

interface Lateness {
  readonly p50: number;
  readonly p99: number;
  readonly p999: number;
  readonly max: number;
}

function summarize(samples: readonly number[]): Lateness {
  const sorted = [...samples].sort((a, b) => a - b);
  const rank = (q: number) => sorted[Math.max(0, Math.ceil(q * sorted.length) - 1)] ?? Number.NaN;
  return { p50: rank(0.5), p99: rank(0.99), p999: rank(0.999), max: rank(1) };
}

async function run(): Promise<void> {
  console.log(machineLine());
  console.log(`scheduling: ${fifo ? `SCHED_FIFO ${PRIORITY} for all three` : 'normal'}`);
  const floor = join(folder, 'tick_floor');
  execFileSync('cc', ['-O2', '-o', floor, join(root, 'bench/tick_floor.c')]);
  const { joints } = loadRobotConfig(join(root, 'config/so101.yaml'));
  startScript('tick_robot.ts', joints, 5);
  const inference = startScript('tick_inference.ts', [resolve(root, options.package)], 10);
  await new Promise((ready) => inference.stdout?.once('data', ready));
  const began = performance.now();
  const node = await RosNode.create({ name: 'tick_bench' });

  const results = await interleave<Lateness>(
    [
      { name: 'c', measure: async () => summarize(await measureProgram(floor, [])) },
      { name: 'controller', measure: async () => summarize(await measureController(node)) },
      {
        name: 'rclpy',
        measure: async () =>
          summarize(await measureProgram(python, [join(root, 'bench/tick_rclpy.py')])),
      },
    ],
    options.rounds,
    (side, round, { p50, p99 }) =>
      console.log(`round ${round + 1} ${side}: p50 ${ms(p50, 3)} ms, p99 ${ms(p99, 3)} ms`),
  );
  await node.close();
  const seconds = (performance.now() - began) / 1000;
  const chunks = outputOf(inference);
  inference.kill('SIGTERM');
  report(results, Number((await chunks).trim()) / seconds);
}

function report(results: ReadonlyMap<string, readonly Lateness[]>, chunksPerSecond: number): void {
  const of = (side: string, key: keyof Lateness) =>
    (results.get(side) ?? []).map((lateness) => lateness[key]);
  const keys = ['p50', 'p99', 'p999', 'max'] as const;
  const sides = ['c', 'controller', 'rclpy'];
  console.log(`\nlateness, ms: median of ${options.rounds} rounds of ${options.seconds} s`);
  printTable(
    ['side', ...keys],
    sides.map((side) => [side, ...keys.map((key) => ms(median(of(side, key)), 3))]),
  );
  const toC = ratioOf(of('controller', 'p99'), of('c', 'p99'));
  const toRclpy = ratioOf(of('controller', 'p99'), of('rclpy', 'p99'));
  console.log(`p99 controller / C      ${ratioText(toC)}`);
  console.log(`p99 controller / rclpy  ${ratioText(toRclpy)}`);
  const aims = [
    { what: 'p99 of the controller to C', measured: toC.median, limit: 2 },
    { what: 'p99 of the controller to rclpy', measured: toRclpy.median, limit: 0.5 },
  ];
  printAims(aims);
  printJson({
    bench: 'tick',
    machine: machineLine(),
    quick: options.quick,
    rate_hz: RATE_HZ,
    rounds: options.rounds,
    seconds: options.seconds,
    fifo,
    chunks_per_second: Number(chunksPerSecond.toFixed(1)),
    lateness_ms: Object.fromEntries(
      sides.map((side) => [
        side,
        Object.fromEntries(keys.map((key) => [key, Number(ms(median(of(side, key)), 4))])),
      ]),
    ),
    p99_controller_to_c: roundedRatio(toC),
    p99_controller_to_rclpy: roundedRatio(toRclpy),
    aims: aimsJson(aims),
  });
}

try {
  await run();
} finally {
  for (const child of children) child.kill('SIGKILL');
  rmSync(folder, { recursive: true });
}
process.exit(0);
