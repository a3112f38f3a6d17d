/**
 * SHA-256 of the safety configuration in effect. Two controllers with the same digest keep the same
 * limits, shapes, thresholds and reactions; where a limit was read from does not count, nor does what
 * may be changed while running: of that, the bounds count.
 */
import { createHash } from 'node:crypto';
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

/** What the digest is of, as plain data. */
export function effectiveSafety(
  { controller, safety, robot: { name, toolLinks } }: Config,
  { robot, filter }: SafetySetup,
  timeouts: Timeouts = {
    jointState: controller.joint_state_timeout_s,
    chunk: controller.chunk_timeout_s,
  },
): object {
  const { model, workspace } = filter.cartesian;
  const { gain: _gain, self_margin_m: _self, scene_margin_m: _scene, ...bounds } = safety.barrier;
  const { scene: _shapes, publish_rate_hz: _rate, ...thresholds } = safety;
  const joints = [...model.description.joints.values()];
  return {
    format: 'sinew.safety',
    version: 1,
    robot: name,
    joints: model.joints,
    limits: robot.limits.map(({ source: _source, ...limits }) => limits),
    // What decides where the links are.
    kinematics: joints.map(({ line: _line, limit: _limit, ...joint }) => joint),
    tools: toolLinks,
    workspace,
    collision: {
      capsules: model.capsules,
      pairs: model.pairs.map(({ first, second }) => [first, second]),
      scene: model.scene.map(({ shape, capsule }) => ({ shape, capsule })),
    },
    thresholds: { ...thresholds, barrier: bounds },
    loop: {
      rate_hz: controller.rate_hz,
      longest_period_s: filter.longestPeriod,
      joint_state_timeout_s: timeouts.jointState,
      chunk_timeout_s: timeouts.chunk,
      chunk_future_s: controller.chunk_future_s,
      e_stop_timeout_s: controller.e_stop_timeout_s,
      following_error_rad: controller.following_error_rad,
      start_excess_rad: controller.start_excess_rad,
      jump_rad: controller.jump_rad,
      message_rate_hz: controller.message_rate_hz,
    },
    failsafe: FAILSAFE.map(({ text: _text, ...row }) => row),
  };
}
