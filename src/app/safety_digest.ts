/**
 * SHA-256 of the safety configuration in effect. Two controllers with the same digest keep the same
 * limits, shapes, thresholds and reactions, and let the same operators do the same; where a limit was
 * read from does not count, nor does what may be changed while running: of that, the bounds count.
 */
import { createHash } from 'node:crypto';
import { jointGroups } from '../control/joint_groups.js';
import { canonicalJson } from '../core/canonical_json.js';
import { FAILSAFE } from '../safety/failsafe.js';
import type { Config } from './config.js';
import type { SafetySetup } from './safety_setup.js';

/** Time-outs that ROS parameters may have changed since the file was read, s. */
export interface Timeouts {
  readonly jointState: number;
  readonly chunk: number;
}

/** 64 hexadecimal digits. */
export function safetyDigest(config: Config, setup: SafetySetup, timeouts?: Timeouts): string {
  const text = canonicalJson(effectiveSafety(config, setup, timeouts));
  return createHash('sha256').update(text).digest('hex');
}

/**
 * What the digest is of, as plain data. Of the sections that decide on safety everything counts but
 * what is named here, so that a key that is new counts too. Names of topics are left out: ROS may
 * remap them where no file shows it.
 */
export function effectiveSafety(
  config: Config,
  { robot, filter, gate }: SafetySetup,
  timeouts: Timeouts = {
    jointState: config.controller.joint_state_timeout_s,
    chunk: config.controller.chunk_timeout_s,
  },
): object {
  const { controller, safety, ros, lockstep } = config;
  const { model, workspace } = filter.cartesian;
  const { gain: _gain, self_margin_m: _self, scene_margin_m: _scene, ...bounds } = safety.barrier;
  const {
    // As the filter has them, further below.
    workspace: _sides,
    scene: _shapes,
    publish_rate_hz: _rate,
    ...thresholds
  } = safety;
  const {
    // What the policy is followed with, and how that is sent: the filter judges what comes of it.
    interpolation: _interpolation,
    executor: _executor,
    blend_s: _blend,
    output: _output,
    fifo_priority: _priority,
    // As the loop has it, further below: its threshold may stand in another file.
    gate: _gate,
    operator,
    ...loop
  } = controller;
  const joints = [...model.description.joints.values()];
  return {
    format: 'sinew.safety',
    version: 2,
    robot: config.robot.name,
    joints: model.joints,
    limits: robot.limits.map(({ source: _source, ...limits }) => limits),
    // What decides where the links are.
    kinematics: joints.map(({ line: _line, limit: _limit, ...joint }) => joint),
    base: model.base,
    tools: config.robot.toolLinks,
    workspace,
    collision: {
      capsules: model.capsules,
      pairs: model.pairs.map(({ first, second }) => [first, second]),
      scene: model.scene.map(({ shape, capsule }) => ({ shape, capsule })),
    },
    thresholds: {
      ...thresholds,
      barrier: bounds,
      wrench: { ...safety.wrench, topic: undefined },
      risk: { ...safety.risk, topic: undefined },
      watch: Object.fromEntries(
        Object.entries(safety.watch).map(([name, { kind, timeout_s }]) => [
          name,
          { kind, timeout_s },
        ]),
      ),
    },
    loop: {
      ...loop,
      longest_period_s: filter.longestPeriod,
      joint_state_timeout_s: timeouts.jointState,
      chunk_timeout_s: timeouts.chunk,
      // By which clock ages are judged, and whether they are: in lock-step none is.
      use_sim_time: ros.use_sim_time,
      lockstep,
    },
    operator: { ...operator, groups: jointGroups(config.robot) },
    gate,
    failsafe: FAILSAFE.map(({ text: _text, ...row }) => row),
  };
}
