/**
 * The Gazebo bridge: Gazebo behind the topics and services of the simulator, so that nothing else
 * notices which of them it is. The node is called `simulator`, too.
 */
import { SinewError } from '../core/error.js';
import { assembleRobot } from '../description/robot.js';
import { RosClock } from '../ros/clock.js';
import { Diagnostics } from '../ros/diagnostics.js';
import { RosNode } from '../ros/ros_node.js';
import { simulatorSection } from '../simulation/config.js';
import { untilAnswer } from '../simulation/gazebo/server_launcher.js';
import { GazeboSimulation } from '../simulation/gazebo_world/gazebo_simulation.js';
import { PlacementJudge } from '../simulation/gazebo_world/placement_judge.js';
import { connectGazebo, worldOptions } from './gazebo_connection.js';
import { GazeboHealth } from './gazebo_health.js';
import { startServer } from './gazebo_server.js';
import { gazeboSettings, worldOf } from './gazebo_setup.js';
import { GazeboTopics } from './gazebo_topics.js';
import { type ProcessContext, type RunningProcess, runProcess } from './process.js';
import { takeCommands } from './simulator_commands.js';
import { SimulatorServices } from './simulator_services.js';
import { SimulatorTime } from './simulator_time.js';

/** A server has to answer by then; the first start on a busy machine reads much from the disk. */
const START_TIMEOUT_S = 120;

async function start({ config, log, exit }: ProcessContext): Promise<RunningProcess> {
  if (!config.ros.use_sim_time) {
    throw new SinewError('Gazebo keeps its own time', {
      where: `${config.file}: ros.use_sim_time`,
      expected: 'true, so that every node follows it',
    });
  }
  const settings = gazeboSettings(config);
  const simulator = config.simulator ?? simulatorSection.parse({});
  const robot = assembleRobot(config.robot);
  // ROS 2 comes before Gazebo: to make a node takes a while in which nothing else runs, and a peer of
  // Gazebo's that is silent for some seconds counts as gone and is sent nothing any more.
  const node = await RosNode.create({ name: 'simulator', argv: process.argv.slice(2) });
  const clock = new RosClock(node);
  const time = new SimulatorTime(clock, true);
  const topics = new GazeboTopics(node, config, simulator.scene, (t) => time.stamp(t));
  const simulation = new GazeboSimulation(
    simulator,
    config.robot.joints,
    new PlacementJudge(robot.description, config.robot.joints, simulator.scene),
    topics,
  );
  const services = new SimulatorServices(
    node,
    config,
    simulator,
    {
      now: () => time.stamp(simulation.time),
      async reset(seed, paused) {
        time.restart(simulator.timestep_s);
        // Only in lock-step does Gazebo draw every instant that it stops at.
        await simulation.reset(seed, config.lockstep);
        if (!paused) await simulation.run();
      },
      async pause(paused) {
        await (paused ? simulation.pause() : simulation.run());
      },
      step: (count) => simulation.advance(count),
      report() {
        const { frameTime, success } = simulation;
        const now = time.stamp(simulation.time);
        topics.clock(now);
        const frame = frameTime === undefined ? null : time.stamp(frameTime);
        return { time: now, frame, success };
      },
    },
    log,
  );
  const commands = takeCommands(node, config, simulation, () => services.noteCommand());

  const server =
    settings.server === 'start' && settings.route === 'transport'
      ? await startServer(settings, worldOf(config), simulator.paused || config.lockstep)
      : undefined;
  const options = worldOptions(robot, simulator, settings);
  const connect = () => connectGazebo(settings, options, node);
  const answer = server === undefined ? connect() : untilAnswer(server, connect, START_TIMEOUT_S);
  const world = await answer.catch(async (error: unknown) => {
    await node.close();
    await server?.stop();
    throw error;
  });
  log.info({ server: server?.pid }, `connected to ${world.title}`);
  let stopping = false;
  void server?.ended.then((fault) => {
    if (!stopping) exit(fault);
  });
  simulation.attach(world);
  const health = new GazeboHealth(world, simulation, commands, () => services.paused);
  const diagnostics = new Diagnostics(node, clock, () => health.report(), {
    hardware: config.robot.name,
  });
  world.onConnection((connected) => {
    if (!connected) log.error('the Gazebo server is gone: no joint states, no time');
    else {
      log.warn('the Gazebo server is there again: a new episode begins');
      void services.begin().catch((error: unknown) => exit(error));
    }
  });

  await services.begin();
  log.info({ joints: world.jointNames, paused: services.paused }, 'simulator runs');
  return {
    async stop() {
      stopping = true;
      diagnostics.close();
      simulation.close();
      await node.close();
      await world.close();
      await server?.stop();
    },
  };
}

await runProcess('gazebo', start);
