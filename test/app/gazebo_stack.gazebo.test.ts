// The whole stack on a real Gazebo Classic server, running freely: `sinew up` with its episodes, and row
// 23 of the faults: a server that is killed and comes back finds the arm held, until a new activation.
import { mkdtempSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { loadConfig } from '../../src/app/config.js';
import { worldOf } from '../../src/app/gazebo_setup.js';
import { launchGazebo } from '../../src/simulation/gazebo/server_launcher.js';
import { Child, ROOT } from '../integration/child.js';
import { Harness } from '../integration/harness.js';
import { ATTEMPT_S } from '../integration/until.js';

const CONFIG = `${ROOT}/config/gazebo.yaml`;
/** Farther than noise or sagging, rad. */
const MOVED = 0.1;

let harness: Harness;
let port = 11381;
let partition = '';

beforeEach(async () => {
  harness = await Harness.open();
  port += 1;
  partition = `stack_${port}`;
});
afterEach(() => harness.close());

/** So patient that a busy machine is not taken for a fault. */
const PATIENT = ['controller.joint_state_timeout_s=5', 'policy.deadline_s=60'];

const overrides = (...more: string[]) =>
  [...PATIENT, `gazebo.master_port=${port}`, `gazebo.partition=${partition}`, ...more].flatMap(
    (set) => ['--set', set],
  );

/** Starts one process of the set-up by itself: nobody activates it. */
function launch(name: string, ...more: string[]): Child {
  const script = `${ROOT}/dist/app/${name}.js`;
  const child = new Child(name, [script, '--config', CONFIG, ...overrides(...more)], harness.env);
  harness.children.push(child);
  return child;
}

/** The arm gets somewhere else than it was. */
async function moves(): Promise<void> {
  const states = harness.jointStates.length;
  await harness.until(() => harness.jointStates.length > states, 'joint states');
  const start = harness.jointStates.at(-1)?.position.slice() ?? [];
  await harness.until(() => {
    const now = harness.jointStates.at(-1)?.position ?? [];
    return start.some((q, i) => Math.abs(q - (now[i] ?? q)) > MOVED);
  }, 'the policy to move the arm');
  expect(harness.chunks.length).toBeGreaterThan(0);
}

async function activate(): Promise<void> {
  await harness.activate(harness.policy);
  await harness.activate(harness.controller);
}

/** Joint states come again, and nobody commands. */
async function heldAfterReturn(): Promise<void> {
  const states = harness.jointStates.length;
  await harness.until(() => harness.jointStates.length > states + 5, 'joint states again');
  expect(await harness.controller.state(ATTEMPT_S)).toBe('inactive');
  const commands = harness.commands.length;
  const seen = harness.jointStates.length;
  await harness.until(() => harness.jointStates.length > seen + 100, 'a second of joint states');
  expect(harness.commands.length).toBe(commands);
  expect(harness.speed()).toBeLessThan(0.05);
}

/** The Gazebo server of this test. */
function serverPid(): number | undefined {
  for (const pid of readdirSync('/proc').filter((name) => /^\d+$/.test(name))) {
    try {
      const command = readFileSync(`/proc/${pid}/cmdline`, 'utf8');
      const environment = readFileSync(`/proc/${pid}/environ`, 'utf8');
      if (/gzserver/.test(command) && environment.includes(`IGN_PARTITION=${partition}\0`)) {
        return Number(pid);
      }
    } catch {
      // It ended meanwhile.
    }
  }
  return undefined;
}

test('sinew up starts the server and the policy moves the arm; a killed server is started again', async () => {
  harness.run('up', '--config', CONFIG, '--headless', ...overrides());
  await moves();
  const killed = serverPid() ?? 0;
  expect(killed).toBeGreaterThan(0);
  process.kill(killed, 'SIGKILL');
  await harness.until(() => (serverPid() ?? killed) !== killed, 'another server');
  await moves();
});

test('a running server is connected to; killed and started again, it finds the arm held until a new activation', async () => {
  const worldFile = join(mkdtempSync(join(tmpdir(), 'sinew-stack-')), 'world.sdf');
  writeFileSync(worldFile, worldOf(loadConfig(CONFIG, {})));
  const start = () =>
    launchGazebo({
      worldFile,
      kind: 'classic',
      partition,
      master: { host: '127.0.0.1', port },
      exactCameras: false,
      paused: false,
    });
  let server = await start();
  try {
    const bridge = launch('gazebo', 'gazebo.server=connect');
    launch('policy');
    launch('controller');
    await activate();
    await moves();
    process.kill(-server.pid, 'SIGKILL');
    await server.ended;
    await harness.reached(harness.controller, 'inactive');
    server = await start();
    await heldAfterReturn();
    // The bridge lived on and found the new server by itself.
    expect(bridge.said(/a new episode begins/)).toBe(true);
    expect(bridge.end).toBeUndefined();
    await activate();
    await moves();
  } finally {
    await server.stop();
  }
});
