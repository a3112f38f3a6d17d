/** From the set-up file to the loop: where each key of the safety configuration comes out. */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Config, loadConfig } from '../../src/app/config.js';
import { assembleSafety, loopOptions, type SafetySetup } from '../../src/app/safety_setup.js';
import type { LoopOptions } from '../../src/control/loop_options.js';
import { CellFolder, sectionKeys } from './full_cell.js';

let folder: CellFolder;
let setup: SafetySetup;
let options: LoopOptions;
beforeAll(() => {
  folder = new CellFolder();
  const config = loadConfig(folder.cell());
  setup = assembleSafety(config);
  options = loopOptions(config, setup);
});
afterAll(() => folder.remove());

const space = (of: LoopOptions) => of.filter?.cartesian;
const sides = (of: LoopOptions, pattern: RegExp) =>
  space(of)
    ?.workspace.filter(({ name }) => pattern.test(name))
    .map(({ normal, offset }) => [...normal, offset].map((value) => value + 0));
const stream = (of: LoopOptions, i: number) => of.watch?.watch?.[i];

/** By key: what it makes of the loop's options, with the values of `full_cell.ts`. */
const REACHES: Readonly<Record<string, readonly [(of: LoopOptions) => unknown, unknown]>> = {
  'controller.rate_hz': [(of) => [of.longestPeriod, of.filter?.longestPeriod], [0.024, 0.024]],
  'controller.chunk_future_s': [(of) => of.future, 0.13],
  'controller.following_error_rad': [(of) => of.filter?.followingError, 0.23],
  'controller.start_excess_rad': [(of) => [of.startExcess, of.filter?.grossExcess], [0.07, 0.07]],
  'controller.jump_rad': [(of) => of.jump, 0.61],
  'controller.joint_state_timeout_s': [(of) => of.watch?.effort?.timeout, 0.31],
  'controller.operator.timeout_s': [(of) => of.operator?.timeout, 0.41],
  'controller.operator.command_timeout_s': [(of) => of.operator?.commandTimeout, 0.17],
  'controller.operator.align_rad_s': [(of) => of.operator?.alignSpeed, 0.27],
  'controller.operator.correction_rad': [(of) => of.operator?.correction, 0.11],
  'controller.gate.threshold': [(of) => of.operator?.gate?.threshold, 2.5],
  'controller.gate.consecutive': [(of) => of.operator?.gate?.consecutive, 4],
  'controller.gate.timeout_s': [(of) => of.operator?.gate?.timeout, 6],
  'safety.synchronise': [(of) => of.filter?.synchronise, true],
  'safety.tool_speed_m_s': [(of) => space(of)?.toolSpeed, 0.83],
  'safety.manual_tool_speed_m_s': [(of) => of.manualToolSpeed, 0.19],
  'safety.gross_overlap_m': [(of) => space(of)?.grossOverlap, 0.004],
  'safety.workspace.box.min': [
    (of) => sides(of, /min/),
    [
      [1, 0, 0, -0.6],
      [0, 1, 0, -0.7],
      [0, 0, 1, 0.01],
    ],
  ],
  'safety.workspace.box.max': [
    (of) => sides(of, /max/),
    [
      [-1, 0, 0, -0.61],
      [0, -1, 0, -0.71],
      [0, 0, -1, -0.81],
    ],
  ],
  'safety.workspace.half_spaces': [(of) => sides(of, /wall/), [[0, 1, 0, -0.55]]],
  'safety.scene': [
    (of) => [...new Set(space(of)?.model.scene.map(({ shape }) => shape))],
    [
      {
        name: 'table',
        type: 'half_space',
        normal: [0, 0, 1],
        offset: -0.08,
        links: ['wrist_link'],
      },
    ],
  ],
  'safety.barrier.gain': [(of) => space(of)?.barrier.gain, 9],
  'safety.barrier.self_margin_m': [(of) => space(of)?.barrier.selfMargin, 0.006],
  'safety.barrier.scene_margin_m': [(of) => space(of)?.barrier.sceneMargin, 0.007],
  'safety.barrier.gain_bounds': [(of) => of.barrierBounds?.gain, [2, 25]],
  'safety.barrier.margin_bounds_m': [(of) => of.barrierBounds?.margin, [0.003, 0.08]],
  'safety.effort': [(of) => of.watch?.effort?.thresholds, [...Array(5).fill(Infinity), 1.4]],
  'safety.wrench.force_n': [(of) => of.watch?.wrench?.force, 31],
  'safety.wrench.torque_nm': [(of) => of.watch?.wrench?.torque, 3.2],
  'safety.wrench.timeout_s': [(of) => of.watch?.wrench?.timeout, 0.33],
  'safety.energy.budget_j': [(of) => of.filter?.energy?.budget, 4.4],
  'safety.energy.refill_w': [(of) => of.filter?.energy?.refill, 0.6],
  'safety.watch.<name>.kind': [
    (of) => [stream(of, 0)?.kind, stream(of, 1)?.kind],
    ['camera', 'operator'],
  ],
  'safety.watch.<name>.timeout_s': [
    (of) => [stream(of, 0)?.timeout, stream(of, 1)?.timeout],
    [0.51, 0.52],
  ],
  'safety.risk.slow_above': [(of) => of.watch?.risk?.slowAbove, 0.4],
  'safety.risk.hold_above': [(of) => of.watch?.risk?.holdAbove, 0.8],
  'safety.risk.slow_factor': [(of) => of.watch?.risk?.slowFactor, 0.35],
  'safety.risk.timeout_s': [(of) => of.watch?.risk?.timeout, 0.53],
};

/** Keys that do not go through the loop's options, and who reads them. */
const ELSEWHERE: Readonly<Record<string, string>> = {
  'controller.interpolation': 'a ROS parameter (controller_parameters.ts)',
  'controller.blend_s': 'a ROS parameter (controller_parameters.ts)',
  'controller.chunk_timeout_s': 'a ROS parameter (controller_parameters.ts)',
  'controller.output.type': 'what sends commands (controller_output.ts)',
  'controller.output.horizon_s': 'what sends commands (controller_output.ts)',
  'controller.e_stop_timeout_s': 'the main thread (controller_inputs.ts)',
  'controller.message_rate_hz': 'the main thread (controller_inputs.ts, safety_inputs.ts)',
  'controller.auto_activate': 'the main thread (controller_node.ts)',
  'controller.operator.priorities': 'the desk (controller_authority.ts)',
  'controller.gate.calibration': 'another file, whose threshold counts; below',
  'controller.fifo_priority': 'the process (controller.ts)',
  'safety.wrench.topic': 'the main thread (safety_inputs.ts)',
  'safety.watch.<name>.topic': 'the main thread (safety_inputs.ts)',
  'safety.watch.<name>.type': 'the main thread (safety_inputs.ts)',
  'safety.risk.topic': 'the main thread (safety_inputs.ts)',
  'safety.publish_rate_hz': 'what tells decisions (safety_report.ts)',
};

/** The value at a key's path; of streams, that of the pedal. */
function configured(config: Config, key: string): unknown {
  const path = key.replace('<name>', 'pedal').split('.');
  return path.reduce<unknown>((at, name) => Object(at)[name], config);
}

describe('the loop’s options', () => {
  it('are decided for every key of controller and safety, so that a new one is not forgotten', () => {
    const keys = ['controller', 'safety'].flatMap(sectionKeys);
    const executor = keys.filter((key) => key.startsWith('controller.executor.'));
    expect([...Object.keys(REACHES), ...Object.keys(ELSEWHERE), ...executor].sort()).toEqual(
      keys.sort(),
    );
  });

  it.each(Object.entries(REACHES))('have %s', (key, [read, expected]) => {
    expect(read(options)).toEqual(expected);
    const untouched = loadConfig(folder.cell(''));
    expect(configured(loadConfig(folder.cell()), key)).not.toEqual(configured(untouched, key));
  });

  it('have the executor as it is written', () => {
    const set = ['controller.executor={ type: synchronous, steps: 3 }'];
    const config = loadConfig(folder.cell(), { set });
    expect(loopOptions(config, setup).executor).toEqual(config.controller.executor);
    expect(config.controller.executor).toMatchObject({ type: 'synchronous', steps: 3 });
  });

  it('have the limits of all joints, their groups and the tools', () => {
    expect(options.limits.map(({ name }) => name)).toEqual([...setup.robot.config.joints]);
    expect(options.limits[0]).toMatchObject({ velocity: 3, acceleration: 20, jerk: 500 });
    expect(options.operator?.groups.map(({ name }) => name)).toEqual(['arm', 'gripper']);
    expect(space(options)?.tools).toEqual(['gripper_frame_link']);
  });

  it('watch nothing that the file leaves out', () => {
    const config = loadConfig(folder.cell(''));
    const bare = loopOptions(config, assembleSafety(config));
    expect(bare.watch).toEqual({ watch: [] });
    expect(bare.operator?.gate).toBeUndefined();
    expect(bare.filter?.energy).toBeUndefined();
    expect(bare.filter?.followingError).toBeUndefined();
    expect(space(bare)?.toolSpeed).toBe(Number.POSITIVE_INFINITY);
  });

  it('judge nothing by its age in lock-step', () => {
    const config = loadConfig(folder.cell(), { lockstep: true });
    const { watch, operator } = loopOptions(config, assembleSafety(config));
    expect(Object.keys(watch ?? {})).toEqual(['effort']);
    expect(operator?.timeout).toBe(Number.POSITIVE_INFINITY);
  });

  it('let a gate wait for ever for a score where its time-out is 0', () => {
    const set = ['controller.gate.timeout_s=0'];
    const config = loadConfig(folder.cell(), { set });
    const { operator } = loopOptions(config, assembleSafety(config));
    expect(operator?.gate?.timeout).toBe(Number.POSITIVE_INFINITY);
  });
});

describe('a shipped set-up', () => {
  const files = readdirSync('config')
    .filter((name) => name.endsWith('.yaml'))
    .map((name) => join('config', name))
    .filter((file) => /^robot:/m.test(readFileSync(file, 'utf8')));

  it.each(files)(
    '%s is complete, and watches nothing that docs/safety.md says to be off',
    (file) => {
      const config = loadConfig(file);
      expect(() => assembleSafety(config)).not.toThrow();
      const { controller, safety } = config;
      expect(safety).toMatchObject({ effort: {}, watch: {} });
      for (const off of [safety.wrench, safety.risk, safety.energy]) expect(off).toBeUndefined();
      expect(controller.following_error_rad).toBeUndefined();
      expect(controller.gate).toBeUndefined();
      expect(controller.e_stop_timeout_s).toBe(0);
    },
  );
});
