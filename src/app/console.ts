/**
 * The console process: serves the operator's page and connects it with the robot's topics. It is
 * niced and commands nothing by itself; without it, robot and policy go on as they are.
 */
import { resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { OperatorConsole } from '../console/operator_console.js';
import { robotModel } from '../console/robot_for_page.js';
import type { ConsoleTopics } from '../console/topics.js';
import { sceneShapes } from '../control/safety_scene_config.js';
import { SinewError } from '../core/error.js';
import { collisionModel } from '../description/collision_model.js';
import { assembleRobot } from '../description/robot.js';
import { RosClock } from '../ros/clock.js';
import { Diagnostics } from '../ros/diagnostics.js';
import { RosNode } from '../ros/ros_node.js';
import { type Config, cameraTopic, streamQos } from './config.js';
import { type ProcessContext, type RunningProcess, runProcess } from './process.js';

/** The built page. */
const SITE = fileURLToPath(new URL('../console/site/', import.meta.url));

function topicsOf(config: Config): ConsoleTopics {
  const { topics } = config;
  return {
    jointStates: topics.joint_states,
    chunk: topics.action_chunk,
    telemetry: topics.telemetry,
    policyTelemetry: topics.policy_telemetry,
    authority: topics.authority,
    monitor: topics.monitor,
    eStop: topics.e_stop,
    operatorAuthority: topics.operator_authority,
    jointJog: topics.joint_jog,
    twistJog: topics.twist_jog,
    jointTarget: topics.joint_target,
    poseTarget: topics.pose_target,
    episodeEvent: topics.episode_event,
    camera: (name) => cameraTopic(config, name),
  };
}

async function start({ config, log }: ProcessContext): Promise<RunningProcess> {
  const { console: settings } = config;
  if (settings === undefined) throw new SinewError('no "console" section', { where: config.file });
  const robot = assembleRobot(config.robot);
  const scene = sceneShapes(config.safety.scene);
  const collision = collisionModel(robot, scene);
  const node = await RosNode.create({
    name: 'console',
    argv: process.argv.slice(2),
    onError: (error, where) => log.warn(`${where}: ${error.message}`),
  });
  const clock = new RosClock(node, { useSimTime: config.ros.use_sim_time });
  const console = await OperatorConsole.open(node, clock, log, {
    server: {
      host: settings.host,
      port: settings.port,
      allowedHosts: settings.allowed_hosts,
      ...(settings.token === undefined ? {} : { token: settings.token }),
      maxMessageBytes: settings.max_message_bytes,
      messageRate: settings.message_rate_hz,
      linkTimeout: settings.link_timeout_s,
      maxPages: settings.max_pages,
      site: SITE,
    },
    feed: {
      topics: topicsOf(config),
      joints: config.robot.joints,
      cameras: settings.cameras,
      cameraWidth: settings.camera_width,
      streamQos: streamQos(config),
    },
    robot: robotModel(robot, collision.capsules, scene),
    collision,
    tickRate: config.controller.rate_hz,
    policies: settings.policies.map((folder) => resolve(config.dir, folder)),
    instructions: settings.instructions,
  });
  const diagnostics = new Diagnostics(node, clock, () => [
    {
      name: 'page',
      level: 'ok',
      message: `${console.figures['pages']} pages open`,
      values: console.figures,
    },
  ]);
  // `sinew up` prints this line for the operator; see up.ts.
  log.info(`operator page: ${console.server.link}`);

  return {
    async stop() {
      diagnostics.close();
      await console.stop();
      await node.close();
    },
  };
}

await runProcess('console', start);
