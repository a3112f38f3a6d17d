/**
 * Writes a Gazebo world of a robot and a scene: what the MuJoCo world shows, so that one set-up file
 * gives the same joints, cameras and objects in both.
 */
import type { RobotDescription } from '../../description/robot_description.js';
import { actuatedJoints } from '../mjcf.js';
import type { SceneConfig } from '../scene_config.js';
import type { GazeboServo, GazeboWorldConfig } from './config.js';
import { element, value, type Xml } from './element.js';
import { type Dialect, dialectOf, type Flavour } from './flavour.js';
import { GZ_JOINT_STATE_TOPIC, gzCommandTopic, ROS_ROUTE, WORLD } from './names.js';
import { robotModel } from './robot_sdf.js';
import {
  cameraModels,
  cubeModel,
  lights,
  sceneElement,
  tableModel,
  targetModel,
} from './scene_sdf.js';

export interface WorldFileOptions {
  readonly robot: RobotDescription;
  readonly scene: SceneConfig;
  readonly world: GazeboWorldConfig;
  readonly flavour: Flavour;
  /** One physics step, s. */
  readonly timestep: number;
  /** Pictures a second of each camera. */
  readonly cameraRate: number;
  /**
   * Path of the controllers' YAML: then ros2_control drives the joints, from inside of Gazebo, and
   * neither position controllers nor a joint-state publisher are written.
   */
  readonly ros2Control?: string | undefined;
  /** With ros2_control: namespace of its topics, whose clock is there too; then the cube tells its pose. */
  readonly rosNamespace?: string | undefined;
}

/**
 * The text of the world file.
 *
 * @throws SinewError when a camera's link is unknown, or the robot has what this Gazebo has not
 */
export function buildWorld(options: WorldFileOptions): string {
  const { robot, scene, world, flavour, cameraRate } = options;
  const dialect = dialectOf(flavour);
  const body = element(
    'world',
    { name: WORLD },
    physics(options, dialect),
    value('gravity', [0, 0, -9.81]),
    ...systems(dialect),
    sceneElement(scene, world.shadows),
    ...lights(scene, world.shadows),
    tableModel(scene),
    targetModel(scene),
    cubeModel(scene, options.rosNamespace === undefined ? [] : [posePublisher(dialect)]),
    ...cameraModels(scene, robot.links, cameraRate, dialect),
    robotModel({
      robot,
      scene,
      world,
      dialect,
      cameraRate,
      plugins: drives(options, dialect),
    }),
  );
  return `<?xml version="1.0"?>\n${element('sdf', { version: dialect.sdf }, body)}\n`;
}

function physics({ world, timestep }: WorldFileOptions, dialect: Dialect): Xml {
  const { real_time_factor, solver, solver_iterations } = world;
  // Classic runs as fast as the update rate says, gz-sim by the factor.
  const rate = real_time_factor / timestep;
  return element(
    'physics',
    { name: 'default', type: 'ode' },
    value('max_step_size', timestep),
    value('real_time_factor', real_time_factor),
    dialect.classic ? value('real_time_update_rate', rate) : undefined,
    dialect.classic
      ? element(
          'ode',
          {},
          element('solver', {}, value('type', solver), value('iters', solver_iterations)),
          element(
            'constraints',
            {},
            value('cfm', 0),
            value('erp', 0.2),
            value('contact_surface_layer', 0.0001),
            value('contact_max_correcting_vel', 0.5),
          ),
        )
      : undefined,
  );
}

/** What a world of gz-sim has to name, for without it nothing moves, is seen or can be asked. */
function systems(dialect: Dialect): Xml[] {
  if (dialect.classic) return [];
  const list: [string, string, Xml?][] = [
    ['physics', 'Physics'],
    ['user-commands', 'UserCommands'],
    ['scene-broadcaster', 'SceneBroadcaster'],
    ['sensors', 'Sensors', value('render_engine', 'ogre2')],
  ];
  return list.map(([file, type, content]) =>
    element('plugin', { ...dialect.system(file, type) }, content),
  );
}

function drives(options: WorldFileOptions, dialect: Dialect): Xml[] {
  const { robot, world, ros2Control, rosNamespace } = options;
  if (ros2Control !== undefined) {
    return [
      element(
        'plugin',
        { ...dialect.ros2Control },
        value('parameters', ros2Control),
        rosNamespace === undefined ? undefined : rosElement(rosNamespace),
      ),
    ];
  }
  // Classic has a position controller in every model; its gains come with the commands.
  if (dialect.classic) return [];
  const joints = actuatedJoints(robot);
  const states = dialect.system('joint-state-publisher', 'JointStatePublisher');
  return [
    element(
      'plugin',
      { ...states },
      value('topic', GZ_JOINT_STATE_TOPIC),
      ...joints.map((joint) => value('joint_name', joint.name)),
    ),
    ...joints.map((joint) => {
      const plugin = dialect.system('joint-position-controller', 'JointPositionController');
      const effort = joint.limit?.effort ?? 0;
      return element(
        'plugin',
        { ...plugin },
        value('joint_name', joint.name),
        value('topic', gzCommandTopic(joint.name)),
        ...gains(world.servo, effort),
      );
    }),
  ];
}

function rosElement(namespace: string): Xml {
  return element(
    'ros',
    {},
    value('namespace', namespace),
    value('remapping', `/clock:=${namespace}/${ROS_ROUTE.clock}`),
  );
}

/** Tells the model's pose at each step. */
function posePublisher(dialect: Dialect): Xml {
  return element(
    'plugin',
    { ...dialect.system('pose-publisher', 'PosePublisher') },
    value('publish_link_pose', false),
    value('publish_model_pose', true),
    value('use_pose_vector_msg', false),
    value('update_frequency', -1),
  );
}

function gains({ kp, kd }: GazeboServo, effort: number): Xml[] {
  const limits = effort > 0 ? [value('cmd_max', effort), value('cmd_min', -effort)] : [];
  return [
    value('p_gain', kp),
    value('i_gain', 0),
    value('d_gain', kd),
    value('i_max', 0),
    value('i_min', 0),
    ...limits,
  ];
}
