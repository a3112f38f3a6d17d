/**
 * `npm run bench -- takeover`: from an operator's gesture to the first command that is not the
 * policy's any more, over real ROS 2 on the controller process; and how large the jumps of position,
 * velocity and acceleration are at a takeover and at a hand-back, tick by tick, against the most that
 * the limits allow in a tick.
 */
import { type ChildProcess, spawn } from 'node:child_process';
import { dirname, join, resolve } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { SinewError } from '../src/core/error.js';
import { loadRobot } from '../src/description/robot.js';
import { RemoteNode } from '../src/ros/remote_node.js';
import { RosNode } from '../src/ros/ros_node.js';
import { benchOptions } from './lib/options.js';
import { aimsJson, machineLine, ms, printAims, printJson, printTable } from './lib/report.js';
import { TakeoverRecord } from './lib/takeover_record.js';
import { TakeoverRobot } from './lib/takeover_robot.js';

/** A domain of its own, so that no other ROS program takes part. */
process.env.ROS_DOMAIN_ID = '97';
const RATE_HZ = 100;
/** Each part of a cycle takes so long, plus a random share of a tick, s. */
const PART_S = 0.6;
/** One tick's limit, and the rounding of doubles. */
const LIMIT = 1 + 1e-6;
const root = resolve(dirname(import.meta.dirname));
const config = join(root, 'config/demo.yaml');

const options = benchOptions({
  name: 'takeover',
  summary: `From an operator's gesture to the first changed command of a ${RATE_HZ} Hz loop, and its jumps.`,
  rounds: 3,
  seconds: 30,
});

let controller: ChildProcess | undefined;

function startController(): void {
  const script = join(root, 'dist/app/controller.js');
  // A busy machine may hold up this process, which is the robot and the operator.
  const values = [
    `rate_hz=${RATE_HZ}`,
    'joint_state_timeout_s=5',
    'operator.timeout_s=5',
    'operator.command_timeout_s=1',
  ];
  const set = values.flatMap((value) => ['--set', `controller.${value}`]);
  controller = spawn(process.execPath, [script, '--config', config, ...set], {
    cwd: root,
    stdio: ['ignore', 'ignore', 'inherit', 'ipc'],
    env: { ...process.env, SINEW_LOG_LEVEL: 'warn' },
  });
}

async function activate(node: RosNode): Promise<void> {
  const remote = new RemoteNode(node, '/controller');
  for (let i = 0; i < 100; i++) {
    const done = await remote.change('activate', 2).then(
      () => true,
      () => false,
    );
    if (done) return;
    await sleep(100);
  }
  throw new SinewError('the controller could not be activated');
}

/** One round: takeover, jog, hand-back, motion by the policy, again and again. */
async function round(robot: TakeoverRobot, record: TakeoverRecord): Promise<void> {
  const end = performance.now() + options.seconds * 1e3;
  while (performance.now() < end) {
    await robot.until(() => robot.mode === 'policy' && robot.speed > 0.3, 'motion by the policy');
    await sleep((PART_S + Math.random() / RATE_HZ) * 1e3);
    record.gesture('takeover', robot.take());
    await robot.until(() => robot.mode === 'operator', 'the takeover');
    robot.jog(Math.random() < 0.5 ? 0.5 : -0.5);
    await sleep((PART_S + Math.random() / RATE_HZ) * 1e3);
    record.gesture('handBack', robot.handBack());
    await robot.until(() => robot.mode === 'policy', 'the hand-back');
  }
  // Rows of the last ticks are still under way.
  await sleep(200);
}

async function run(): Promise<void> {
  console.log(machineLine());
  const { limits, config: settings } = loadRobot(join(root, 'config/so101.yaml'));
  startController();
  const node = await RosNode.create({ name: 'takeover_bench', onError: () => {} });
  const record = new TakeoverRecord(limits);
  const robot = new TakeoverRobot(node, settings.joints, record);
  await activate(node);
  for (let i = 0; i < options.rounds; i++) {
    await round(robot, record);
    const { p50, p99 } = record.latency();
    console.log(
      `round ${i + 1}: ${record.takeovers} takeovers, p50 ${ms(p50)} ms, p99 ${ms(p99)} ms`,
    );
  }
  robot.close();
  await node.close();
  report(record);
}

function report(record: TakeoverRecord): void {
  const tick = 1 / RATE_HZ;
  const latency = record.latency();
  const decision = record.decision();
  const transport = record.transport();
  console.log(
    `\n${record.takeovers} takeovers and ${record.handBacks} hand-backs at ${RATE_HZ} Hz`,
  );
  printTable(
    ['gesture to', 'p50 ms', 'p99 ms', 'max ms'],
    [
      ['the tick that changes the command', ms(decision.p50), ms(decision.p99), ms(decision.max)],
      ['the changed command at the robot', ms(latency.p50), ms(latency.p99), ms(latency.max)],
      ['(tick to robot alone)', ms(transport.p50), ms(transport.p99), ms(transport.max)],
    ],
  );
  const jumps = { takeover: record.jumps('takeover'), handBack: record.jumps('handBack') };
  console.log('\nlargest change in a tick, as a share of what the limits allow in a tick');
  printTable(
    ['at a', 'position', 'velocity', 'acceleration'],
    Object.entries(jumps).map(([what, shares]) => [what, ...shares.map((x) => x.toFixed(4))]),
  );
  const aims = [
    {
      what: 'p99 from the gesture to the changed command, less one tick and the transport both ways',
      measured: Math.max(0, latency.p99 - tick - 2 * transport.p99) * 1e3,
      limit: 0,
      unit: 'ms',
    },
    ...Object.entries(jumps).flatMap(([what, [position, velocity, acceleration]]) => [
      { what: `jump of position at a ${what}`, measured: position, limit: LIMIT },
      { what: `jump of velocity at a ${what}`, measured: velocity, limit: LIMIT },
      { what: `jump of acceleration at a ${what}`, measured: acceleration, limit: LIMIT },
    ]),
  ];
  printAims(aims);
  printJson({
    bench: 'takeover',
    machine: machineLine(),
    quick: options.quick,
    rate_hz: RATE_HZ,
    takeovers: record.takeovers,
    hand_backs: record.handBacks,
    gesture_to_command_ms: inMs(latency),
    gesture_to_tick_ms: inMs(decision),
    tick_to_command_ms: inMs(transport),
    largest_jumps: jumps,
    aims: aimsJson(aims),
  });
}

function inMs({ p50, p99, max }: { p50: number; p99: number; max: number }): object {
  return { p50: Number(ms(p50, 3)), p99: Number(ms(p99, 3)), max: Number(ms(max, 3)) };
}

try {
  await run();
} finally {
  controller?.kill('SIGKILL');
}
process.exit(0);
