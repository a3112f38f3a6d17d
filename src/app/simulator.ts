/**
 * The simulator process: the MuJoCo world behind the robot's topics. Keeps pace with real time, or
 * stands still and advances by the step service (paused, lock-step).
 */
import { steadyNow } from '../core/clock.js';
import { assembleRobot } from '../description/robot.js';
import { RosClock } from '../ros/clock.js';
import { Diagnostics, type Health } from '../ros/diagnostics.js';
import { RosNode } from '../ros/ros_node.js';
import { simulatorSection } from '../simulation/config.js';
import { FrameRenderer } from '../simulation/frame_renderer.js';
import { RealTimePacer } from '../simulation/real_time_pacer.js';
import { Simulation } from '../simulation/simulation.js';
import { World } from '../simulation/world.js';
import { type ProcessContext, type RunningProcess, runProcess } from './process.js';
import { takeCommands, takeCubePoses } from './simulator_commands.js';
import { ServoReading } from './simulator_reading.js';
import { SimulatorServices } from './simulator_services.js';
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
  const services = new SimulatorServices(
    node,
    config,
    settings,
    {
      now: () => time.stamp(world.time, pacer),
      async reset(seed, paused) {
        pacer.stop();
        await simulation.idle();
        time.restart(world.timestep);
        simulation.reset(seed);
        await simulation.idle();
        await topics.settled();
        if (!paused) pacer.start();
      },
      async pause(paused) {
        pacer.catchUp();
        if (paused) pacer.stop();
        else pacer.start();
      },
      async step(count) {
        time.beginSpan(world.time);
        await simulation.advanceInOrder(count);
      },
      report() {
        const { frameStamp: frame = null, success } = simulation;
        const now = time.stamp(world.time, pacer);
        topics.clock(now);
        return { time: now, frame, success };
      },
    },
    log,
  );
  // Emulated servos are driven over their buses, and by nobody else.
  const arm = settings.servo_buses
    ? emulateArm(config, world, () => node.guard('servos', () => pacer.catchUp()))
    : undefined;
  simulation.servos = arm?.shafts;
  if (arm !== undefined && config.lockstep) {
    topics.reading = new ServoReading(node, config, () => services.noteCommand());
  }
  const commands = arm
    ? undefined
    : takeCommands(node, config, simulation, () => {
        pacer.catchUp();
        services.noteCommand();
      });

  takeCubePoses(node, config, world, () => pacer.catchUp());

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
    const { paused } = services;
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

  await services.begin();
  const ports = arm?.ports;
  log.info(
    { joints: world.jointNames, paused: services.paused, ...(ports && { ports }) },
    'simulator runs',
  );
  return {
    async stop() {
      pacer.stop();
      diagnostics.close();
      await simulation.idle();
      arm?.close();
      await node.close();
      await renderer.close();
      world.dispose();
    },
  };
}

await runProcess('simulator', start);
