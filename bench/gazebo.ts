/**
 * `npm run bench -- gazebo`: the adapter of Gazebo Classic against a real server, in a network
 * namespace of its own. Joint states a second while the world runs; the time from a joint state to the
 * command that it caused being on its way, and to the motion being seen; simulated seconds a second
 * in lock-step with 100 decisions a simulated second.
 */
import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { steadyNow } from '../src/core/clock.js';
import { connectClassic } from '../src/simulation/gazebo/classic/classic_world.js';
import type { GazeboWorld } from '../src/simulation/gazebo/gazebo_world.js';
import { launchGazebo, untilAnswer } from '../src/simulation/gazebo/server_launcher.js';
import { benchOptions } from './lib/options.js';
import { ROOT } from './lib/python.js';
import { machineLine, ms, printJson, printTable } from './lib/report.js';

const PARTITION = 'bench';
const MASTER = { host: '127.0.0.1', port: 11349 };
const TIMESTEP = 0.001;
/** Physics steps between two decisions. */
const STEPS = 10;
/** Speed at which a motion counts as seen, rad/s. */
const SEEN = 0.05;
const START_TIMEOUT = 60;

const options = benchOptions({
  name: 'gazebo',
  summary: 'Latency, message rate and lock-step speed of the Gazebo Classic adapter.',
  rounds: 3,
  seconds: 10,
});

if (process.env['SINEW_BENCH_ISOLATED'] === undefined) {
  const isolated = join(ROOT, 'scripts', 'gazebo', 'isolated.mjs');
  const { status } = spawnSync(
    process.execPath,
    [isolated, process.execPath, ...process.execArgv, ...process.argv.slice(1)],
    { stdio: 'inherit', env: { ...process.env, SINEW_BENCH_ISOLATED: '1' } },
  );
  process.exit(status ?? 1);
}

function quantile(values: readonly number[], q: number): number {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[Math.min(sorted.length - 1, Math.floor(q * sorted.length))] ?? Number.NaN;
}

/** Waits for a joint state that fits. */
function state(world: GazeboWorld, fits: () => boolean): Promise<void> {
  return new Promise((resolve) => {
    const stop = world.onJoints(() => {
      if (!fits()) return;
      stop();
      resolve();
    });
  });
}

/** Joint states a second of wall time. */
async function rate(world: GazeboWorld, seconds: number): Promise<number> {
  let count = 0;
  const from = steadyNow();
  await state(world, () => {
    count += 1;
    return steadyNow() - from > seconds;
  });
  return count / (steadyNow() - from);
}

/** From a joint state to the command sent, and to its motion seen: s, one of each a turn. */
async function latency(
  world: GazeboWorld,
  turns: number,
): Promise<{ sent: number[]; seen: number[] }> {
  const result: { sent: number[]; seen: number[] } = { sent: [], seen: [] };
  for (let turn = 0; turn < turns; turn += 1) {
    await state(world, () => world.joints.velocities.every((v) => Math.abs(v) < SEEN / 5));
    const from = steadyNow();
    const moving = state(world, () => Math.abs(world.joints.velocities[0] ?? 0) > SEEN);
    await world.command([turn % 2 === 0 ? 0.3 : 0, 0]);
    result.sent.push(steadyNow() - from);
    await moving;
    result.seen.push(steadyNow() - from);
  }
  return result;
}

/** Simulated seconds a second of wall time, stepping, deciding and commanding. */
async function lockstep(world: GazeboWorld, seconds: number): Promise<number> {
  await world.reset({ seed: 1, positions: [0, 0] });
  const from = steadyNow();
  const start = world.joints.time;
  for (let tick = 0; steadyNow() - from < seconds; tick += 1) {
    await world.command([0.3 * Math.sin(tick / 50), 0.2 * Math.cos(tick / 40)]);
    await world.step(STEPS);
  }
  return (world.joints.time - start) / (steadyNow() - from);
}

const server = await launchGazebo({
  worldFile: join(ROOT, 'test', 'simulation', 'gazebo', 'arm.world'),
  kind: 'classic',
  partition: PARTITION,
  master: MASTER,
  cameras: false,
});
try {
  const connect = () =>
    connectClassic({
      world: 'default',
      model: 'arm',
      joints: ['shoulder', 'elbow'],
      cameras: [],
      timestep: TIMESTEP,
      partition: PARTITION,
      address: '127.0.0.1',
      master: MASTER,
    });
  const world = await untilAnswer(server, connect, START_TIMEOUT);
  console.log(machineLine());
  const rates: number[] = [];
  const sent: number[] = [];
  const seen: number[] = [];
  const speeds: number[] = [];
  for (let round = 0; round < options.rounds; round += 1) {
    await world.reset({ seed: 1, positions: [0, 0] });
    await world.pause(false);
    rates.push(await rate(world, options.seconds / 3));
    const delays = await latency(world, options.quick ? 4 : 20);
    sent.push(...delays.sent);
    seen.push(...delays.seen);
    speeds.push(await lockstep(world, options.seconds / 3));
  }
  printTable(
    ['Gazebo Classic 11, physics step 1 ms', 'p50', 'p99'],
    [
      ['joint state to command sent, ms', ms(quantile(sent, 0.5), 3), ms(quantile(sent, 0.99), 3)],
      ['joint state to motion seen, ms', ms(quantile(seen, 0.5), 1), ms(quantile(seen, 0.99), 1)],
    ],
  );
  console.log(`joint states a second, running: ${quantile(rates, 0.5).toFixed(0)}`);
  console.log(`simulated seconds a second, lock-step: ${quantile(speeds, 0.5).toFixed(2)}`);
  printJson({
    bench: 'gazebo',
    command_sent_ms: { p50: quantile(sent, 0.5) * 1e3, p99: quantile(sent, 0.99) * 1e3 },
    motion_seen_ms: { p50: quantile(seen, 0.5) * 1e3, p99: quantile(seen, 0.99) * 1e3 },
    joint_states_per_s: quantile(rates, 0.5),
    lockstep_speed: quantile(speeds, 0.5),
  });
  await world.close();
} finally {
  await server.stop();
}
