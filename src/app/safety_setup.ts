/** The safety configuration that is in effect: robot, set-up file and scene put together. */

import type { GateOptions } from '../control/gate.js';
import { jointGroups } from '../control/joint_groups.js';
import type { LoopOptions } from '../control/loop_core.js';
import { sceneShapes } from '../control/safety_scene_config.js';
import type { SafetyWatchOptions } from '../control/safety_watch.js';
import { pointInside, workspaceSides } from '../control/workspace.js';
import { SinewError } from '../core/error.js';
import { collisionModel } from '../description/collision_model.js';
import { assembleRobot, type Robot } from '../description/robot.js';
import { SafetyFilter } from '../safety/filter.js';
import type { BarrierSettings, CartesianLimits, FilterOptions } from '../safety/options.js';
import type { Config } from './config.js';
import { gateOptions } from './gate_setup.js';
import { watchedStreams } from './watched_streams.js';

/** A tick counts for at most this many periods: after a pause there is no catching up. */
const LONGEST_PERIODS = 3;

export interface SafetySetup {
  readonly robot: Robot;
  readonly filter: FilterOptions & {
    readonly longestPeriod: number;
    readonly cartesian: CartesianLimits;
  };
  /** When the policy asks for an operator; never if absent. */
  readonly gate?: GateOptions;
  /** Names of what is kept apart; `SafeCommand.nearest` is an index. */
  readonly clearances: readonly string[];
}

/** Greatest speed of a tool centre, m/s, in automatic or manual mode; Infinity for none. */
export function toolSpeed({ safety }: Config, manual: boolean): number {
  const automatic = safety.tool_speed_m_s ?? Number.POSITIVE_INFINITY;
  return manual ? Math.min(automatic, safety.manual_tool_speed_m_s) : automatic;
}

/** The barrier's parameters as the filter takes them. */
export function barrierSettings(barrier: {
  readonly gain: number;
  readonly self_margin_m: number;
  readonly scene_margin_m: number;
}): BarrierSettings {
  const { gain, self_margin_m: selfMargin, scene_margin_m: sceneMargin } = barrier;
  return { gain, selfMargin, sceneMargin };
}

/**
 * Puts the safety configuration together and checks its parts against one another.
 *
 * @throws SinewError naming file and key for limits that are missing or inverted, joints and links
 *   that do not exist, shapes that nothing can meet, a workspace without any point, and a gate's
 *   calibration that cannot be used
 */
export function assembleSafety(config: Config): SafetySetup {
  const { safety, controller, file } = config;
  const robot = assembleRobot(config.robot);
  for (const joint of Object.keys(safety.effort)) {
    if (config.robot.joints.includes(joint)) continue;
    throw new SinewError(`no joint "${joint}"`, {
      where: `${file}: safety.effort.${joint}`,
      expected: `one of ${config.robot.joints.join(', ')}`,
    });
  }
  const workspace = workspaceSides(safety.workspace);
  if (pointInside(workspace) === undefined) {
    throw new SinewError('no point lies inside of all limits of the workspace', {
      where: `${file}: safety.workspace`,
      expected: 'a box and half-spaces that leave room',
    });
  }
  const { following_error_rad: followingError } = controller;
  const { energy } = safety;
  const filter = {
    longestPeriod: LONGEST_PERIODS / controller.rate_hz,
    grossExcess: controller.start_excess_rad,
    ...(followingError === undefined ? {} : { followingError }),
    synchronise: safety.synchronise,
    cartesian: {
      model: modelOf(config, robot),
      tools: config.robot.toolLinks,
      toolSpeed: toolSpeed(config, false),
      workspace,
      barrier: barrierSettings(safety.barrier),
      grossOverlap: safety.gross_overlap_m,
    },
    ...(energy === undefined
      ? {}
      : { energy: { budget: energy.budget_j, refill: energy.refill_w } }),
  };
  // Made here too, so that what the tick thread would refuse is refused before it is started.
  const { clearances } = new SafetyFilter(robot.limits, filter);
  const gate = gateOptions(config);
  return { robot, filter, clearances, ...(gate === undefined ? {} : { gate }) };
}

function modelOf({ safety, file }: Config, robot: Robot): CartesianLimits['model'] {
  const shapes = sceneShapes(safety.scene);
  const model = collisionModel(robot, shapes);
  for (const { name } of shapes) {
    if (model.scene.some(({ shape }) => shape.name === name)) continue;
    throw new SinewError(`nothing of the robot can meet the shape "${name}"`, {
      where: `${file}: safety.scene`,
      expected: 'links with collision shapes that joints move',
    });
  }
  return model;
}

/** The loop's options. In lock-step nothing is judged by when it arrived. */
export function loopOptions(config: Config, { robot, filter, gate }: SafetySetup): LoopOptions {
  const { controller, safety } = config;
  return {
    limits: robot.limits.map((limits) => ({ ...limits })),
    longestPeriod: filter.longestPeriod,
    startExcess: controller.start_excess_rad,
    jump: controller.jump_rad,
    future: controller.chunk_future_s,
    executor: controller.executor,
    filter,
    manualToolSpeed: safety.manual_tool_speed_m_s,
    barrierBounds: { gain: safety.barrier.gain_bounds, margin: safety.barrier.margin_bounds_m },
    watch: watchOptions(config),
    operator: { ...operatorOptions(config), ...(gate === undefined ? {} : { gate }) },
  };
}

function operatorOptions(config: Config): NonNullable<LoopOptions['operator']> {
  const { controller, robot, lockstep } = config;
  const { operator } = controller;
  return {
    groups: jointGroups(robot),
    timeout: lockstep ? Number.POSITIVE_INFINITY : operator.timeout_s,
    commandTimeout: operator.command_timeout_s,
    alignSpeed: operator.align_rad_s,
    correction: operator.correction_rad,
  };
}

function watchOptions(config: Config): SafetyWatchOptions {
  const { safety, controller, robot, lockstep } = config;
  const { effort, wrench, risk } = safety;
  const thresholds = robot.joints.map((joint) => effort[joint] ?? Number.POSITIVE_INFINITY);
  // Efforts come with the joint states and are as old as these.
  const timeout = controller.joint_state_timeout_s;
  const efforts = Object.keys(effort).length === 0 ? {} : { effort: { thresholds, timeout } };
  if (lockstep) return efforts;
  return {
    ...efforts,
    watch: watchedStreams(config).map(({ name, kind, timeout }) => ({ name, kind, timeout })),
    ...(wrench === undefined
      ? {}
      : {
          wrench: { force: wrench.force_n, torque: wrench.torque_nm, timeout: wrench.timeout_s },
        }),
    ...(risk === undefined
      ? {}
      : {
          risk: {
            slowAbove: risk.slow_above,
            holdAbove: risk.hold_above,
            slowFactor: risk.slow_factor,
            timeout: risk.timeout_s,
          },
        }),
  };
}
