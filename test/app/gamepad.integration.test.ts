/** A gamepad at this computer over real ROS 2: from SDL to the controller's authority and command. */
import { spawn } from 'node:child_process';
import { join, resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import { afterEach, describe, expect, it } from 'vitest';
import type { AuthorityReport } from '../../src/app/authority_report.js';
import { Child } from '../integration/child.js';
import { ControllerRig } from './controller_rig.js';
import { listenToAuthority } from './operator_voice.js';
import type { PadAct } from './virtual_pad.js';

const root = resolve(import.meta.dirname, '../..');
const loader = pathToFileURL(join(root, 'scripts/typescript_loader.mjs')).href;
/** A busy machine may hold up the teleop process, which is the operator, for seconds. */
const PATIENT = { operator: { timeout_s: 5, command_timeout_s: 5 } };
const HOME = [0, -1, 0.4, 1.2, 0, 0.6];
const RIGHT_Y = 3;
const RIGHT_TRIGGER = 5;

let rig: ControllerRig | undefined;
let teleop: ReturnType<typeof spawn> | undefined;
let reports: AuthorityReport[] = [];

const hands = (what: PadAct) => teleop?.send(what);
const mode = () => reports.at(-1)?.mode;

/** Controller and teleop process, active, the arm at home, and no gamepad yet. */
async function start(): Promise<ControllerRig> {
  const sections = 'teleop:\n  timeout_s: 5\n  gamepad: {}\n';
  const r = await ControllerRig.start({ controller: PATIENT as never, sections });
  rig = r;
  r.position.set(HOME);
  reports = listenToAuthority(r.node).reports;
  const script = join(import.meta.dirname, 'virtual_pad.ts');
  teleop = spawn(process.execPath, ['--import', loader, script, '--config', r.file], {
    env: { ...process.env, ROS_DOMAIN_ID: String(r.domain.id) },
    stdio: ['ignore', 'ignore', 'inherit', 'ipc'],
  });
  await r.until(() => r.node.publisherCount('/operator/command') > 0, 'the teleop process');
  await r.activate();
  return r;
}

/** The gamepad that the teleop process says it has. */
const padOf = (r: ControllerRig) =>
  r.health.get('teleop: teleop')?.values.find(({ key }) => key === 'gamepad')?.value;

async function plugIn(r: ControllerRig, hold?: 'left_shoulder'): Promise<void> {
  hands({ do: 'plug', known: true, ...(hold && { hold }) });
  await r.until(() => /virtual/i.test(padOf(r) ?? ''), 'the gamepad to be found');
}

/** Enough ticks that a command, had there been one, would be seen. */
async function wait(r: ControllerRig): Promise<void> {
  const count = r.commands.length;
  await r.until(() => r.commands.length > count + 100, 'commands');
}

afterEach(async () => {
  teleop?.kill('SIGKILL');
  await rig?.stop();
  rig = undefined;
});

describe('a gamepad at this computer', () => {
  it('takes over by its deadman, moves tool and gripper, and lets go', async () => {
    const r = await start();
    hands({ do: 'plug', known: false });
    await r.until(() => padOf(r) === 'not found', 'word of no gamepad');
    await wait(r);
    expect(padOf(r)).toBe('not found');
    hands({ do: 'unplug' });
    await plugIn(r);
    hands({ do: 'push', axis: RIGHT_Y, to: -1 });
    await wait(r);
    expect(reports.at(-1)).toMatchObject({ mode: 'policy', operator: null });
    const lift = r.position[1] ?? 0;
    const moved = () => Math.abs((r.position[1] ?? 0) - lift) > 0.05;
    hands({ do: 'press', button: 'left_shoulder' });
    await r.until(() => reports.at(-1)?.operator === 'gamepad', 'the gamepad in command');
    await r.until(moved, 'the tool to rise');
    hands({ do: 'push', axis: RIGHT_Y, to: 0 });
    hands({ do: 'push', axis: RIGHT_TRIGGER, to: 1 });
    const grip = r.position[5] ?? 0;
    await r.until(() => (r.position[5] ?? 0) > grip + 0.1, 'the gripper to open');
    hands({ do: 'release', button: 'left_shoulder' });
    await r.until(() => mode() === 'hold', 'holding');
    await r.until(() => r.resting(30), 'rest with the trigger pulled');
  });

  it('hands back by its button, once the deadman is released', async () => {
    const r = await start();
    await plugIn(r);
    await wait(r);
    hands({ do: 'press', button: 'left_shoulder' });
    await r.until(() => mode() === 'operator', 'the gamepad in command');
    hands({ do: 'tap', button: 'north' });
    await wait(r);
    expect(mode()).toBe('operator');
    hands({ do: 'release', button: 'left_shoulder' });
    await r.until(() => mode() === 'hold', 'holding');
    hands({ do: 'tap', button: 'north' });
    await r.until(() => mode() === 'policy', 'the policy in command');
  });

  it('stops the arm by its e-stop button, tapped, without the deadman', async () => {
    const r = await start();
    await plugIn(r);
    hands({ do: 'tap', button: 'east' });
    await r.until(() => mode() === 'e_stop', 'the e-stop');
    expect(reports.at(-1)?.phase).toBe('e_stop');
  });

  it('lets go when it is unplugged, and takes nothing when it comes back with the deadman held', async () => {
    const r = await start();
    await plugIn(r);
    await wait(r);
    hands({ do: 'press', button: 'left_shoulder' });
    await r.until(() => mode() === 'operator', 'the gamepad in command');
    hands({ do: 'unplug' });
    await r.until(() => mode() === 'hold', 'holding');
    await plugIn(r, 'left_shoulder');
    await wait(r);
    expect(mode()).toBe('hold');
    hands({ do: 'release', button: 'left_shoulder' });
    await wait(r);
    hands({ do: 'press', button: 'left_shoulder' });
    await r.until(() => mode() === 'operator', 'the gamepad in command again');
  });

  it('is refused in one line where there is no SDL', async () => {
    const args = [
      '--config',
      join(root, 'config/demo.yaml'),
      '--set',
      'teleop.gamepad.library=/no',
    ];
    const child = new Child('teleop', [join(root, 'dist/app/teleop.js'), ...args], {});
    expect((await child.ended()).code).not.toBe(0);
    expect(child.said(/teleop\.gamepad: no SDL 2, .*libsdl2-2\.0-0/)).toBe(true);
  });
});
