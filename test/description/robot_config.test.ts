/** Robot settings and joint limits: where each comes from, and what is refused. */
import { cpSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { loadRobot, robotKinematics } from '../../src/description/robot.js';
import { repositoryFile } from './robots.js';

const URDF = `<robot name="r">
<link name="base"/>
<link name="a"/>
<link name="b"/>
<link name="tool"/>
<joint name="turn" type="continuous"><parent link="base"/><child link="a"/><axis xyz="0 0 1"/></joint>
<joint name="lift" type="revolute"><parent link="a"/><child link="b"/>
<limit lower="-1" upper="2" velocity="3" effort="4"/></joint>
<joint name="end" type="fixed"><parent link="b"/><child link="tool"/></joint>
</robot>`;
const CONFIG = `name: r
urdf: r.urdf
base_link: base
tool_link: tool
joints: [lift, turn]
groups:
  arm: [lift]
limits:
  lift: {acceleration: 10, deceleration: 8, jerk: 100, upper: 1.5}
  turn: {acceleration: 11, jerk: 110, velocity: 2, effort: 1}
home:
  lift: 0.5
  turn: 9
`;

let folder = '';
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'sinew-robot-'));
});
afterEach(() => rmSync(folder, { recursive: true }));

function load(config: string, urdf = URDF) {
  writeFileSync(join(folder, 'r.urdf'), urdf);
  const file = join(folder, 'r.yaml');
  writeFileSync(file, config);
  return loadRobot(file);
}

function refusal(config: string, urdf = URDF): string {
  try {
    load(config, urdf);
  } catch (error) {
    return (error instanceof Error ? error.message : '').replaceAll(`${folder}/`, '');
  }
  throw new Error('was accepted');
}

describe('a robot', () => {
  it('takes limits from the URDF, narrowed by its settings, and says which is which', () => {
    const robot = load(CONFIG);
    expect(robot.limits).toEqual([
      {
        name: 'lift',
        lower: -1,
        upper: 1.5,
        velocity: 3,
        acceleration: 10,
        deceleration: 8,
        jerk: 100,
        effort: 4,
        source: {
          lower: 'urdf',
          upper: 'config',
          velocity: 'urdf',
          acceleration: 'config',
          deceleration: 'config',
          jerk: 'config',
          effort: 'urdf',
        },
      },
      {
        name: 'turn',
        lower: Number.NEGATIVE_INFINITY,
        upper: Number.POSITIVE_INFINITY,
        velocity: 2,
        acceleration: 11,
        deceleration: 11,
        jerk: 110,
        effort: 1,
        source: {
          lower: 'urdf',
          upper: 'urdf',
          velocity: 'config',
          acceleration: 'config',
          deceleration: 'default',
          jerk: 'config',
          effort: 'config',
        },
      },
    ]);
    expect(robot.home).toEqual([0.5, 9]);
  });

  it('has one tool and keeps its links apart if its settings say nothing else', () => {
    const { config } = load(CONFIG);
    expect(config.toolLinks).toEqual(['tool']);
    expect(config.collision).toEqual({
      self: true,
      capsulesPerLink: 2,
      padding: 0,
      ignore: [],
      check: [],
    });
  });

  it('takes several tools and the links that may touch from its settings', () => {
    const { config } = load(
      `${CONFIG}tool_links: [tool, a]\ncollision: {self: false, padding: 0.01, ignore: [[a, tool]]}\n`,
    );
    expect(config.toolLinks).toEqual(['tool', 'a']);
    expect(config.collision).toMatchObject({ self: false, padding: 0.01, ignore: [['a', 'tool']] });
  });

  it('has kinematics for a group of joints, the others at home', () => {
    const robot = load(CONFIG);
    expect(robotKinematics(robot).joints).toEqual(['lift', 'turn']);
    expect(robotKinematics(robot, { group: 'arm' }).joints).toEqual(['lift']);
    expect(() => robotKinematics(robot, { group: 'leg' })).toThrow(
      /groups: no joint group "leg"; expected one of arm/,
    );
  });

  it.each<[string, [string | RegExp, string], RegExp]>([
    [
      'an unknown key',
      [/urdf: r\.urdf/, '$&\nspeed: 3'],
      /^r\.yaml:3:1: speed: unknown key; expected one of name, urdf/,
    ],
    [
      'an unknown limit',
      ['jerk: 100', 'jrk: 100'],
      /^r\.yaml:9:45: limits\.lift\.jrk: unknown key \(and 1 more\); expected one of lower, .*jerk/,
    ],
    [
      'a wrong type',
      ['acceleration: 10', 'acceleration: fast'],
      /^r\.yaml:9:24: limits\.lift\.acceleration: "fast" is not allowed; expected number/,
    ],
    [
      'a negative acceleration',
      ['acceleration: 10', 'acceleration: -10'],
      /^r\.yaml:9:24: limits\.lift\.acceleration: "-10" is not allowed/,
    ],
    [
      'a deceleration above the acceleration',
      ['deceleration: 8', 'deceleration: 12'],
      /^r\.yaml:9:42: limits\.lift\.deceleration: .*expected at most the acceleration, 10/,
    ],
    [
      'a tool link twice',
      ['tool_link: tool', 'tool_link: tool\ntool_links: [tool, b, tool]'],
      /^r\.yaml:5:\d+: tool_links\[2\]: "tool" is not allowed; expected each link once/,
    ],
    [
      'one of the tool links that does not exist',
      ['tool_link: tool', 'tool_link: tool\ntool_links: [tool, hand]'],
      /^r\.urdf: link "hand" does not hang on "base"/,
    ],
    [
      'a pair of links that is not a pair',
      ['home:', 'collision: {ignore: [[a]]}\nhome:'],
      /^r\.yaml:11:\d+: collision\.ignore\[0\]/,
    ],
    [
      'no jerk limit',
      [', jerk: 100', ''],
      /^r\.yaml:9:9: limits\.lift\.jerk: missing; expected number/,
    ],
    [
      'a joint without limits',
      [/ {2}turn: \{.*\n/, ''],
      /^r\.yaml:9:3: limits\.turn: missing; expected the limits of every joint/,
    ],
    [
      'limits of no joint',
      ['limits:', 'limits:\n  turm: {acceleration: 1, jerk: 1}'],
      /^r\.yaml:9:9: limits\.turm: not allowed; expected one of lift, turn/,
    ],
    [
      'a joint twice',
      ['[lift, turn]', '[lift, turn, lift]'],
      /^r\.yaml:5:\d+: joints\[2\]: "lift" is not allowed; expected each joint once/,
    ],
    [
      'a group of unknown joints',
      ['arm: [lift]', 'arm: [lift, x]'],
      /^r\.yaml:7:15: groups\.arm\[1\]: "x" is not allowed; expected one of lift, turn/,
    ],
    [
      'no home position',
      ['  turn: 9\n', ''],
      /^r\.yaml:12:3: home\.turn: missing; expected a position for every joint/,
    ],
    [
      'a home outside the limits',
      ['lift: 0.5', 'lift: 1.6'],
      /^r\.yaml: home\.lift: home position 1\.6 of joint "lift" is outside its limits; expected -1 to 1\.5/,
    ],
    [
      'a wider position limit',
      ['upper: 1.5', 'upper: 2.5'],
      /^r\.yaml: limits\.lift\.upper: upper limit 2\.5 of joint "lift" is wider; expected at most 2, as in r\.urdf:7/,
    ],
    [
      'a wider lower limit',
      ['upper: 1.5', 'lower: -1.5'],
      /^r\.yaml: limits\.lift\.lower: .*expected at least -1/,
    ],
    [
      'a wider velocity limit',
      ['upper: 1.5', 'velocity: 5'],
      /^r\.yaml: limits\.lift\.velocity: velocity limit 5 .* at most 3/,
    ],
    [
      'inverted limits',
      ['upper: 1.5', 'upper: -0.5, lower: 0.5'],
      /^r\.yaml: limits\.lift: limits of joint "lift" are inverted: lower 0\.5, upper -0\.5/,
    ],
    [
      'no velocity limit anywhere',
      [', velocity: 2', ''],
      /^r\.urdf:6: joint "turn" has no velocity limit; expected one there or at limits\.turn\.velocity in r\.yaml/,
    ],
    [
      'a tool link that does not exist',
      ['tool_link: tool', 'tool_link: hand'],
      /^r\.urdf: link "hand" does not hang on "base"/,
    ],
    [
      'a base link that does not exist',
      ['base_link: base', 'base_link: floor'],
      /^r\.urdf: link "floor" does not exist/,
    ],
    [
      'a URDF that is not there',
      ['r.urdf', 'x.urdf'],
      /^x\.urdf: cannot read the robot description/,
    ],
  ])('is refused with its place for %s', (_, [from, to], expected) => {
    expect(CONFIG.replace(from, to)).not.toBe(CONFIG);
    expect(refusal(CONFIG.replace(from, to))).toMatch(expected);
  });

  it('is refused when the URDF does not have a joint, or has it fixed or coupled', () => {
    const rename = (config: string, joint: string) => config.replaceAll('turn', joint);
    expect(refusal(rename(CONFIG, 'spin'))).toMatch(
      /^r\.yaml: joints: joint "spin" is not in r\.urdf; expected some of turn, lift/,
    );
    expect(refusal(rename(CONFIG, 'end'))).toMatch(/joint "end" cannot be commanded in r\.urdf/);
    const coupled = URDF.replace('<axis', '<mimic joint="lift"/><axis');
    expect(refusal(CONFIG, coupled)).toMatch(/joint "turn" cannot be commanded in r\.urdf/);
  });

  it('counts a velocity or effort of 0 in a URDF as missing', () => {
    const unknown = URDF.replace('effort="4"', 'effort="0"');
    expect(refusal(CONFIG, unknown)).toMatch(/^r\.urdf:7: joint "lift" has no effort limit/);
  });
});

describe('the SO-101 settings', () => {
  it('load, with a home pose above the table', () => {
    const robot = loadRobot(repositoryFile('config/so101.yaml'));
    expect(robot.limits.every((limit) => limit.acceleration === 20 && limit.jerk === 500)).toBe(
      true,
    );
    expect(robot.limits.map((limit) => limit.velocity)).toEqual([3, 3, 3, 3, 3, 3]);
    const pose = new Float64Array(16);
    robotKinematics(robot, { tool: 'grasp_link' }).forward(robot.home, pose);
    expect(pose[3]).toBeGreaterThan(0.15);
    expect(pose[11]).toBeGreaterThan(0.12);
  });

  it('find the URDF relative to themselves, wherever the process runs', () => {
    cpSync(repositoryFile('config/so101.yaml'), join(folder, 'so101.yaml'));
    expect(() => loadRobot(join(folder, 'so101.yaml'))).toThrow(
      join(folder, '..', 'urdf', 'so101.urdf'),
    );
  });
});
