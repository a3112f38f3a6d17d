/** The `sinew servo` commands as a user runs them, on an emulated SO-101. */
import { type ChildProcess, spawn } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { parseCalibration } from '../../src/hardware/calibration/joint_calibration.js';
import { emulateSo101, JOINTS, RANGES } from '../hardware/so101.js';
import { until } from '../integration/until.js';

const path = (relative: string) => fileURLToPath(new URL(`../../${relative}`, import.meta.url));

let rig: ReturnType<typeof emulateSo101>;
let folder: string;
let config: string;

beforeEach(() => {
  rig = emulateSo101();
  folder = mkdtempSync(join(tmpdir(), 'sinew-servo-command-'));
  config = join(folder, 'config.yaml');
  const servo = { buses: [rig.section({ reply_timeout_ms: 300 })] };
  writeFileSync(config, JSON.stringify({ robot: path('config/so101.yaml'), servo }));
});

afterEach(() => {
  rig.close();
  rmSync(folder, { recursive: true, force: true });
});

interface Run {
  readonly child: ChildProcess;
  text: string;
  readonly ended: Promise<number | null>;
}

function start(...args: string[]): Run {
  const child = spawn(process.execPath, [path('dist/app/main.js'), 'servo', ...args]);
  const run: Run = {
    child,
    text: '',
    ended: new Promise((resolve) => child.once('close', resolve)),
  };
  for (const stream of [child.stdout, child.stderr]) {
    stream.on('data', (data: Buffer) => {
      run.text += data.toString();
    });
  }
  return run;
}

async function run(...args: string[]): Promise<{ code: number | null; text: string }> {
  const running = start(...args);
  const code = await running.ended;
  return { code, text: running.text };
}

const torque = () => rig.emulator.bus.servos.filter((servo) => servo.torque).length;

test('torque on and off reach the servos that are named', async () => {
  const on = await run('torque', 'on', '--port', rig.emulator.path, '--ids', '1,2');
  expect(on).toEqual({ code: 0, text: 'torque on: servo 1, servo 2\n' });
  expect(torque()).toBe(2);
  await run('torque', 'off', '--port', rig.emulator.path, '--ids', '1,2');
  expect(torque()).toBe(0);
});

test('monitor shows each joint, and a fault with its cure', async () => {
  rig.emulator.bus.servo(2).raise('overload');
  const { code, text } = await run('monitor', '--config', config, '--once');
  expect(code).toBe(0);
  for (const joint of JOINTS) expect(text).toContain(joint);
  expect(text).toMatch(/shoulder_lift +2 .*overloaded: free the joint/);
  expect(text).toMatch(/gripper +6 +\d\.\d{3} rad/);
});

test('calibrate leads through middle and ranges, and writes file and servos', async () => {
  const running = start('calibrate', '--config', config);
  const log = () => running.text;
  await until(() => running.text.includes('middle of its range'), 'the first question', log);
  for (const shaft of rig.shafts) shaft.position = 3;
  running.child.stdin?.write('\n');
  await until(() => running.text.includes('from end to end'), 'the second question', log);
  for (const side of [-1, 1]) {
    const before = rig.emulator.received;
    for (const [i, joint] of JOINTS.entries()) {
      const { lower, upper } = RANGES.get(joint) ?? { lower: 0, upper: 0 };
      const shaft = rig.shafts[i];
      if (shaft) shaft.position = 3 + (side * (upper - lower)) / 2;
    }
    // Two rounds of all six: one of them saw the arm at this end.
    await until(() => rig.emulator.received > before + 12, 'the ranges to be read', log);
  }
  running.child.stdin?.write('\n');
  expect(await running.ended).toBe(0);
  const calibration = parseCalibration(readFileSync(rig.file, 'utf8'), rig.file);
  const pan = calibration.get('shoulder_pan');
  expect(pan?.range_min).toBeCloseTo(2047 - (1.919862 / (2 * Math.PI)) * 4096, -1);
  expect(rig.emulator.bus.servo(1).get('max_position')).toBe(pan?.range_max);
});

test('a port that is none ends with one line', async () => {
  const { code, text } = await run('set-id', '--port', '/dev/ttyNONE7', '--from', '1', '--to', '2');
  expect(code).toBe(1);
  expect(text).toMatch(/^sinew: \/dev\/ttyNONE7: no such serial port; .*\n$/);
});
