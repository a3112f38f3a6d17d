/** Everything that `sinew safety explain` tells, as plain data: each value with where it came from. */
import { relative } from 'node:path';
import { type YamlPlaces, yamlPlaces } from '../core/yaml_places.js';
import type { JointLimits } from '../description/joint_limits.js';
import { Action, FAILSAFE } from '../safety/failsafe.js';
import { type Config, loadConfig } from './config.js';
import { safetyDigest } from './safety_digest.js';
import { assembleSafety, type SafetySetup, toolSpeed } from './safety_setup.js';
import { watchedStreams } from './watched_streams.js';

/** A value; `from` is a file and line, `--set`, or `default`. */
export interface Setting {
  readonly value: number | string | boolean | null;
  readonly unit: string;
  readonly from: string;
}

const LIMITS = [
  ['lower', 'rad'],
  ['upper', 'rad'],
  ['velocity', 'rad/s'],
  ['acceleration', 'rad/s²'],
  ['deceleration', 'rad/s²'],
  ['jerk', 'rad/s³'],
  ['effort', 'N m'],
] as const;
export type LimitKey = (typeof LIMITS)[number][0];

export type Explanation = ReturnType<typeof explainSafety>;

/** Tells where values stand: in the set-up file, on the command line, or nowhere. */
class Origins {
  readonly #file: string;
  readonly #line: YamlPlaces;
  readonly #set: readonly string[];

  constructor(config: Config, set: readonly string[]) {
    this.#file = shown(config.file);
    this.#line = yamlPlaces(config.file);
    this.#set = set.map((text) => text.slice(0, text.indexOf('=')));
  }

  of(path: string): string {
    const over = (key: string) => path === key || path.startsWith(`${key}.`);
    if (this.#set.some(over)) return '--set';
    const keys = path.split('.');
    const line = this.#line(keys);
    return line === undefined ? 'default' : `${this.#file}:${line}`;
  }
}

function shown(file: string): string {
  const path = relative(process.cwd(), file);
  return path.startsWith('..') ? file : path;
}

/** @throws SinewError as `loadConfig` and `assembleSafety` do */
export function explainSafety(file: string, set: readonly string[] = []) {
  const config = loadConfig(file, { set });
  const setup = assembleSafety(config);
  const origins = new Origins(config, set);
  const { safety, controller, robot } = config;
  const { model, tools, workspace } = setup.filter.cartesian;
  const setting = (path: string, value: Setting['value'] | undefined, unit = ''): Setting => ({
    value: value === undefined || value === Number.POSITIVE_INFINITY ? null : value,
    unit,
    from: origins.of(path),
  });
  return {
    file: shown(config.file),
    robot: { name: robot.name, file: shown(robot.file), urdf: shown(robot.urdf) },
    sha256: safetyDigest(config, setup),
    joints: setup.robot.limits.map((limits) => jointSettings(setup, limits)),
    tools: {
      links: [...tools],
      speed: setting('safety.tool_speed_m_s', toolSpeed(config, false), 'm/s'),
      manual_speed: setting('safety.manual_tool_speed_m_s', toolSpeed(config, true), 'm/s'),
      workspace: workspace.map(({ name, normal, offset }) => ({
        name,
        normal,
        offset_m: offset,
        from: origins.of('safety.workspace'),
      })),
    },
    scene: safety.scene.map(({ name, type }, i) => ({
      name,
      type,
      capsules: model.scene.filter(({ shape }) => shape.name === name).length,
      links: [
        ...new Set(
          model.scene
            .filter(({ shape }) => shape.name === name)
            .map(({ capsule }) => model.capsules[capsule]?.link ?? ''),
        ),
      ],
      from: origins.of(`safety.scene.${i}`),
    })),
    self_collision: {
      capsules: model.capsules.length,
      pairs: model.pairs.length,
      allowed: model.allowed.map(({ links, why }) => ({ links: [...links], why })),
    },
    barrier: {
      gain: setting('safety.barrier.gain', safety.barrier.gain, '1/s'),
      self_margin_m: setting('safety.barrier.self_margin_m', safety.barrier.self_margin_m, 'm'),
      scene_margin_m: setting('safety.barrier.scene_margin_m', safety.barrier.scene_margin_m, 'm'),
      gain_bounds: safety.barrier.gain_bounds,
      margin_bounds_m: safety.barrier.margin_bounds_m,
    },
    watchdogs: {
      joint_states: setting(
        'controller.joint_state_timeout_s',
        controller.joint_state_timeout_s,
        's',
      ),
      action_chunk: setting('controller.chunk_timeout_s', controller.chunk_timeout_s, 's'),
      e_stop: setting('controller.e_stop_timeout_s', controller.e_stop_timeout_s || null, 's'),
      following_error: setting(
        'controller.following_error_rad',
        controller.following_error_rad,
        'rad',
      ),
      message_rate: setting('controller.message_rate_hz', controller.message_rate_hz, '1/s'),
      ...Object.fromEntries(
        watchedStreams(config).map(({ name, kind, topic, timeout }) => [
          `${kind} ${name} (${topic})`,
          setting(`safety.watch.${name}.timeout_s`, timeout, 's'),
        ]),
      ),
    },
    thresholds: thresholds(config, setting),
    failsafe: FAILSAFE.map(({ name, action, clears, override, deferrable, stop }) => ({
      name,
      action: (Object.keys(Action)[action] ?? String(action)).replace('eStop', 'e-stop'),
      clears,
      override,
      deferrable_s: deferrable,
      stop,
    })),
  };
}

function thresholds(
  { safety }: Config,
  setting: (path: string, value: number | undefined, unit: string) => Setting,
): Record<string, Setting> {
  const { effort, wrench, energy, risk } = safety;
  const of = (section: string, values: Record<string, [number | undefined, string]>) =>
    Object.entries(values).map(([key, [value, unit]]): [string, Setting] => [
      `${section} ${key}`,
      setting(`safety.${section}.${key}`, value, unit),
    ]);
  const efforts = Object.entries(effort).map(([joint, value]): [string, [number, string]] => [
    joint,
    [value, 'N m'],
  ]);
  return Object.fromEntries([
    ...of('effort', Object.fromEntries(efforts)),
    ...(wrench === undefined
      ? []
      : of('wrench', {
          force_n: [wrench.force_n, 'N'],
          torque_nm: [wrench.torque_nm, 'N m'],
          timeout_s: [wrench.timeout_s, 's'],
        })),
    ...(energy === undefined
      ? []
      : of('energy', { budget_j: [energy.budget_j, 'J'], refill_w: [energy.refill_w, 'W'] })),
    ...(risk === undefined
      ? []
      : of('risk', {
          slow_above: [risk.slow_above, ''],
          hold_above: [risk.hold_above, ''],
          slow_factor: [risk.slow_factor, ''],
          timeout_s: [risk.timeout_s, 's'],
        })),
  ]);
}

/** A joint's limits; those of the robot file by its line, those of the URDF by the joint's. */
function jointSettings({ robot }: SafetySetup, limits: JointLimits) {
  const { config, description } = robot;
  const line = yamlPlaces(config.file);
  const urdfLine = description.joints.get(limits.name)?.line;
  const from = (key: LimitKey): string => {
    if (limits.source[key] === 'urdf') return `${shown(config.urdf)}:${urdfLine}`;
    const at = line(['limits', limits.name, key]);
    return at === undefined ? 'default' : `${shown(config.file)}:${at}`;
  };
  const settings = LIMITS.map(([key, unit]): [LimitKey, Setting] => [
    key,
    { value: Number.isFinite(limits[key]) ? limits[key] : null, unit, from: from(key) },
  ]);
  return {
    joint: limits.name,
    limits: Object.fromEntries(settings) as Record<LimitKey, Setting>,
  };
}
