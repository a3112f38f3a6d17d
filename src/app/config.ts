/**
 * The set-up file: one YAML for all processes of a robot. Each room owns the schema of its own
 * section; this file joins them, resolves paths against the file's folder and fills in defaults.
 */
import { basename, dirname, resolve } from 'node:path';
import { z } from 'zod';
import { consoleSection } from '../console/config.js';
import { controllerSection } from '../control/config.js';
import { safetySection } from '../control/safety_config.js';
import { SinewError } from '../core/error.js';
import { loadYaml } from '../core/yaml_file.js';
import { yamlPlaces } from '../core/yaml_places.js';
import { loadRobotConfig, type RobotConfig } from '../description/robot_config.js';
import { servoSection } from '../hardware/config.js';
import { latencySection } from '../hardware/latency/config.js';
import { ros2ControlSection } from '../hardware/ros2_control/config.js';
import { policySection } from '../policy/config.js';
import { criticSection } from '../policy/critic_config.js';
import type { Qos } from '../ros/qos.js';
import { simulatorSection } from '../simulation/config.js';
import { gazeboSection } from '../simulation/gazebo_world/config.js';
import { teleopSection } from '../teleop/config.js';

const topicName = z.string().regex(/^\/?[A-Za-z_{][\w/{}]*$/, 'a ROS topic name');

const rosSection = z
  .strictObject({
    domain_id: z
      .int()
      .min(0)
      .max(232)
      .optional()
      .describe('ROS_DOMAIN_ID; the environment’s if absent'),
    discovery: z
      .enum(['localhost', 'subnet', 'off'])
      .default('localhost')
      .describe('how far DDS discovery reaches; "localhost" keeps it on this computer'),
    use_sim_time: z.boolean().default(false).describe('follow /clock instead of the system clock'),
  })
  .prefault({});

const topicsSection = z
  .strictObject({
    joint_states: topicName
      .default('/joint_states')
      .describe('sensor_msgs/JointState of the robot'),
    action_chunk: topicName
      .default('/action_chunk')
      .describe('trajectory_msgs/JointTrajectory of the policy'),
    command: topicName
      .default('/forward_position_controller/commands')
      .describe('what the controller sends to the robot'),
    e_stop: topicName.default('/e_stop').describe('std_msgs/Bool; true stops and latches'),
    camera: topicName
      .default('/camera/{name}/image_raw')
      .describe('image topic of a camera; {name} stands for the camera’s name'),
    policy_lockstep: topicName
      .default('/policy/lockstep')
      .describe('lock-step: the policy has dealt with a frame'),
    lockstep_tick: topicName
      .default('/lockstep/tick')
      .describe('lock-step: asks the controller for one tick'),
    lockstep_done: topicName
      .default('/lockstep/done')
      .describe('lock-step: the controller’s tick is done'),
    lockstep_read: topicName
      .default('/lockstep/read')
      .describe('lock-step: asks the servo driver to read the arm'),
    lockstep_servo: topicName
      .default('/lockstep/servo')
      .describe('lock-step: the servo driver has read the arm, or written a command'),
    telemetry: topicName
      .default('/controller/telemetry')
      .describe('rows of the controller’s ticks; docs/topics.md'),
    execution: topicName
      .default('/controller/execution')
      .describe('which chunk the controller executes since when; docs/topics.md'),
    policy_telemetry: topicName
      .default('/policy/telemetry')
      .describe('times of the policy’s chunks; docs/topics.md'),
    authority: topicName
      .default('/controller/authority')
      .describe('std_msgs/String: who commands which joints, and why; docs/topics.md'),
    monitor: topicName
      .default('/controller/monitor')
      .describe('per tick and joint: measured, policy’s, operator’s, commanded, reason'),
    operator_authority: topicName
      .default('/operator/authority')
      .describe('std_msgs/String: heartbeat of whoever wants to command'),
    operator_command: topicName
      .default('/operator/command')
      .describe('trajectory_msgs/JointTrajectory of the operator, from the teleop process'),
    joint_jog: topicName
      .default('/operator/joint_jog')
      .describe('sensor_msgs/JointState whose velocities move single joints'),
    twist_jog: topicName
      .default('/operator/twist_jog')
      .describe('geometry_msgs/TwistStamped that moves the tool'),
    joint_target: topicName
      .default('/operator/joint_target')
      .describe('sensor_msgs/JointState to move to'),
    pose_target: topicName
      .default('/operator/pose_target')
      .describe('geometry_msgs/PoseStamped to bring the tool to'),
    leader: topicName
      .default('/leader/joint_states')
      .describe('sensor_msgs/JointState of the leader arm'),
    episode_event: topicName
      .default('/episode/event')
      .describe('std_msgs/String: start, success, failure, note or discard of an episode'),
    uncertainty: topicName
      .default('/policy/uncertainty')
      .describe('the policy’s own score of its uncertainty, which the gate judges'),
    cube_pose: topicName
      .default('/simulator/cube_pose')
      .describe('the simulator’s truth, for evaluation'),
    place_cube: topicName
      .default('/simulator/place_cube')
      .describe('geometry_msgs/PoseStamped in the base frame: puts the simulated cube there'),
    success: topicName.default('/simulator/success').describe('whether the simulated task is done'),
  })
  .prefault({});

const supervisorSection = z
  .strictObject({
    processes: z
      .array(
        z.enum([
          'simulator',
          'gazebo',
          'servo',
          'policy',
          'critic',
          'controller',
          'teleop',
          'console',
        ]),
      )
      .default(['simulator', 'policy', 'critic', 'controller', 'teleop', 'console'])
      .describe(
        'what `sinew up` starts, in this order; stopped in the reverse order; critic, teleop and ' +
          'console only where they have a section',
      ),
    nice: z
      .record(z.string(), z.int().min(0).max(19))
      .default({ simulator: 5, gazebo: 5, policy: 10, critic: 5, console: 10 })
      .describe('niceness of a process, so that the controller is served first'),
    restart_limit: z
      .int()
      .min(0)
      .default(5)
      .describe('restarts of one process within restart_window_s before it counts as failed'),
    restart_window_s: z.number().positive().default(60),
    restart_delay_s: z.number().min(0).default(0.3),
    stop_timeout_s: z.number().positive().default(5),
  })
  .prefault({});

const episodeSection = z
  .strictObject({
    time_limit_s: z
      .number()
      .positive()
      .default(25)
      .describe('an episode without success ends here'),
    seed: z.int().min(0).default(1_000_000).describe('seed of the first episode'),
    inference_delay_s: z
      .number()
      .min(0)
      .max(10)
      .default(0)
      .describe('lock-step: time from an observation until its chunk reaches the controller'),
    pause_s: z.number().min(0).default(0.5).describe('between success and the next reset'),
  })
  .prefault({});

/** The whole file, before paths are resolved. */
export const configSchema = z
  .strictObject({
    robot: z.string().describe('robot file, relative to this file'),
    ros: rosSection,
    topics: topicsSection,
    controller: controllerSection,
    safety: safetySection,
    critic: criticSection.optional(),
    policy: policySection.optional(),
    simulator: simulatorSection.optional(),
    gazebo: gazeboSection.optional(),
    servo: servoSection.optional(),
    ros2_control: ros2ControlSection.optional(),
    latency: latencySection,
    teleop: teleopSection.optional(),
    console: consoleSection.optional(),
    supervisor: supervisorSection,
    episode: episodeSection,
  })
  .superRefine(({ critic, safety }, context) => {
    if (critic === undefined || safety.risk !== undefined) return;
    const message = 'a section that says what the critic’s score does';
    context.addIssue({ code: 'custom', path: ['safety', 'risk'], message });
  });

/** The set-up as the processes see it. */
export interface Config extends Omit<z.output<typeof configSchema>, 'robot'> {
  /** Absolute path of the file. */
  readonly file: string;
  /** Its folder: paths in the file are relative to it. */
  readonly dir: string;
  /** Simulated time, each control step waiting for policy and controller. */
  readonly lockstep: boolean;
  readonly robot: RobotConfig;
}

/** What the command line puts over the file. */
export interface ConfigOptions {
  readonly lockstep?: boolean;
  /** `key.path=value` each. */
  readonly set?: readonly string[];
}

/**
 * Reads and checks a set-up file.
 *
 * @throws SinewError with file, line and key path for an unknown key or a wrong type or value; for
 *   the file of a robot, that it is one
 */
export function loadConfig(file: string, options: ConfigOptions = {}): Config {
  const path = resolve(file);
  const dir = dirname(path);
  const values = loadSections(path, options.set);
  const lockstep = options.lockstep ?? false;
  return {
    ...values,
    ros: { ...values.ros, use_sim_time: values.ros.use_sim_time || lockstep },
    file: path,
    dir,
    lockstep,
    robot: loadRobotConfig(resolve(dir, values.robot)),
  };
}

function loadSections(file: string, set: readonly string[] | undefined) {
  try {
    return loadYaml(file, configSchema, set);
  } catch (error) {
    if (!isRobotFile(file)) throw error;
    throw new SinewError('this is the file of a robot', {
      where: file,
      expected: 'a set-up file',
      cure: `name the robot in one, by "robot: ${basename(file)}"; see docs/configuration.md`,
    });
  }
}

/** Whether a file that is no set-up has what only that of a robot has. */
function isRobotFile(file: string): boolean {
  try {
    const line = yamlPlaces(file);
    return line(['urdf']) !== undefined && line(['joints']) !== undefined;
  } catch {
    return false;
  }
}

/**
 * Quality of joint states and pictures. Normally a lost one is not missed; in lock-step everything
 * stands still until each has come, also for a reader that is found late.
 */
export function streamQos({ lockstep }: Pick<Config, 'lockstep'>): Qos {
  return lockstep ? { depth: 5, reliable: true, latched: true } : 'sensor';
}

/** The image topic of the camera `name`. */
export function cameraTopic(config: Config, name: string): string {
  return config.topics.camera.replaceAll('{name}', name);
}

/** Environment for the processes of this set-up: DDS domain and how far discovery reaches. */
export function rosEnvironment(config: Config): Record<string, string> {
  const range = { localhost: 'LOCALHOST', subnet: 'SUBNET', off: 'OFF' }[config.ros.discovery];
  const environment: Record<string, string> = { ROS_AUTOMATIC_DISCOVERY_RANGE: range };
  if (config.ros.domain_id !== undefined) {
    environment['ROS_DOMAIN_ID'] = String(config.ros.domain_id);
  }
  return environment;
}
