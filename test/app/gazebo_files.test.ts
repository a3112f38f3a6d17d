// The shipped set-ups, YAML and launch files for gz-sim name the same topics, joints and services as the
// world that is written and the adapter that listens.
import { readdirSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';
import { z } from 'zod';
import { loadConfig } from '../../src/app/config.js';
import { worldOptions } from '../../src/app/gazebo_connection.js';
import { gazeboSettings, worldOf } from '../../src/app/gazebo_setup.js';
import { loadYaml } from '../../src/core/yaml_file.js';
import { assembleRobot } from '../../src/description/robot.js';
import { modelPoseTopic, ROS_ROUTE, WORLD } from '../../src/simulation/gazebo_world/names.js';

const path = (relative: string) => fileURLToPath(new URL(`../../${relative}`, import.meta.url));
const controllersFile = path('config/gazebo/so101_controllers.yaml');

const bridgeSchema = z.array(
  z.strictObject({
    ros_topic_name: z.string(),
    gz_topic_name: z.string(),
    ros_type_name: z.string(),
    gz_type_name: z.string().regex(/^gz\.msgs\./),
    direction: z.literal('GZ_TO_ROS'),
  }),
);
const bridged = (file: string) => loadYaml(path(`config/gazebo/${file}`), bridgeSchema);

function setup(file: string) {
  const config = loadConfig(path(`config/${file}`), {});
  const settings = gazeboSettings(config);
  const { simulator } = config;
  if (simulator === undefined) throw new Error(`${file} has no simulator section`);
  const options = worldOptions(assembleRobot(config.robot), simulator, settings);
  const world = worldOf(config, { ros2Control: controllersFile });
  return { config, settings, simulator, options, world };
}

test('the route’s bridge file carries all that the adapter listens to, of the right types', () => {
  const { settings, options } = setup('gazebo_route.yaml');
  const at = (topic: string) => `${settings.ros_namespace}/${topic}`;
  const wanted = [
    [at(ROS_ROUTE.clock), 'rosgraph_msgs/msg/Clock'],
    [`${settings.ros_namespace}${modelPoseTopic('cube')}`, 'geometry_msgs/msg/PoseStamped'],
    ...options.cameras.flatMap(({ topic }) => [
      [topic, 'sensor_msgs/msg/Image'],
      [topic.replace(/[^/]*$/, 'camera_info'), 'sensor_msgs/msg/CameraInfo'],
    ]),
  ];
  const carried = bridged('ros_gz_route.yaml').map((one) => [
    one.ros_topic_name,
    one.ros_type_name,
  ]);
  expect(carried.sort()).toEqual(wanted.sort());
});

test('both bridge files take pictures from the topics that the world’s cameras have', () => {
  for (const [file, config] of [
    ['ros_gz_route.yaml', 'gazebo_route.yaml'],
    ['ros_gz_bridge.yaml', 'gazebo_ros.yaml'],
  ] as const) {
    const { world } = setup(config);
    const images = bridged(file).filter(({ ros_type_name: type }) => type.endsWith('/Image'));
    expect(images.length).toBe(2);
    for (const { gz_topic_name: topic } of images)
      expect(world).toContain(`<topic>${topic}</topic>`);
  }
});

test('the route’s world puts ros2_control into the namespace, with its clock, and tells the cube’s pose', () => {
  const { world, settings } = setup('gazebo_route.yaml');
  const { ros_namespace: namespace } = settings;
  expect(world).toContain(`<namespace>${namespace}</namespace>`);
  expect(world).toContain(`<remapping>/clock:=${namespace}/clock</remapping>`);
  expect(world).toContain('gz-sim-pose-publisher-system');
  const direct = setup('gazebo_ros.yaml').world;
  expect(direct).toContain('gz_ros2_control-system');
  expect(direct).not.toContain('<namespace>');
  expect(direct).not.toContain('pose-publisher');
});

test('the controllers’ file has the robot’s joints in their order, and a tick for each physics step', () => {
  const { config, simulator } = setup('gazebo_route.yaml');
  const schema = z.object({
    '/**/controller_manager': z.object({
      ros__parameters: z.looseObject({ update_rate: z.number() }),
    }),
    '/**/forward_position_controller': z.object({
      ros__parameters: z.object({
        interface_name: z.literal('position'),
        joints: z.array(z.string()),
      }),
    }),
  });
  const file = loadYaml(controllersFile, schema);
  const { joints } = file['/**/forward_position_controller'].ros__parameters;
  expect(joints).toEqual(config.robot.joints);
  const rate = file['/**/controller_manager'].ros__parameters.update_rate;
  expect(rate * simulator.timestep_s).toBe(1);
});

test('the launch file of the route bridges the services that the adapter asks, of its world', () => {
  const text = readFileSync(path('launch/gazebo_bridge.launch.py'), 'utf8');
  const services = [...text.matchAll(/'(\/world\/[^@']+)@([^']+)'/g)].map(([, name, type]) => [
    name,
    type,
  ]);
  expect(services).toEqual([
    [`/world/${WORLD}/control`, 'ros_gz_interfaces/srv/ControlWorld'],
    [`/world/${WORLD}/create`, 'ros_gz_interfaces/srv/SpawnEntity'],
    [`/world/${WORLD}/remove`, 'ros_gz_interfaces/srv/DeleteEntity'],
    [`/world/${WORLD}/set_pose`, 'ros_gz_interfaces/srv/SetEntityPose'],
  ]);
  expect(text).toContain(`NAMESPACE = '${setup('gazebo_route.yaml').settings.ros_namespace}'`);
});

test('what the Gazebo launch files name in config/ is there', () => {
  const launch = readdirSync(path('launch')).filter((name) => name.startsWith('gazebo'));
  const text = launch.map((name) => readFileSync(path(`launch/${name}`), 'utf8')).join('\n');
  const named = [...text.matchAll(/'([\w.]+\.yaml)'/g)].map(([, name]) => name ?? '');
  const known = [...readdirSync(path('config')), ...readdirSync(path('config/gazebo'))];
  expect(named.length).toBeGreaterThan(3);
  for (const name of named) expect(known, name).toContain(name);
});
