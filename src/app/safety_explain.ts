/** Everything that `sinew safety explain` tells, as plain data: each value with where it came from. */
import { yamlPlaces } from '../core/yaml_places.js';
import type { JointLimits } from '../description/joint_limits.js';
import type { RobotConfig } from '../description/robot_config.js';
import { Action, FAILSAFE } from '../safety/failsafe.js';
import { type Config, loadConfig } from './config.js';
import { safetyDigest } from './safety_digest.js';
import { Origins, type Setting, shown } from './safety_origins.js';
import {
  gateSettings,
  loopSettings,
  operatorSettings,
  slides,
  thresholds,
  watchdogs,
} from './safety_settings.js';
import { assembleSafety, type SafetySetup, toolSpeed } from './safety_setup.js';

/** Units of turning and of sliding joints. */
const LIMITS = [
  ['lower', 'rad', 'm'],
  ['upper', 'rad', 'm'],
  ['velocity', 'rad/s', 'm/s'],
  ['acceleration', 'rad/s²', 'm/s²'],
  ['deceleration', 'rad/s²', 'm/s²'],
  ['jerk', 'rad/s³', 'm/s³'],
  ['effort', 'N m', 'N'],
] as const;
export type LimitKey = (typeof LIMITS)[number][0];

export type Explanation = ReturnType<typeof explainSafety>;

/** @throws SinewError as `loadConfig` and `assembleSafety` do */
export function explainSafety(file: string, set: readonly string[] = []) {
  const config = loadConfig(file, { set });
  const setup = assembleSafety(config);
  const origins = new Origins(config, set);
  const { safety, robot } = config;
  const { model, tools } = setup.filter.cartesian;
  const bounded = (key: 'gain' | 'self_margin_m' | 'scene_margin_m', unit: string) =>
    origins.setting(`safety.barrier.${key}`, safety.barrier[key], unit);
  return {
    file: shown(config.file),
    robot: {
      name: robot.name,
      file: shown(robot.file),
      urdf: shown(robot.urdf),
      /** Topic whose description the controller takes in place of the URDF; this is by the URDF. */
      description_topic: config.ros2_control?.robot_description ?? null,
    },
    sha256: safetyDigest(config, setup),
    joints: setup.robot.limits.map((limits) => jointSettings(setup, limits)),
    tools: {
      links: [...tools],
      speed: origins.setting('safety.tool_speed_m_s', toolSpeed(config, false), 'm/s'),
      manual_speed: manualSpeed(config, origins),
      workspace: workspaceSettings(config, setup, origins),
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
      allowed: allowedLinks(robot, setup),
    },
    barrier: {
      gain: bounded('gain', '1/s'),
      self_margin_m: bounded('self_margin_m', 'm'),
      scene_margin_m: bounded('scene_margin_m', 'm'),
      gain_bounds: safety.barrier.gain_bounds,
      margin_bounds_m: safety.barrier.margin_bounds_m,
    },
    loop: loopSettings(config, setup, origins),
    watchdogs: watchdogs(config, setup, origins),
    operators: operatorSettings(config, setup, origins),
    gate: gateSettings(config, setup, origins),
    thresholds: thresholds(config, setup, origins),
    failsafe: FAILSAFE.map(({ name, action, clears, override, deferrable, stop }) => ({
      name,
      action: (Object.keys(Action)[action] ?? String(action)).replace('eStop', 'e-stop'),
      clears,
      override,
      deferrable_s: deferrable,
      stop: action < Action.hold ? null : stop,
    })),
  };
}

/** Of the two speeds that both count in manual mode, the lower one, and where that came from. */
function manualSpeed(config: Config, origins: Origins): Setting {
  const speed = toolSpeed(config, true);
  const own = speed === config.safety.manual_tool_speed_m_s;
  return origins.setting(`safety.${own ? 'manual_' : ''}tool_speed_m_s`, speed, 'm/s');
}

function workspaceSettings({ safety }: Config, { filter }: SafetySetup, origins: Origins) {
  const { workspace } = filter.cartesian;
  // The sides of the box, if there is one, come first.
  const first = workspace.length - safety.workspace.half_spaces.length;
  return workspace.map(({ name, normal, offset }, i) => {
    const key = i < first ? `box.${name.split(' ')[1]}` : `half_spaces.${i - first}`;
    const from = origins.of(`safety.workspace.${key}`);
    return { name, normal, offset_m: offset, from };
  });
}

/** Links that may touch; `from` is the robot file's line that says so, where one does. */
function allowedLinks({ file, collision }: RobotConfig, { filter }: SafetySetup) {
  const line = yamlPlaces(file);
  return filter.cartesian.model.allowed.map(({ links, why }) => {
    const index = collision.ignore.findIndex((pair) => pair.every((link) => links.includes(link)));
    const at = line(['collision', 'ignore', index]);
    return { links: [...links], why, from: at === undefined ? null : `${shown(file)}:${at}` };
  });
}

/** A joint's limits; those of the robot file by its line, those of the URDF by the joint's. */
function jointSettings(setup: SafetySetup, limits: JointLimits) {
  const { config, description } = setup.robot;
  const line = yamlPlaces(config.file);
  const joint = description.joints.get(limits.name);
  const from = (key: LimitKey): string => {
    if (limits.source[key] === 'urdf') return `${shown(config.urdf)}:${joint?.line}`;
    const at = line(['limits', limits.name, key]);
    return at === undefined ? 'default' : `${shown(config.file)}:${at}`;
  };
  const settings = LIMITS.map(([key, turning, sliding]): [LimitKey, Setting] => [
    key,
    {
      value: Number.isFinite(limits[key]) ? limits[key] : null,
      unit: slides(setup, limits.name) ? sliding : turning,
      from: from(key),
    },
  ]);
  return {
    joint: limits.name,
    limits: Object.fromEntries(settings) as Record<LimitKey, Setting>,
  };
}
