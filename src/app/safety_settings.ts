/** The settings of the safety configuration beside limits and shapes, each with where it came from. */
import type { Config } from './config.js';
import type { Origins, Setting } from './safety_origins.js';
import type { SafetySetup } from './safety_setup.js';
import { watchedStreams } from './watched_streams.js';

/** By name, in the order in which they are shown. */
export type Settings = Readonly<Record<string, Setting>>;

/** Whether a joint slides: its unit is the metre. */
export function slides({ robot }: SafetySetup, joint: string): boolean {
  return robot.description.joints.get(joint)?.type === 'prismatic';
}

/** Settings that count for turning and sliding joints alike are in the unit of either. */
function jointUnit(setup: SafetySetup, suffix = ''): string {
  const { limits } = setup.robot;
  const sliding = limits.filter(({ name }) => slides(setup, name)).length;
  if (sliding === 0) return `rad${suffix}`;
  return sliding === limits.length ? `m${suffix}` : `rad${suffix} or m${suffix}`;
}

/** What is watched, and how long it may be silent. */
export function watchdogs(config: Config, setup: SafetySetup, origins: Origins): Settings {
  const { controller } = config;
  const of = (key: keyof typeof controller & string, value: number | undefined, unit: string) =>
    origins.setting(`controller.${key}`, value, unit);
  return {
    joint_states: of('joint_state_timeout_s', controller.joint_state_timeout_s, 's'),
    'joint_states, jump': of('jump_rad', controller.jump_rad, jointUnit(setup)),
    action_chunk: of('chunk_timeout_s', controller.chunk_timeout_s, 's'),
    'action_chunk, ahead of time': of('chunk_future_s', controller.chunk_future_s, 's'),
    e_stop: of('e_stop_timeout_s', controller.e_stop_timeout_s || undefined, 's'),
    following_error: of('following_error_rad', controller.following_error_rad, jointUnit(setup)),
    message_rate: of('message_rate_hz', controller.message_rate_hz, '1/s'),
    ...Object.fromEntries(
      watchedStreams(config).map(({ name, kind, topic, timeout }) => [
        `${kind} ${name} (${topic})`,
        origins.setting(`safety.watch.${name}.timeout_s`, timeout, 's'),
      ]),
    ),
  };
}

/** How the loop runs, and from where it begins to move. */
export function loopSettings(config: Config, setup: SafetySetup, origins: Origins): Settings {
  const { controller, safety, ros } = config;
  return {
    rate: origins.setting('controller.rate_hz', controller.rate_hz, '1/s'),
    synchronise: origins.setting('safety.synchronise', safety.synchronise),
    'start outside of the range': origins.setting(
      'controller.start_excess_rad',
      controller.start_excess_rad,
      jointUnit(setup),
    ),
    'overlap at the start': origins.setting('safety.gross_overlap_m', safety.gross_overlap_m, 'm'),
    auto_activate: origins.setting('controller.auto_activate', controller.auto_activate),
    use_sim_time: origins.setting('ros.use_sim_time', ros.use_sim_time),
  };
}

/** What operators may do, and for how long they may be silent. */
export function operatorSettings(config: Config, setup: SafetySetup, origins: Origins): Settings {
  const { operator } = config.controller;
  const of = (key: string, value: number, unit: string) =>
    origins.setting(`controller.operator.${key}`, value, unit);
  return {
    heartbeat: of('timeout_s', operator.timeout_s, 's'),
    command: of('command_timeout_s', operator.command_timeout_s, 's'),
    alignment: of('align_rad_s', operator.align_rad_s, jointUnit(setup, '/s')),
    correction: of('correction_rad', operator.correction_rad, jointUnit(setup)),
    ...Object.fromEntries(
      Object.entries(operator.priorities).map(([id, priority]) => [
        `priority of ${id}`,
        of(`priorities.${id}`, priority, ''),
      ]),
    ),
  };
}

/** When the policy calls an operator; nothing where it never does. */
export function gateSettings(config: Config, { gate }: SafetySetup, origins: Origins): Settings {
  const calibration = config.controller.gate?.calibration;
  if (gate === undefined) return {};
  const of = (key: string, value: number, unit = '') =>
    origins.setting(`controller.gate.${key}`, value, unit);
  /** Of a calibration, both come from its file. */
  const judged = (key: string, value: number): Setting =>
    calibration === undefined
      ? of(key, value)
      : {
          ...of('calibration', value),
          from: `${calibration} (${origins.of('controller.gate.calibration')})`,
        };
  return {
    threshold: judged('threshold', gate.threshold),
    'scores in a row': judged('consecutive', gate.consecutive),
    'no score': of('timeout_s', gate.timeout, 's'),
  };
}

/** Thresholds on what is measured and on the critic's score, and the energy budget. */
export function thresholds({ safety }: Config, setup: SafetySetup, origins: Origins): Settings {
  const { effort, wrench, energy, risk } = safety;
  const of = (section: string, values: Record<string, [number | undefined, string]>) =>
    Object.entries(values).map(([key, [value, unit]]): [string, Setting] => [
      `${section} ${key}`,
      origins.setting(`safety.${section}.${key}`, value, unit),
    ]);
  const efforts = Object.entries(effort).map(([joint, value]): [string, [number, string]] => [
    joint,
    [value, slides(setup, joint) ? 'N' : 'N m'],
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
