/** The digest of the safety configuration: what it is of, key by key, and what it is not of. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { loadConfig } from '../../src/app/config.js';
import { safetyDigest } from '../../src/app/safety_digest.js';
import { assembleSafety } from '../../src/app/safety_setup.js';
import { CellFolder, type Change, ROBOT_KEYS, SECTION_NAMES, sectionKeys } from './full_cell.js';

let folder: CellFolder;
/** Of the full set-up as it is. */
let plain: string;
beforeAll(() => {
  folder = new CellFolder();
  plain = digest();
});
afterAll(() => folder.remove());

/** Digest of the full set-up with values put over it, on a robot with these changes. */
function digest(set: readonly string[] = [], ...changes: readonly Change[]): string {
  const config = loadConfig(folder.cell(undefined, ...changes), { set });
  return safetyDigest(config, assembleSafety(config));
}

/** Limits, shapes, thresholds, reactions, and what operators may do: another value for each key. */
const BELONGS: Readonly<Record<string, string>> = {
  'ros.use_sim_time': 'true',
  'controller.rate_hz': '100',
  'controller.joint_state_timeout_s': '0.32',
  'controller.chunk_timeout_s': '3.3',
  'controller.chunk_future_s': '0.14',
  'controller.e_stop_timeout_s': '0',
  'controller.following_error_rad': '0.24',
  'controller.start_excess_rad': '0.08',
  'controller.jump_rad': '0.62',
  'controller.message_rate_hz': '1235',
  'controller.auto_activate': 'false',
  'controller.operator.timeout_s': '0.42',
  'controller.operator.command_timeout_s': '0.18',
  'controller.operator.align_rad_s': '0.28',
  'controller.operator.correction_rad': '0.12',
  'controller.operator.priorities': '{ console: 4 }',
  'controller.gate.threshold': '2.6',
  'controller.gate.consecutive': '5',
  'controller.gate.timeout_s': '0',
  'safety.synchronise': 'false',
  'safety.tool_speed_m_s': '0.84',
  'safety.manual_tool_speed_m_s': '0.2',
  'safety.gross_overlap_m': '0.003',
  'safety.workspace.box.min': '[-0.6, -0.7, 0.02]',
  'safety.workspace.box.max': '[0.62, 0.71, 0.81]',
  'safety.workspace.half_spaces': '[]',
  'safety.scene': '[{ name: table, type: half_space, normal: [0, 0, 1], offset: -0.09 }]',
  'safety.barrier.gain_bounds': '[3, 25]',
  'safety.barrier.margin_bounds_m': '[0.003, 0.09]',
  'safety.effort': '{ gripper: 1.5 }',
  'safety.wrench.force_n': '32',
  'safety.wrench.torque_nm': '3.3',
  'safety.wrench.timeout_s': '0.34',
  'safety.energy.budget_j': '4.5',
  'safety.energy.refill_w': '0.7',
  'safety.watch.<name>.kind': 'camera',
  'safety.watch.<name>.timeout_s': '0.6',
  'safety.risk.slow_above': '0.5',
  'safety.risk.hold_above': '0.9',
  'safety.risk.slow_factor': '0.4',
  'safety.risk.timeout_s': '0.54',
};

/**
 * How the policy is followed and how that is sent (the filter judges what comes of it), names of
 * topics, rates of what is shown, scheduling, and what may be changed while running.
 */
const LEFT_OUT: Readonly<Record<string, string>> = {
  'ros.domain_id': '7',
  'ros.discovery': 'subnet',
  'controller.interpolation': 'linear',
  'controller.executor.type': 'synchronous',
  'controller.executor.steps': '9',
  'controller.executor.aggregation': 'average',
  'controller.executor.coefficient': '0.02',
  'controller.executor.form': 'trained_prefix',
  'controller.executor.schedule': 'ones',
  'controller.executor.guidance': '5',
  'controller.executor.keep': '5',
  'controller.executor.delay_steps': '2',
  'controller.executor.delay_window': '5',
  'controller.blend_s': '0.2',
  'controller.output.type': 'joint_trajectory',
  'controller.output.horizon_s': '0.05',
  'controller.fifo_priority': '0',
  'safety.barrier.gain': '10',
  'safety.barrier.self_margin_m': '0.008',
  'safety.barrier.scene_margin_m': '0.009',
  'safety.wrench.topic': '/other',
  'safety.watch.<name>.topic': '/other',
  'safety.watch.<name>.type': 'std_msgs/msg/Int32',
  'safety.risk.topic': '/other',
  'safety.publish_rate_hz': '13',
};

/** Sections of other processes, and one value of each. */
const OTHER_SECTIONS: Readonly<Record<string, string>> = {
  topics: 'topics.e_stop=/stop',
  critic: 'critic.graph=risk.onnx',
  policy: 'policy.package=elsewhere',
  simulator: 'simulator.joint_state_rate_hz=50',
  gazebo: 'gazebo={}',
  servo: 'servo.buses=[{ port: /dev/tty, calibration: c.json, joints: {} }]',
  ros2_control: 'ros2_control.activate=[a]',
  latency: 'latency.actuator_s=0.05',
  teleop: 'teleop={}',
  console: 'console={}',
  supervisor: 'supervisor.restart_limit=3',
  episode: 'episode.seed=1',
};

const GRIPPER = '  gripper: *arm';
const LIMITS = 'velocity: 3.0, acceleration: 20, jerk: 500';
const ground =
  '<link name="ground"/><joint name="bolts" type="fixed"><parent link="ground"/>' +
  '<child link="base_link"/><origin xyz="0 0 0.2"/></joint>';
/** An arm that stands on something; where coordinates count from is still the arm's own base. */
const ON_GROUND: Change = ['<link name="grasp_link"/>', `<link name="grasp_link"/>${ground}`];

/** Of the robot: its file's keys with a change of each; the change before it does not count. */
const ROBOT_BELONGS: Readonly<Record<string, readonly [change: Change, before?: Change]>> = {
  name: [['name: so101', 'name: other']],
  urdf: [['0.0388353', '0.0488353']],
  base_link: [['base_link: base_link', 'base_link: ground'], ON_GROUND],
  tool_link: [['tool_link: gripper_frame_link', 'tool_link: grasp_link']],
  tool_links: [['joints:', 'tool_links: [gripper_frame_link, grasp_link]\njoints:']],
  joints: [['[shoulder_pan, shoulder_lift', '[shoulder_lift, shoulder_pan']],
  groups: [['  gripper: [gripper]', '  hand: [gripper]']],
  'limits.<name>.lower': [[GRIPPER, `  gripper: { ${LIMITS}, lower: -0.1 }`]],
  'limits.<name>.upper': [[GRIPPER, `  gripper: { ${LIMITS}, upper: 1.5 }`]],
  'limits.<name>.velocity': [[GRIPPER, `  gripper: { ${LIMITS.replace('3.0', '2.5')} }`]],
  'limits.<name>.effort': [[GRIPPER, `  gripper: { ${LIMITS}, effort: 2 }`]],
  'limits.<name>.acceleration': [[GRIPPER, `  gripper: { ${LIMITS.replace('20', '19')} }`]],
  'limits.<name>.deceleration': [[GRIPPER, `  gripper: { ${LIMITS}, deceleration: 18 }`]],
  'limits.<name>.jerk': [[GRIPPER, `  gripper: { ${LIMITS.replace('500', '400')} }`]],
  'collision.self': [['collision:', 'collision:\n  self: false']],
  'collision.capsules_per_link': [['collision:', 'collision:\n  capsules_per_link: 3']],
  'collision.padding': [['collision:', 'collision:\n  padding: 0.001']],
  'collision.ignore': [['[wrist_link, moving_jaw_link]', '[base_link, wrist_link]']],
  'collision.check': [['collision:', 'collision:\n  check: [[wrist_link, gripper_link]]']],
};

/** Beside what it makes of the pairs of links, which counts. */
const ROBOT_LEFT_OUT: Readonly<Record<string, Change>> = {
  home: ['shoulder_pan: 0.0', 'shoulder_pan: 0.1'],
};

/** Has a test of its own: what counts is what stands in the file. */
const CALIBRATION = 'controller.gate.calibration';

/** The key of a table as `--set` takes it. */
const assignment = (key: string, value: string) => `${key.replace('<name>', 'pedal')}=${value}`;

describe('the digest of the safety configuration', () => {
  it('is decided for every key of set-up and robot file, so that a new one is not forgotten', () => {
    const known = ['ros', 'controller', 'safety'];
    expect([...Object.keys(BELONGS), ...Object.keys(LEFT_OUT), CALIBRATION].sort()).toEqual(
      known.flatMap(sectionKeys).sort(),
    );
    expect([...Object.keys(OTHER_SECTIONS), ...known, 'robot'].sort()).toEqual(
      [...SECTION_NAMES].sort(),
    );
    expect([...Object.keys(ROBOT_BELONGS), ...Object.keys(ROBOT_LEFT_OUT)].sort()).toEqual(
      [...ROBOT_KEYS].sort(),
    );
  });

  it.each(Object.entries(BELONGS))('changes with %s', (key, value) => {
    expect(digest([assignment(key, value)])).not.toBe(plain);
  });

  it.each(Object.entries(LEFT_OUT))('stays with %s', (key, value) => {
    expect(digest([assignment(key, value)])).toBe(plain);
  });

  it.each(Object.entries(OTHER_SECTIONS))('stays with the section %s', (_, value) => {
    expect(digest([value])).toBe(plain);
  });

  it.each(Object.entries(ROBOT_BELONGS))('changes with the robot’s %s', (_, [change, before]) => {
    const first = before === undefined ? [] : [before];
    expect(digest([], ...first, change)).not.toBe(digest([], ...first));
  });

  it.each(Object.entries(ROBOT_LEFT_OUT))('stays with the robot’s %s', (_, change) => {
    expect(digest([], change)).toBe(plain);
  });

  it('is of the gate’s threshold, wherever it stands', () => {
    const of = (name: string, threshold: number) =>
      digest([
        `controller.gate={ calibration: ${folder.calibration(name, threshold)}, timeout_s: 6 }`,
      ]);
    expect(of('one.json', 2.5)).toBe(plain);
    expect(of('two.json', 2.6)).not.toBe(plain);
  });

  it('is not of how the file is written, nor of where a limit came from', () => {
    expect(
      digest(['safety.workspace.half_spaces=[{ name: wall, normal: [0, 5, 0], offset: -0.55 }]']),
    ).toBe(plain);
    expect(digest([], [GRIPPER, `  gripper: { ${LIMITS}, effort: 2.94 }`])).toBe(plain);
    expect(digest([], ['# Above the table', '# Over the table'])).toBe(plain);
  });

  it('is another in lock-step, where nothing is judged by its age', () => {
    const file = folder.cell();
    const [one, other] = [false, true].map((lockstep) => {
      const config = loadConfig(file, { lockstep, set: ['ros.use_sim_time=true'] });
      return safetyDigest(config, assembleSafety(config));
    });
    expect(one).not.toBe(other);
  });

  it('is of the time-outs that parameters have set', () => {
    const config = loadConfig(folder.cell());
    const setup = assembleSafety(config);
    const of = (jointState: number, chunk: number) =>
      safetyDigest(config, setup, { jointState, chunk });
    expect(of(0.31, 3.2)).toBe(plain);
    expect(new Set([of(0.31, 3.2), of(0.4, 3.2), of(0.31, 4)]).size).toBe(3);
  });
});
