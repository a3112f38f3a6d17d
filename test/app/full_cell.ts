/**
 * A set-up in which every key of the `controller` and `safety` sections that decides on safety has a
 * value of its own, and the keys that the schema knows: so that a key that is new and forgotten shows.
 */
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { z } from 'zod';
import { configSchema } from '../../src/app/config.js';
import { robotConfigSchema } from '../../src/description/robot_config.js';

const ROBOT = resolve('config/so101.yaml');

/** No value is a default, and no two settings of one kind have the same. */
const SECTIONS = `
controller:
  rate_hz: 125
  joint_state_timeout_s: 0.31
  chunk_timeout_s: 3.2
  chunk_future_s: 0.13
  e_stop_timeout_s: 0.9
  following_error_rad: 0.23
  start_excess_rad: 0.07
  jump_rad: 0.61
  message_rate_hz: 1234
  auto_activate: true
  operator:
    timeout_s: 0.41
    command_timeout_s: 0.17
    align_rad_s: 0.27
    correction_rad: 0.11
    priorities: { console: 3 }
  gate: { threshold: 2.5, consecutive: 4, timeout_s: 6 }
safety:
  synchronise: true
  tool_speed_m_s: 0.83
  manual_tool_speed_m_s: 0.19
  gross_overlap_m: 0.004
  workspace:
    box: { min: [-0.6, -0.7, 0.01], max: [0.61, 0.71, 0.81] }
    half_spaces: [{ name: wall, normal: [0, 2, 0], offset: -0.55 }]
  scene:
    - { name: table, type: half_space, normal: [0, 0, 1], offset: -0.08, links: [wrist_link] }
  barrier:
    gain: 9
    self_margin_m: 0.006
    scene_margin_m: 0.007
    gain_bounds: [2, 25]
    margin_bounds_m: [0.003, 0.08]
  effort: { gripper: 1.4 }
  wrench: { topic: /wrist, force_n: 31, torque_nm: 3.2, timeout_s: 0.33 }
  energy: { budget_j: 4.4, refill_w: 0.6 }
  watch:
    wrist: { kind: camera, timeout_s: 0.51 }
    pedal: { kind: operator, topic: /pedal, type: std_msgs/msg/Bool, timeout_s: 0.52 }
  risk: { topic: /danger, slow_above: 0.4, hold_above: 0.8, slow_factor: 0.35, timeout_s: 0.53 }
  publish_rate_hz: 12
`;

/** A text, and what stands in its place. */
export type Change = readonly [string, string];

/** A folder for set-up files of one test file. */
export class CellFolder {
  readonly path = mkdtempSync(join(tmpdir(), 'sinew-cell-'));

  /** A file in it with this text; returns its path. */
  write(name: string, text: string): string {
    const file = join(this.path, name);
    writeFileSync(file, text);
    return file;
  }

  /**
   * A set-up file with the full sections, or these.
   *
   * @param changes text of the robot's file or of its URDF, and what replaces it
   */
  cell(sections = SECTIONS, ...changes: readonly Change[]): string {
    return this.write('cell.yaml', `robot: ${this.#robot(changes)}\n${sections}\n`);
  }

  /** A file of `sinew calibrate gate` for 4 scores in a row; returns its path. */
  calibration(name: string, threshold: number): string {
    const file = {
      format: 'sinew.gate',
      version: 1,
      score: 'chunk_spread',
      policy: 'models/any',
      false_alarm_rate: 0.1,
      consecutive: 4,
      threshold,
      good_episodes: 20,
      failed_episodes: 0,
      failed_asking: 0,
    };
    return this.write(name, JSON.stringify(file));
  }

  remove(): void {
    rmSync(this.path, { recursive: true });
  }

  #robot(changes: readonly Change[]): string {
    if (changes.length === 0) return ROBOT;
    let robot = readFileSync(ROBOT, 'utf8').replace('../urdf/so101.urdf', 'arm.urdf');
    let urdf = readFileSync('urdf/so101.urdf', 'utf8');
    for (const change of changes) {
      if (!robot.includes(change[0]) && !urdf.includes(change[0])) {
        throw new Error(`no "${change[0]}" in ${ROBOT} or its URDF`);
      }
      robot = robot.replace(...change);
      urdf = urdf.replace(...change);
    }
    this.write('arm.urdf', urdf);
    return this.write('arm.yaml', robot);
  }
}

/** The part of JSON Schema that tells which keys there are. */
interface Keys {
  readonly properties?: Readonly<Record<string, Keys>>;
  readonly additionalProperties?: Keys | boolean;
}

function leaves({ properties, additionalProperties: named }: Keys, path: string): string[] {
  if (properties !== undefined) {
    return Object.entries(properties).flatMap(([key, inner]) => leaves(inner, `${path}.${key}`));
  }
  const users = typeof named === 'object' && named.properties !== undefined;
  return users ? leaves(named, `${path}.<name>`) : [path];
}

function keysOf(schema: z.ZodType): Readonly<Record<string, Keys>> {
  const { properties } = z.toJSONSchema(schema, { io: 'input', unrepresentable: 'any' }) as Keys;
  return properties ?? {};
}

/** Key paths of a section of the set-up file; what lies in a list counts as one with it. */
export function sectionKeys(name: string): string[] {
  return leaves(keysOf(configSchema)[name] ?? {}, name);
}

/** Names of the set-up file's sections. */
export const SECTION_NAMES = Object.keys(keysOf(configSchema));

/** Keys of a robot's file, those of a joint's limits and of the capsules one by one. */
export const ROBOT_KEYS = Object.entries(keysOf(robotConfigSchema)).flatMap(([key, inner]) =>
  leaves(inner, key),
);
