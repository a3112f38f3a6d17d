/**
 * The controller process: action chunks and joint states in, safe commands out, at control rate.
 * This file puts its parts together; see controller_node.ts for its behaviour.
 */
import { ControlMemory } from '../control/control_memory.js';
import { RosClock } from '../ros/clock.js';
import { Diagnostics } from '../ros/diagnostics.js';
import type { LifecycleState } from '../ros/lifecycle_table.js';
import { RosNode } from '../ros/ros_node.js';
import { stampOf } from '../ros/stamp.js';
import { Fault } from '../safety/failsafe.js';
import { ControllerAuthority } from './controller_authority.js';
import { controllerHealth } from './controller_health.js';
import { ControllerInputs, MAX_POINTS } from './controller_inputs.js';
import { LockstepLoop } from './controller_lockstep.js';
import { type ControlLoop, ThreadLoop } from './controller_loop.js';
import { ControllerMonitor } from './controller_monitor.js';
import { ControllerNode } from './controller_node.js';
import { ControllerOutput } from './controller_output.js';
import { declareParameters } from './controller_parameters.js';
import { ControllerSwitch } from './controller_switch.js';
import { ControllerTelemetry } from './controller_telemetry.js';
import { type ProcessContext, type RunningProcess, runProcess } from './process.js';
import { requestFifo } from './real_time.js';
import { describedConfig } from './robot_description.js';
import { safetyDigest } from './safety_digest.js';
import { SafetyReport } from './safety_report.js';
import { assembleSafety, loopOptions } from './safety_setup.js';

/** Ticks are recorded faster than anybody wants to read them: batches go out this often. */
const TELEMETRY_MS = 100;
/** So often what people look at is sent. */
const MONITOR_MS = 33;
/** States in which nothing moves and no transition is under way. */
const UNLOCKED: ReadonlySet<LifecycleState> = new Set(['unconfigured', 'inactive', 'finalized']);

async function start({
  config: asWritten,
  restarted,
  log,
  exit,
}: ProcessContext): Promise<RunningProcess> {
  const config = await describedConfig(asWritten);
  const setup = assembleSafety(config);
  const options = loopOptions(config, setup);
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
  const parameters = declareParameters(node, config, memory, () => locked());
  const digest = () =>
    safetyDigest(config, setup, {
      jointState: parameters.get('joint_state_timeout_s'),
      chunk: parameters.get('chunk_timeout_s'),
    });
  let sha256 = digest();
  log.info({ sha256 }, `safety configuration ${sha256}`);
  parameters.onChange(() => {
    const before = sha256;
    sha256 = digest();
    if (sha256 !== before) log.warn({ sha256 }, `safety configuration is now ${sha256}`);
  });
  const output = new ControllerOutput(node, config);
  const toRos = (time: number) => (config.lockstep ? time : clock.toRos(time));
  const telemetry = new ControllerTelemetry(
    node,
    { topic: config.topics.telemetry, execution: config.topics.execution },
    memory,
    toRos,
  );
  const report = new SafetyReport(
    node,
    config.robot.joints,
    config.safety.publish_rate_hz,
    memory,
    toRos,
  );
  const inputs = new ControllerInputs(node, clock, config, memory);
  const authority = new ControllerAuthority(
    node,
    clock,
    config,
    memory,
    setup.gate?.threshold,
    () => controller.lifecycle.state,
  );
  const monitor = new ControllerMonitor(
    node,
    config.topics.monitor,
    config.robot.joints,
    memory,
    toRos,
  );

  /** Publishes the command of the last tick; false when there is none. */
  const send = (time?: number): boolean => {
    const command = memory.command.receive();
    if (command === undefined || node.closed) return false;
    report.add(command);
    output.write(command, time === undefined ? undefined : stampOf(time));
    return true;
  };
  const loop: ControlLoop = config.lockstep
    ? new LockstepLoop(node, config, memory, options, inputs, send)
    : new ThreadLoop(
        memory,
        options,
        setup.clearances,
        1 / config.controller.rate_hz,
        () => send(),
        exit,
      );

  const robotControllers = config.ros2_control
    ? new ControllerSwitch(node, config.ros2_control, (line) => log.info(line))
    : undefined;
  const controller: ControllerNode = new ControllerNode({
    node,
    clock,
    config,
    memory,
    inputs,
    loop,
    log,
    restarted,
    dropped: () => inputs.dropped + authority.dropped,
    publishers: output.publishers,
    onActivate: async () => {
      await robotControllers?.take();
      telemetry.restart();
    },
    onRest: async (fault) => {
      await output.rest();
      await robotControllers?.giveBack(fault);
    },
  });
  const locked = () => !UNLOCKED.has(controller.lifecycle.state);
  const batches = setInterval(() => node.guard('telemetry', () => telemetry.drain()), TELEMETRY_MS);
  const looks = setInterval(() => node.guard('monitor', () => monitor.drain()), MONITOR_MS);
  let fifo = 'normal';
  const diagnostics = new Diagnostics(
    node,
    clock,
    () =>
      controllerHealth({
        memory,
        inputs,
        telemetry,
        report,
        authority,
        clearances: setup.clearances,
        manual: () => parameters.get('manual'),
        digest: () => sha256,
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
      await controller.shutDown();
      diagnostics.publish();
      clearInterval(batches);
      clearInterval(looks);
      authority.close();
      diagnostics.close();
      report.close();
      await loop.stop();
      await node.close();
    },
  };
}

await runProcess('controller', start);
