/** `sinew safety explain`: what is told of the safety configuration, and as what. */
import { readFileSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { parse, stringify } from 'yaml';
import { loadConfig } from '../../src/app/config.js';
import { safetyDigest } from '../../src/app/safety_digest.js';
import { explainSafety } from '../../src/app/safety_explain.js';
import { assembleSafety } from '../../src/app/safety_setup.js';
import { safetyTable } from '../../src/app/safety_table.js';
import { yamlPlaces } from '../../src/core/yaml_places.js';
import { sinew } from '../integration/child.js';
import { CellFolder, type Change, sectionKeys } from './full_cell.js';

let cells: CellFolder;
beforeAll(() => {
  cells = new CellFolder();
});
afterAll(() => cells.remove());

/** Keys told in the row of another, and what decides nothing about safety. */
const NO_ROW_OF_ITS_OWN = [
  /^controller\.(interpolation|executor|blend_s|output|fifo_priority)/,
  /^controller\.gate\.calibration$/,
  /^safety\.barrier\.(gain|margin)_bounds/,
  /^safety\.watch\.<name>\.(kind|topic|type)$/,
  /^safety\.(wrench|risk)\.topic$/,
  /^safety\.publish_rate_hz$/,
];

/** What of a list or a table has the row. */
const INSIDE: Readonly<Record<string, string>> = {
  'controller.operator.priorities': '.console',
  'safety.workspace.half_spaces': '.0',
  'safety.scene': '.0',
  'safety.effort': '.gripper',
};

describe('what is told of the safety configuration', () => {
  it('has every key that decides, with the line that it stands in', () => {
    // One key a line.
    const text = stringify(parse(readFileSync(cells.cell(), 'utf8')));
    const file = cells.write('lines.yaml', text);
    const told = JSON.stringify(explainSafety(file));
    const line = yamlPlaces(file);
    const keys = ['controller', 'safety']
      .flatMap(sectionKeys)
      .filter((key) => !NO_ROW_OF_ITS_OWN.some((pattern) => pattern.test(key)));
    for (const key of keys) {
      const at = line(`${key.replace('<name>', 'pedal')}${INSIDE[key] ?? ''}`.split('.'));
      expect(at, key).toBeDefined();
      expect(told, key).toContain(`"from":"${file}:${at}"`);
    }
  });

  it('is a page of 100 columns, in which a gate’s threshold may come from another file', () => {
    const explanation = explainSafety(cells.cell());
    const page = safetyTable(explanation);
    const cell = explanation.file;
    expect(page.filter((row) => row.length > 100)).toEqual([]);
    const text = page.join('\n');
    for (const row of [
      /Loop\n {2}rate +125 1\/s/,
      / synchronise +true/,
      / start outside of the range +0\.07 rad/,
      / overlap at the start +0\.004 m/,
      / joint_states, jump +0\.61 rad/,
      / action_chunk, ahead of time +0\.13 s/,
      /Operators\n {2}heartbeat +0\.41 s/,
      / command +0\.17 s/,
      / alignment +0\.27 rad\/s/,
      / correction +0\.11 rad/,
      / priority of console +3/,
      /Gate that asks for an operator\n {2}threshold +2\.5/,
      / scores in a row +4/,
      / no score +6 s/,
    ]) {
      expect(text).toMatch(row);
    }
    expect(text).toContain(`${cell}:`);
    cells.calibration('gate.json', 7);
    const { gate } = explainSafety(cells.cell(), ['controller.gate={ calibration: gate.json }']);
    expect(gate).toMatchObject({
      threshold: { value: 7, from: 'gate.json (--set)' },
      'scores in a row': { value: 4, from: 'gate.json (--set)' },
    });
  });

  it('names the automatic speed where manual mode has no lower one of its own', () => {
    const speeds = (...set: string[]) => explainSafety(cells.cell(''), set).tools.manual_speed;
    expect(speeds()).toEqual({ value: 0.25, unit: 'm/s', from: 'default' });
    expect(speeds('safety.tool_speed_m_s=0.1')).toEqual({ value: 0.1, unit: 'm/s', from: '--set' });
  });

  it('gives sliding joints their units', () => {
    const slide: Change = [
      '<joint name="gripper" type="revolute">',
      '<joint name="gripper" type="prismatic">',
    ];
    const explanation = explainSafety(cells.cell(undefined, slide));
    expect(explanation.joints[0]?.limits.jerk.unit).toBe('rad/s³');
    expect(explanation.joints.at(-1)?.limits).toMatchObject({
      lower: { unit: 'm' },
      jerk: { unit: 'm/s³' },
      effort: { unit: 'N' },
    });
    expect(explanation.thresholds['effort gripper']).toMatchObject({ value: 1.4, unit: 'N' });
    expect(explanation.watchdogs['following_error']?.unit).toBe('rad or m');
    expect(safetyTable(explanation).join('\n')).toMatch(
      /wrist_roll .*\n +m +m +m\/s +m\/s² +m\/s² +m\/s³ +N\ngripper /,
    );
  });

  it('keeps its columns with long names of joints, and says what a robot’s own description changes', () => {
    const page = safetyTable(explainSafety('config/ur5e_ros2_control.yaml'));
    expect(page.filter((row) => row.length > 100)).toEqual([]);
    const text = page.join('\n').replace(/\n +/g, ' ');
    expect(text).toContain('The controller takes what /robot_description says in its place');
    expect(
      page.filter((row) => /^ {2}\w+_joint +lower/.test(row)).map((row) => row.indexOf('lower,')),
    ).toEqual(Array(6).fill(23));
    const line = readFileSync('config/ur5e.yaml', 'utf8')
      .split('\n')
      .findIndex((row) => row.includes('[forearm_link, wrist_2_link]'));
    expect(text).toContain(
      `forearm_link – wrist_2_link: the settings ignore them (config/ur5e.yaml:${line + 1})`,
    );
    expect(text).not.toMatch(/neighbours \(/);
    expect(
      safetyTable(explainSafety('config/ur5e_ros2_control.yaml', ['ros2_control={}'])).join(' '),
    ).not.toContain('Note:');
  });

  it('has no stop where the arm goes on', () => {
    for (const { action, stop } of explainSafety(cells.cell('')).failsafe) {
      expect(stop === null, action).toBe(action === 'warn' || action === 'slow');
    }
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
    const file = cells.cell(sections);
    const child = sinew(['safety', 'explain', '--config', file, '--set', 'safety.barrier.gain=9']);
    expect((await child.ended()).code).toBe(0);
    const page = child.output.join('\n');
    expect(child.output.filter((line) => line.length > 100)).toEqual([]);
    const cell = `${file.replace(/[.]/g, '\\.')}`;
    expect(page).toMatch(/shoulder_pan +-1\.91986 +1\.91986 +3 +20 +20 +500 +2\.94/);
    const pan =
      readFileSync('config/so101.yaml', 'utf8')
        .split('\n')
        .findIndex((line) => line.includes('shoulder_pan: &arm')) + 1;
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
    expect(page).toMatch(
      /wrist_link – moving_jaw_link: the settings ignore them \(config\/so101.yaml:\d+\)/,
    );
    expect(page).toMatch(new RegExp(`effort gripper +1\\.5 N m +${cell}:7`));
    expect(page).toMatch(/camera wrist \(\/camera\/wrist\/camera_info\) +0\.5 s/);
    expect(page).toMatch(/ e_stop +e-stop +reset +no +at once +by joint/);
    const sha256 = safetyDigest(loadConfig(file), assembleSafety(loadConfig(file)));
    expect(page).toContain(`SHA-256 ${sha256}`);
  });

  it('says the same as JSON', async () => {
    const file = cells.cell(sections);
    const child = sinew(['safety', 'explain', '--config', file, '--json']);
    expect((await child.ended()).code).toBe(0);
    const told = JSON.parse(child.output.join('\n'));
    expect(told.sha256).toBe(safetyDigest(loadConfig(file), assembleSafety(loadConfig(file))));
    expect(told.joints[0].limits.velocity).toMatchObject({ value: 3, unit: 'rad/s' });
    expect(told.scene).toMatchObject([{ name: 'table', links: ['wrist_link'] }]);
    expect(told.failsafe[0]).toMatchObject({ name: 'e_stop', clears: 'reset' });
  });

  it('ends at a fault with its one line, and so does sinew up', async () => {
    const file = cells.cell('safety: { effort: { knee: 3 } }');
    for (const args of [['safety', 'explain'], ['up']]) {
      const child = sinew([...args, '--config', file]);
      expect((await child.ended()).code).toBe(1);
      expect(child.errors).toHaveLength(1);
      expect(child.errors[0]).toMatch(/cell\.yaml: safety\.effort\.knee: no joint "knee"/);
      expect(child.output).toEqual([]);
    }
  });
});
