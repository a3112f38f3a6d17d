/** The set-up file: what is refused, and how the command line is put over it. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { cameraTopic, loadConfig, rosEnvironment } from '../../src/app/config.js';

const DEMO = resolve('config/demo.yaml');
const ROBOT = resolve('config/so101.yaml');
let folder: string;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'sinew-config-'));
});
afterEach(() => rmSync(folder, { recursive: true }));

function load(text: string) {
  const file = join(folder, 'robot_cell.yaml');
  writeFileSync(file, `robot: ${ROBOT}\n${text}`);
  return loadConfig(file);
}

describe('the set-up file', () => {
  it('of the demonstration is valid and names the six joints', () => {
    const config = loadConfig(DEMO);
    expect(config.robot.joints).toEqual([
      'shoulder_pan',
      'shoulder_lift',
      'elbow_flex',
      'wrist_flex',
      'wrist_roll',
      'gripper',
    ]);
    expect(config.controller.rate_hz).toBe(100);
    expect(cameraTopic(config, 'wrist')).toBe('/camera/wrist/image_raw');
  });

  it('keeps discovery on this computer unless it says otherwise', () => {
    expect(rosEnvironment(load(''))).toEqual({ ROS_AUTOMATIC_DISCOVERY_RANGE: 'LOCALHOST' });
    expect(rosEnvironment(load('ros: {discovery: subnet, domain_id: 7}'))).toEqual({
      ROS_AUTOMATIC_DISCOVERY_RANGE: 'SUBNET',
      ROS_DOMAIN_ID: '7',
    });
  });

  it('with an unknown key is refused with file, line and path', () => {
    expect(() => load('controller:\n  rate_hz: 100\n  ratehz: 3')).toThrow(
      /robot_cell\.yaml:4:3: controller\.ratehz: unknown key/,
    );
  });

  it('with a wrong type or a value out of range is refused with file, line and path', () => {
    expect(() => load('controller:\n  rate_hz: fast')).toThrow(
      /robot_cell\.yaml:3:12: controller\.rate_hz: "fast" is not allowed; expected number/,
    );
    expect(() => load('controller: {rate_hz: 1e9}')).toThrow(
      /controller\.rate_hz: "1000000000" is not allowed; expected a number of at most 1000/,
    );
  });

  it('is not the file of a robot, which is told by its name', () => {
    expect(() => loadConfig('config/ur5e.yaml')).toThrow(
      /config\/ur5e\.yaml: this is the file of a robot; expected a set-up file; .*"robot: ur5e\.yaml"/,
    );
    expect(() => loadConfig('config/none.yaml')).toThrow(/none\.yaml: cannot read the file/);
    expect(() => loadConfig(folder)).toThrow(/cannot read the file/);
  });

  it('takes values from the command line, checked like its own', () => {
    expect(loadConfig(DEMO, { set: ['controller.rate_hz=250'] }).controller.rate_hz).toBe(250);
    expect(() => loadConfig(DEMO, { set: ['controller.rate_hz=x'] })).toThrow(
      /controller\.rate_hz/,
    );
    expect(() => loadConfig(DEMO, { set: ['controller.rate=1'] })).toThrow(/unknown key/);
    expect(() => loadConfig(DEMO, { set: ['nonsense'] })).toThrow(/expected key\.path=value/);
  });

  it('follows simulated time in lock-step', () => {
    expect(loadConfig(DEMO, { lockstep: true }).ros.use_sim_time).toBe(true);
    expect(loadConfig(DEMO).ros.use_sim_time).toBe(false);
  });
});
