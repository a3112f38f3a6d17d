/**
 * `npm run bench -- console`: what the operator's page costs the control loop, and how smoothly it
 * runs. The controller at 100 Hz with two cameras at 30 Hz and joint states at 100 Hz, alone and with
 * the console and a page in headless Chromium on the same machine. Needs Chromium
 * (scripts/install_chromium.sh).
 */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { type BrowserContext, chromium } from 'playwright-core';
import { SinewError } from '../src/core/error.js';
import { loadRobotConfig } from '../src/description/robot_config.js';
import { RemoteNode } from '../src/ros/remote_node.js';
import { RosNode } from '../src/ros/ros_node.js';
import { benchOptions } from './lib/options.js';
import { Program, type ProgramSpec } from './lib/program.js';
import { ROOT } from './lib/python.js';
import { aimsJson, machineLine, ms, printAims, printJson, printTable } from './lib/report.js';
import { interleave, median } from './lib/rounds.js';

/** A domain of its own, so that no other ROS program takes part. */
const DOMAIN = '94';
const PORT = 18_470;
const TOKEN = 'a-token-for-this-benchmark';
/** Start-up that is not measured, s. */
const WARM_UP_S = 3;
const START_S = 60;
/** Added lateness at p99, ms, and time between two frames of the page, ms: 50 a second. */
const ADDED_MS = 1;
const FRAME_MS = 20;
const CONFIG = join(ROOT, 'config/demo.yaml');
const CHROMIUM = [
  ...['--no-sandbox', '--disable-gpu', '--disable-quic', '--no-first-run'],
  ...['--disable-background-networking', '--disable-component-update', '--disable-sync'],
];

const options = benchOptions({
  name: 'console',
  summary:
    'Lateness of the controller’s ticks with and without the console and a page in headless Chromium,\n' +
    'and the page’s frames a second.',
  rounds: 5,
  seconds: 10,
});
process.env.ROS_DOMAIN_ID = DOMAIN;

interface Round {
  /** s */
  readonly lateness: readonly number[];
  /** Frames a second and time between frames (ms) of the page; none on the side without. */
  readonly frames: number;
  readonly gaps: readonly number[];
}

function sinew(name: string, nice: number, ...set: string[]): ProgramSpec {
  const script = join(ROOT, 'dist/app', `${name}.js`);
  const overrides = set.flatMap((value) => ['--set', value]);
  return {
    ...{ name, command: process.execPath, nice },
    args: [script, '--config', CONFIG, ...overrides],
  };
}

/** The robot's side: joint states, pictures and chunks (lib/tick_robot.ts). */
function robot(): Program {
  const { joints } = loadRobotConfig(join(ROOT, 'config/so101.yaml'));
  const loader = join(ROOT, 'scripts/typescript_loader.mjs');
  const script = join(ROOT, 'bench/lib/tick_robot.ts');
  const args = ['--import', loader, script, ...joints];
  return new Program({ name: 'robot', command: process.execPath, args, nice: 5 });
}

/** Asks again and again, until it is granted or the patience ends. */
async function attempt(what: string, action: () => Promise<unknown>): Promise<void> {
  const deadline = performance.now() + START_S * 1e3;
  for (;;) {
    const done = await action().then(
      () => true,
      () => false,
    );
    if (done) return;
    if (performance.now() > deadline) throw new SinewError(`${what} did not come up`);
    await sleep(100);
  }
}

/** A page that counts its own frames; `count` takes them for the seconds measured. */
async function openPage(folder: string): Promise<{
  count: () => Promise<number[]>;
  close: () => Promise<void>;
}> {
  const context: BrowserContext = await chromium.launchPersistentContext(folder, {
    executablePath: '/usr/bin/chromium',
    headless: true,
    args: CHROMIUM,
    viewport: { width: 1440, height: 900 },
  });
  const page = await context.newPage();
  await attempt('the console', () => page.goto(`http://127.0.0.1:${PORT}/#token=${TOKEN}`));
  await page.locator('.camera[data-stale="false"]').nth(1).waitFor();
  const count = () =>
    page.evaluate<number[]>(`new Promise((done) => {
      const gaps = [];
      let last = performance.now();
      const end = last + ${options.seconds * 1e3};
      const frame = () => {
        const now = performance.now();
        gaps.push(now - last);
        last = now;
        if (now < end) requestAnimationFrame(frame);
        else done(gaps);
      };
      requestAnimationFrame(frame);
    })`);
  return { count, close: () => context.close() };
}

async function measure(node: RosNode, withPage: boolean): Promise<Round> {
  const folder = mkdtempSync(join(tmpdir(), 'sinew-bench-'));
  const programs = [new Program(sinew('controller', 0))];
  if (withPage) {
    const set = [`console.port=${PORT}`, `console.token=${TOKEN}`];
    programs.push(new Program(sinew('console', 10, ...set)));
  }
  let page: Awaited<ReturnType<typeof openPage>> | undefined;
  try {
    const controller = new RemoteNode(node, '/controller');
    await attempt('the controller', () => controller.bringTo('active', 2));
    if (withPage) page = await openPage(folder);
    await sleep(WARM_UP_S * 1e3);
    const lateness: number[] = [];
    const type = 'std_msgs/msg/Float64MultiArray';
    const telemetry = node.subscribe('/controller/telemetry', type, 'reliable', ({ data }) => {
      for (let row = 0; row + 5 <= data.length; row += 5)
        lateness.push(data[row + 1] ?? Number.NaN);
    });
    const gaps = page === undefined ? [] : await page.count();
    if (page === undefined) await sleep(options.seconds * 1e3);
    telemetry.close();
    for (const program of programs) program.check();
    if (lateness.length < options.seconds * 50) {
      throw new SinewError(`only ${lateness.length} ticks were told of`);
    }
    const sum = gaps.reduce((total, gap) => total + gap, 0);
    return { lateness, gaps, frames: (1e3 * gaps.length) / sum };
  } finally {
    await page?.close();
    await Promise.all(programs.map((program) => program.stop()));
    rmSync(folder, { recursive: true, force: true });
  }
}

/** Nearest-rank quantile. */
function quantile(values: readonly number[], q: number): number {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[Math.max(0, Math.ceil(q * sorted.length) - 1)] ?? Number.NaN;
}

function report(results: ReadonlyMap<string, readonly Round[]>): void {
  const of = (side: string, q: number) =>
    median((results.get(side) ?? []).map(({ lateness }) => quantile(lateness, q)));
  const sides = ['alone', 'with page'];
  const levels = [0.5, 0.99, 0.999, 1];
  console.log(`\nlateness, ms: median of ${options.rounds} rounds of ${options.seconds} s`);
  printTable(
    ['side', 'p50', 'p99', 'p999', 'max'],
    sides.map((side) => [side, ...levels.map((q) => ms(of(side, q), 3))]),
  );
  const pages = results.get('with page') ?? [];
  const frames = median(pages.map((round) => round.frames));
  const gap = (q: number) => median(pages.map(({ gaps }) => quantile(gaps, q)));
  console.log(
    `page: ${frames.toFixed(1)} frames a second, between two of them ` +
      `p50 ${gap(0.5).toFixed(1)} ms, p99 ${gap(0.99).toFixed(1)} ms (drawn by the processor)`,
  );
  const added = (of('with page', 0.99) - of('alone', 0.99)) * 1e3;
  const aims = [
    { what: 'added to the ticks’ lateness at p99', measured: added, limit: ADDED_MS, unit: 'ms' },
    { what: 'time a frame of the page', measured: 1e3 / frames, limit: FRAME_MS, unit: 'ms' },
  ];
  printAims(aims);
  printJson({
    bench: 'console',
    machine: machineLine(),
    quick: options.quick,
    rounds: options.rounds,
    seconds: options.seconds,
    lateness_ms: Object.fromEntries(
      sides.map((side) => [side, levels.map((q) => Number(ms(of(side, q), 4)))]),
    ),
    page_frames_per_second: Number(frames.toFixed(1)),
    page_frame_ms: { p50: gap(0.5), p99: gap(0.99) },
    aims: aimsJson(aims),
  });
}

async function run(): Promise<void> {
  console.log(machineLine());
  const surroundings = robot();
  const node = await RosNode.create({ name: 'console_bench' });
  try {
    const results = await interleave<Round>(
      [
        { name: 'alone', measure: () => measure(node, false) },
        { name: 'with page', measure: () => measure(node, true) },
      ],
      options.rounds,
      (side, round, { lateness, frames }) => {
        const page = Number.isNaN(frames) ? '' : `, ${frames.toFixed(1)} frames a second`;
        const late = `p50 ${ms(quantile(lateness, 0.5), 3)}, p99 ${ms(quantile(lateness, 0.99), 3)} ms`;
        console.log(`round ${round + 1} ${side}: ${late}${page}`);
      },
    );
    surroundings.check();
    report(results);
  } finally {
    await node.close();
    await surroundings.stop();
  }
}

await run();
process.exit(0);
