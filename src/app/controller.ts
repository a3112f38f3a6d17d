/**
 * The controller process: action chunks and joint states in, safe commands out, at control rate.
 * This file puts its parts together; see controller_node.ts for its behaviour.
 */
import { ControlMemory } from '../control/control_memory.js';
import type { LoopOptions } from '../control/loop_core.js';
import { assembleRobot } from '../description/robot.js';
import { RosClock } from '../ros/clock.js';
import { Diagnostics } from '../ros/diagnostics.js';
import { RosNode } from '../ros/ros_node.js';
import { stampOf } from '../ros/stamp.js';
import { Fault } from '../safety/failsafe.js';
import type { Config } from './config.js';
import { controllerHealth, LimitTally } from './controller_health.js';
import { ControllerInputs, MAX_POINTS } from './controller_inputs.js';
import { LockstepLoop } from './controller_lockstep.js';
import { type ControlLoop, ThreadLoop } from './controller_loop.js';
import { ControllerNode } from './controller_node.js';
import { ControllerOutput } from './controller_output.js';
import { declareParameters } from './controller_parameters.js';
import { ControllerTelemetry } from './controller_telemetry.js';
import { type ProcessContext, type RunningProcess, runProcess } from './process.js';
import { requestFifo } from './real_time.js';

/** Ticks are recorded faster than anybody wants to read them: batches go out this often. */
const TELEMETRY_MS = 100;
/** A tick counts for at most this many periods: after a pause there is no catching up. */
const LONGEST_PERIODS = 3;

function loopOptions(config: Config): LoopOptions {
  const { controller } = config;
  const { following_error_rad: followingError } = controller;
  return {
    limits: assembleRobot(config.robot).limits.map((limits) => ({ ...limits })),
    longestPeriod: LONGEST_PERIODS / controller.rate_hz,
    startExcess: controller.start_excess_rad,
    ...(followingError === undefined ? {} : { followingError }),
    jump: controller.jump_rad,
    future: controller.chunk_future_s,
  };
}

async function start({ config, log, exit }: ProcessContext): Promise<RunningProcess> {
  const options = loopOptions(config);
  const node = await RosNode.create({
    name: 'controller',
    argv: process.argv.slice(2),
    onError: (error, where) => log.warn(`${where}: ${error.message}`),
  });
  const memory = new ControlMemory(options.limits.length, MAX_POINTS);
  const clock = new RosClock(node, {
    useSimTime: config.ros.use_sim_time,
    onJump: (delta) => {
      log.warn(`the ROS clock jumped by ${delta.toFixed(3)} s`);
      // In lock-step time is what the conductor says, and each episode begins it anew.
      if (delta < 0 && config.ros.use_sim_time && !config.lockstep) {
        memory.setFault(Fault.clockBackwards, true);
      }
    },
  });
  declareParameters(node, config, memory);
  const output = new ControllerOutput(node, config);
  const telemetry = new ControllerTelemetry(node, config.topics.telemetry, memory, (time) =>
    config.lockstep ? time : clock.toRos(time),
  );
  const tally = new LimitTally(config.robot.joints);
  const inputs = new ControllerInputs(node, clock, config, memory);

  /** Publishes the command of the last tick; false when there is none. */
  const send = (time?: number): boolean => {
    const command = memory.command.receive();
    if (command === undefined || node.closed) return false;
    tally.add(command);
    output.write(command, time === undefined ? undefined : stampOf(time));
    return true;
  };
  const loop: ControlLoop = config.lockstep
    ? new LockstepLoop(node, config, memory, options, inputs, send)
    : new ThreadLoop(memory, options, 1 / config.controller.rate_hz, () => send(), exit);

  const controller = new ControllerNode({
    node,
    clock,
    config,
    memory,
    inputs,
    loop,
    log,
    onActivate: () => telemetry.restart(),
  });
  const batches = setInterval(() => node.guard('telemetry', () => telemetry.drain()), TELEMETRY_MS);
  let fifo = 'normal';
  const diagnostics = new Diagnostics(
    node,
    clock,
    () =>
      controllerHealth({
        memory,
        inputs,
        telemetry,
        tally,
        obstacle: () => controller.obstacle(),
        lifecycle: () => controller.lifecycle.state,
        fifo: () => fifo,
      }),
    { hardware: config.robot.name },
  );
  const failure = await controller.lifecycle.trigger('configure');
  if (failure !== undefined) log.error(failure);
  if (loop instanceof ThreadLoop && config.controller.fifo_priority > 0) {
    const tick = loop.threads.length === 1 ? loop.threads[0] : undefined;
    fifo = await requestFifo(tick, config.controller.fifo_priority);
    log.info(`scheduling: ${fifo}`);
  }
  log.info({ joints: config.robot.joints, rate_hz: config.controller.rate_hz }, 'controller runs');

  return {
    async stop() {
      controller.close();
      await loop.deactivate();
      clearInterval(batches);
      diagnostics.close();
      await loop.stop();
      node.close();
    },
  };
}

await runProcess('controller', start);
