/**
 * The simulator process: the MuJoCo world behind the robot's topics. Keeps pace with real time, or
 * stands still and advances by the step service (paused, lock-step).
 */
import { steadyNow } from '../core/clock.js';
import { assembleRobot } from '../description/robot.js';
import { RosClock } from '../ros/clock.js';
import { Diagnostics, type Health } from '../ros/diagnostics.js';
import { Parameters } from '../ros/parameters.js';
import { RosNode } from '../ros/ros_node.js';
import { simulatorSection } from '../simulation/config.js';
import { FrameRenderer } from '../simulation/frame_renderer.js';
import { RealTimePacer } from '../simulation/real_time_pacer.js';
import { Simulation } from '../simulation/simulation.js';
import { World } from '../simulation/world.js';
import { type ProcessContext, type RunningProcess, runProcess } from './process.js';
import { takeCommands } from './simulator_commands.js';
import { LockstepGate } from './simulator_lockstep.js';
import { ServoReading } from './simulator_reading.js';
import { emulateArm } from './simulator_servos.js';
import { SimulatorTime } from './simulator_time.js';
import { SimulatorTopics } from './simulator_topics.js';

async function start({ config, log, exit }: ProcessContext): Promise<RunningProcess> {
  const settings = config.simulator ?? simulatorSection.parse({});
  const world = await World.create({
    robot: assembleRobot(config.robot).description,
    scene: settings.scene,
    servo: settings.servo,
    timestep: settings.timestep_s,
    joints: config.robot.joints,
  });
  const renderer = await FrameRenderer.create(world.renderScene, world.snapshotLength, exit);
  world.snapshot(renderer.snapshot);
  await renderer.warmUp();
  const node = await RosNode.create({ name: 'simulator', argv: process.argv.slice(2) });
  const clock = new RosClock(node);
  const time = new SimulatorTime(clock, config.ros.use_sim_time);
  const topics: SimulatorTopics = new SimulatorTopics(node, config, world, renderer, (t) =>
    time.stamp(t, pacer),
  );
  const simulation: Simulation = new Simulation(world, settings, renderer, topics);
  topics.simulation = simulation;
  const pacer: RealTimePacer = new RealTimePacer(simulation, (action) =>
    node.guard('step', action),
  );
  let paused = settings.paused || config.lockstep;

  const parameters = new Parameters(node, {
    seed: {
      type: 'int',
      default: settings.seed,
      min: 0,
      description: 'scene of the next reset',
    },
    step_count: {
      type: 'int',
      default: settings.step_count,
      min: 1,
      max: 100_000,
      description: 'physics steps of one call of the step service',
    },
    timestep_s: {
      type: 'double',
      default: settings.timestep_s,
      readOnly: true,
      description: 'one physics step, s',
    },
  });

  /** The answer of the services: ROS time, stamp of the newest pictures, success. */
  const report = () => {
    const { frameStamp: frame = null, success } = simulation;
    const now = time.stamp(world.time, pacer);
    topics.clock(now);
    return { success: true, message: JSON.stringify({ time: now, frame, success }) };
  };
  const refuse = (line: string) => ({ success: false, message: line });

  // One at a time: a reset in the middle of a step would mix two episodes.
  let last: Promise<unknown> = Promise.resolve();
  const inTurn = <T>(action: () => Promise<T>): Promise<T> => {
    const result = last.then(action);
    last = result.catch(() => undefined);
    return result;
  };

  const reset = async () => {
    pacer.stop();
    await simulation.idle();
    time.restart(world.timestep);
    simulation.reset(parameters.get('seed'));
    await simulation.idle();
    await topics.settled();
    if (!paused) pacer.start();
    return report();
  };

  node.service('~/reset', 'std_srvs/srv/Trigger', () => inTurn(reset), refuse);
  node.service('~/pause', 'std_srvs/srv/SetBool', ({ data }) =>
    inTurn(async () => {
      pacer.catchUp();
      paused = data;
      if (paused) pacer.stop();
      else pacer.start();
      return { success: true, message: paused ? 'paused' : 'running' };
    }),
  );
  node.service(
    '~/step',
    'std_srvs/srv/Trigger',
    () =>
      inTurn(async () => {
        if (!paused) return refuse('the simulator runs in real time; pause it to step');
        if ((await gate?.pass(time.stamp(world.time, pacer))) === false) {
          log.warn('stepping without a command of this instant: the controller did not tick');
        }
        time.beginSpan(world.time);
        await simulation.advanceInOrder(parameters.get('step_count'));
        return report();
      }),
    refuse,
  );
  const gate = config.lockstep ? new LockstepGate(node, config) : undefined;
  // Emulated servos are driven over their buses, and by nobody else.
  const arm = settings.servo_buses
    ? emulateArm(config, world, () => node.guard('servos', () => pacer.catchUp()))
    : undefined;
  simulation.servos = arm?.shafts;
  if (arm !== undefined && gate !== undefined) {
    topics.reading = new ServoReading(node, config, () => gate.noteCommand());
  }
  const commands = arm
    ? undefined
    : takeCommands(node, config, simulation, () => {
        pacer.catchUp();
        gate?.noteCommand();
      });

  let counted = { steps: 0, at: steadyNow() };
  const driven = () =>
    arm === undefined
      ? `commands: ${simulation.watchdog.state}`
      : `servos with torque on: ${arm.shafts.torque}`;
  const health = (): Health[] => {
    const now = steadyNow();
    const passed = Math.max(0, world.steps - counted.steps) * world.timestep;
    const factor = passed / (now - counted.at);
    counted = { steps: world.steps, at: now };
    const { age } = simulation.watchdog;
    const slow = !paused && factor < 0.9;
    return [
      {
        name: 'simulation',
        level: slow ? 'warn' : 'ok',
        message: paused ? 'paused' : slow ? 'slower than real time' : driven(),
        values: {
          real_time_factor: factor,
          overruns: pacer.overruns,
          render_ms: renderer.duration,
          dropped_frames: simulation.droppedFrames,
          command_age_s: Number.isFinite(age) ? Math.max(0, age) : -1,
          commands_received: commands?.received ?? arm?.received() ?? 0,
          commands_malformed: commands?.malformed ?? 0,
        },
      },
    ];
  };
  const diagnostics = new Diagnostics(node, clock, health, { hardware: config.robot.name });

  await inTurn(reset);
  const ports = arm?.ports;
  log.info({ joints: world.jointNames, paused, ...(ports && { ports }) }, 'simulator runs');
  return {
    async stop() {
      pacer.stop();
      diagnostics.close();
      await simulation.idle();
      arm?.close();
      node.close();
      await renderer.close();
      world.dispose();
    },
  };
}

await runProcess('simulator', start);
