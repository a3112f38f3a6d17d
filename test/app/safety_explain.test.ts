/** What is refused before anything starts, and `sinew safety explain`. */
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { loadConfig } from '../../src/app/config.js';
import { safetyDigest } from '../../src/app/safety_digest.js';
import { assembleSafety } from '../../src/app/safety_setup.js';
import { sinew } from '../integration/child.js';

const ROBOT = resolve('config/so101.yaml');
let folder: string;

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'sinew-safety-'));
});
afterAll(() => rmSync(folder, { recursive: true }));

/** A set-up file with these sections; the robot's file may have some of its text replaced. */
function write(sections: string, change?: readonly [string, string]): string {
  let robot = ROBOT;
  if (change !== undefined) {
    robot = join(folder, 'arm.yaml');
    const text = readFileSync(ROBOT, 'utf8').replace('../urdf', resolve('urdf'));
    if (!text.includes(change[0])) throw new Error(`no "${change[0]}" in ${ROBOT}`);
    writeFileSync(robot, text.replace(...change));
  }
  const file = join(folder, 'cell.yaml');
  writeFileSync(file, `robot: ${robot}\n${sections}\n`);
  return file;
}

function assemble(sections: string, change?: readonly [string, string]) {
  return assembleSafety(loadConfig(write(sections, change)));
}

const PAN = 'shoulder_pan: &arm { velocity: 3.0, acceleration: 20, jerk: 500 }';

describe('a safety configuration is refused', () => {
  it.each([
    ['a missing limit', 'velocity: 3.0, acceleration: 20,', 'velocity: 3.0,', /acceleration/],
    ['a limit of the wrong sign', 'acceleration: 20', 'acceleration: -20', /acceleration/],
    ['inverted limits', PAN, `${PAN.slice(0, -2)}, lower: 1, upper: -1 }`, /inverted/],
    ['a limit wider than the URDF’s', PAN, `${PAN.slice(0, -2)}, upper: 9 }`, /wider/],
  ])('for %s, with joint and file', (_, before, after, what) => {
    expect(() => assemble('', [before, after])).toThrow(what);
    expect(() => assemble('', [before, after])).toThrow(/arm\.yaml.*shoulder_pan/);
  });

  it.each([
    [
      'a link that does not exist',
      'scene: [{ name: t, type: half_space, normal: [0, 0, 1], offset: 0, links: [nose] }]',
      /nose/,
    ],
    [
      'a link that cannot move',
      'scene: [{ name: t, type: sphere, center: [1, 0, 0], radius: 0.1, links: [base_link] }]',
      /base_link/,
    ],
    [
      'a joint that does not exist',
      'effort: { knee: 3 }',
      /cell\.yaml: safety\.effort\.knee: no joint "knee".*shoulder_pan/,
    ],
    [
      'an empty workspace',
      'workspace: { box: { min: [0, 0, 0], max: [1, 1, 1] }, half_spaces: [{ name: out, normal: [1, 0, 0], offset: 2 }] }',
      /cell\.yaml: safety\.workspace: no point/,
    ],
    [
      'an inverted box',
      'workspace: { box: { min: [0, 0, 1], max: [1, 1, 0] } }',
      /cell\.yaml:\d+:\d+: safety\.workspace\.box\.max.*above min/,
    ],
    [
      'inverted bounds',
      'barrier: { gain_bounds: [30, 1] }',
      /cell\.yaml:\d+:\d+: safety\.barrier\.gain_bounds/,
    ],
    [
      'a margin outside its bounds',
      'barrier: { self_margin_m: 0.5 }',
      /safety\.barrier\.self_margin_m.*0\.002 to 0\.1/,
    ],
    [
      'thresholds in the wrong order',
      'risk: { slow_above: 2, hold_above: 1 }',
      /safety\.risk\.hold_above/,
    ],
    [
      'a shape with a key of another',
      'scene: [{ name: s, type: sphere, center: [0, 0, 0], size: 1, radius: 1 }]',
      /safety\.scene\[0\]\.size: unknown key/,
    ],
    [
      'two shapes of one name',
      'scene: [{ name: s, type: sphere, center: [0, 0, 1], radius: 0.1 }, { name: s, type: sphere, center: [0, 0, 1], radius: 0.1 }]',
      /safety\.scene\[1\]\.name.*once/,
    ],
    [
      'an operator’s stream without a topic',
      'watch: { pedal: { kind: operator, timeout_s: 1 } }',
      /safety\.watch\.pedal\.topic/,
    ],
    [
      'an unknown key',
      'tool_speed: 1',
      /cell\.yaml:2:\d+: safety\.tool_speed: unknown key.*tool_speed_m_s/,
    ],
  ])('for %s', (_, section, message) => {
    expect(() => assemble(`safety: { ${section} }`)).toThrow(message);
  });

  it('for a gate whose calibration cannot be read', () => {
    expect(() => assemble('controller: { gate: { calibration: none.json } }')).toThrow(
      /none\.json: cannot be used.*expected a file written by `sinew calibrate gate`/,
    );
  });

  it('for a critic whose score nothing uses', () => {
    expect(() => loadConfig(write('critic: { graph: a.onnx }'))).toThrow(/safety\.risk/);
  });
});

describe('sinew safety explain', () => {
  const sections = `safety:
  tool_speed_m_s: 0.8
  workspace: { box: { min: [-1, -1, 0], max: [1, 1, 1] } }
  scene:
    - { name: table, type: half_space, normal: [0, 0, 2], offset: -0.05, links: [wrist_link] }
  effort: { gripper: 1.5 }
  watch: { wrist: { kind: camera, timeout_s: 0.5 } }`;

  it('prints every limit with its value and its place, on 100 columns', async () => {
    const file = write(sections);
    const child = sinew(['safety', 'explain', '--config', file, '--set', 'safety.barrier.gain=9']);
    expect((await child.ended()).code).toBe(0);
    const page = child.output.join('\n');
    expect(child.output.filter((line) => line.length > 100)).toEqual([]);
    const cell = `${file.replace(/[.]/g, '\\.')}`;
    expect(page).toMatch(/shoulder_pan +-1\.91986 +1\.91986 +3 +20 +20 +500 +2\.94/);
    const pan =
      readFileSync(ROBOT, 'utf8')
        .split('\n')
        .findIndex((line) => line.includes(PAN)) + 1;
    const urdf = readFileSync('urdf/so101.urdf', 'utf8').split('\n');
    const joint = urdf.findIndex((line) => line.includes('<joint name="shoulder_pan"')) + 1;
    expect(page).toContain(`lower, upper, effort: urdf/so101.urdf:${joint}`);
    expect(page).toContain(`config/so101.yaml:${pan}; deceleration: default`);
    expect(page).toMatch(new RegExp(`speed, automatic +0\\.8 m/s +${cell}:3`));
    expect(page).toMatch(/speed, manual +0\.25 m\/s +default/);
    expect(page).toMatch(/gain +9 1\/s \(1 to 30 while running\) +--set/);
    expect(page).toMatch(/table: half_space, \d capsules of wrist_link/);
    expect(page).toMatch(/box max z +x · \[0, 0, -1\] +≥ -1 m/);
    expect(page).toMatch(/\d+ capsules, \d+ pairs checked/);
    expect(page).toMatch(/wrist_link – gripper_link: neighbours/);
    expect(page).toMatch(new RegExp(`effort gripper +1\\.5 N m +${cell}:7`));
    expect(page).toMatch(/camera wrist \(\/camera\/wrist\/camera_info\) +0\.5 s/);
    expect(page).toMatch(/ e_stop +e-stop +reset +no +at once +by joint/);
    const sha256 = safetyDigest(loadConfig(file), assembleSafety(loadConfig(file)));
    expect(page).toContain(`SHA-256 ${sha256}`);
  });

  it('says the same as JSON', async () => {
    const file = write(sections);
    const child = sinew(['safety', 'explain', '--config', file, '--json']);
    expect((await child.ended()).code).toBe(0);
    const told = JSON.parse(child.output.join('\n'));
    expect(told.sha256).toBe(safetyDigest(loadConfig(file), assembleSafety(loadConfig(file))));
    expect(told.joints[0].limits.velocity).toMatchObject({ value: 3, unit: 'rad/s' });
    expect(told.scene).toMatchObject([{ name: 'table', links: ['wrist_link'] }]);
    expect(told.failsafe[0]).toMatchObject({ name: 'e_stop', clears: 'reset' });
  });

  it('ends at a fault with its one line, and so does sinew up', async () => {
    const file = write('safety: { effort: { knee: 3 } }');
    for (const args of [['safety', 'explain'], ['up']]) {
      const child = sinew([...args, '--config', file]);
      expect((await child.ended()).code).toBe(1);
      expect(child.errors).toHaveLength(1);
      expect(child.errors[0]).toMatch(/cell\.yaml: safety\.effort\.knee: no joint "knee"/);
      expect(child.output).toEqual([]);
    }
  });
});
