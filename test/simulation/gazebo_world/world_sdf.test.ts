// The Gazebo world against the kinematics, cameras and scene that everything else uses.
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { Kinematics } from '../../../src/description/kinematics.js';
import { composePoses, intrinsicsOf, opticalPose } from '../../../src/simulation/camera_model.js';
import { gazeboSection } from '../../../src/simulation/gazebo_world/config.js';
import { FLAVOURS, type Flavour } from '../../../src/simulation/gazebo_world/flavour.js';
import {
  CUBE_MODEL,
  cameraModel,
  gzCameraTopic,
  gzCommandTopic,
  ROBOT_MODEL,
} from '../../../src/simulation/gazebo_world/names.js';
import {
  buildWorld,
  type WorldFileOptions,
} from '../../../src/simulation/gazebo_world/world_sdf.js';
import { robot, scene } from '../arm.js';
import {
  child,
  children,
  localPose,
  modelPoses,
  type Node,
  named,
  numbers,
  parseWorld,
  text,
} from './world_file.js';

function world(flavour: Flavour = 'classic', changed: Partial<WorldFileOptions> = {}): Node {
  const settings = gazeboSection.parse({});
  return parseWorld(
    buildWorld({
      robot,
      scene,
      world: settings,
      flavour,
      timestep: 0.001,
      cameraRate: 30,
      ...changed,
    }),
  );
}

const joints = [...robot.joints.values()].filter((joint) => joint.type !== 'fixed');
const anyPose = fc.tuple(
  ...joints.map(({ limit }) =>
    fc.double({ min: limit?.lower ?? -1, max: limit?.upper ?? 1, noNaN: true }),
  ),
);

test('the links stand where our kinematics have them, in every pose of the joints', () => {
  const model = named(world(), 'model', ROBOT_MODEL);
  const names = joints.map((joint) => joint.name);
  const kinematics = new Kinematics(robot, { joints: names, tool: 'gripper_frame_link' });
  fc.assert(
    fc.property(anyPose, (q) => {
      const poses = modelPoses(
        model,
        Object.fromEntries(names.map((name, i) => [name, q[i] ?? 0])),
      );
      kinematics.update(q);
      for (const [i, link] of kinematics.links.entries()) {
        const ours = kinematics.linkPoses.subarray(i * 16, i * 16 + 16);
        const theirs = poses.get(link);
        const worst = Math.max(...ours.map((value, k) => Math.abs(value - (theirs?.[k] ?? 9))));
        expect(worst, link).toBeLessThan(1e-9);
      }
    }),
    { numRuns: 30 },
  );
});

test('a tool frame without mass is a frame, so that every link has a mass', () => {
  const model = named(world(), 'model', ROBOT_MODEL);
  expect(children(model, 'frame').map((frame) => frame['@name'])).toEqual([
    'gripper_frame_link',
    'grasp_link',
  ]);
  for (const link of children(model, 'link')) {
    expect(Number(text(link, 'inertial', 'mass')), String(link['@name'])).toBeGreaterThan(0);
  }
});

test('joints have the limits, damping and friction of the URDF', () => {
  const model = named(world(), 'model', ROBOT_MODEL);
  for (const joint of joints) {
    const axis = child(named(model, 'joint', joint.name), 'axis');
    expect(numbers(axis, 'limit', 'lower')).toEqual([joint.limit?.lower]);
    expect(numbers(axis, 'limit', 'upper')).toEqual([joint.limit?.upper]);
    expect(numbers(axis, 'limit', 'effort')).toEqual([joint.limit?.effort]);
    expect(numbers(axis, 'dynamics', 'damping')).toEqual([joint.damping]);
    expect(numbers(axis, 'dynamics', 'friction')).toEqual([joint.friction]);
  }
});

test('the rotor’s inertia is added about the joint’s axis alone', () => {
  const model = named(world(), 'model', ROBOT_MODEL);
  const inertia = (name: string): number[] => {
    const node = child(child(named(model, 'link', name), 'inertial'), 'inertia');
    return ['ixx', 'iyy', 'izz', 'ixy'].flatMap((key) => numbers(node, key));
  };
  const { inertia: bare } = robot.links.get('upper_arm_link')?.inertial ?? {};
  const [ixx, iyy, izz, ixy] = inertia('upper_arm_link');
  expect([ixx, iyy, ixy]).toEqual([bare?.ixx, bare?.iyy, bare?.ixy]);
  const { rotor_inertia: rotor } = gazeboSection.parse({}).servo;
  expect(izz).toBeCloseTo((bare?.izz ?? 0) + rotor, 12);
});

/** Where a sensor of the file sees a point of its parent's frame: pixels, y downwards. */
function seenBySensor(sensor: Node, mount: Float64Array, point: readonly number[]): number[] {
  const pose = localPose(sensor);
  const m = (i: number): number => mount[i] ?? 0;
  const inMount = [0, 1, 2].map(
    (axis) =>
      m(axis) * ((point[0] ?? 0) - m(3)) +
      m(4 + axis) * ((point[1] ?? 0) - m(7)) +
      m(8 + axis) * ((point[2] ?? 0) - m(11)),
  );
  const p = (i: number): number => pose[i] ?? 0;
  const [d0 = 0, d1 = 0, d2 = 0] = [0, 1, 2].map((i) => (inMount[i] ?? 0) - p(i * 4 + 3));
  // A sensor looks along x; y is left, z is up.
  const [x = 1, y = 0, z = 0] = [0, 1, 2].map(
    (axis) => p(axis) * d0 + p(4 + axis) * d1 + p(8 + axis) * d2,
  );
  const camera = child(sensor, 'camera');
  const [width = 0] = numbers(camera, 'image', 'width');
  const [height = 0] = numbers(camera, 'image', 'height');
  const focal = width / 2 / Math.tan(Number(text(camera, 'horizontal_fov')) / 2);
  return [width / 2 - (focal * y) / x, height / 2 - (focal * z) / x];
}

test('both cameras see any point at the same pixel as the ray caster', () => {
  const file = world();
  const names = joints.map((joint) => joint.name);
  const kinematics = new Kinematics(robot, { joints: names, tool: 'gripper_link' });
  const model = named(file, 'model', ROBOT_MODEL);
  const point = fc.tuple(
    fc.double({ min: 0.15, max: 0.35, noNaN: true }),
    fc.double({ min: -0.15, max: 0.15, noNaN: true }),
    fc.double({ min: -0.01, max: 0.05, noNaN: true }),
  );
  fc.assert(
    fc.property(anyPose, point, (q, p) => {
      kinematics.update(q);
      for (const camera of scene.cameras) {
        const { fx, fy, cx, cy } = intrinsicsOf(camera);
        const optical = opticalPose(camera);
        const mount = new Float64Array(16);
        mount.set([1, 0, 0, 0, 0, 1, 0, 0, 0, 0, 1, 0, 0, 0, 0, 1]);
        let sensor: Node;
        if (camera.link === null) {
          const stand = cameraModel(camera.name);
          sensor = child(named(named(file, 'model', stand), 'link', stand), 'sensor');
        } else {
          const at = kinematics.linkOffset(camera.link);
          mount.set(kinematics.linkPoses.subarray(at, at + 16));
          sensor = child(named(model, 'link', camera.link), 'sensor');
        }
        const m = (i: number): number => mount[i] ?? 0;
        const placed = [3, 7, 11, 0, 1, 2, 4, 5, 6, 8, 9, 10].map(m);
        const inWorld = new Float64Array(12);
        composePoses(placed, optical, inWorld, 0);
        const w = (i: number): number => inWorld[i] ?? 0;
        const [d0, d1, d2] = [p[0] - w(0), p[1] - w(1), p[2] - w(2)];
        const [x = 0, y = 0, z = 0] = [0, 1, 2].map(
          (axis) => w(3 + axis) * d0 + w(6 + axis) * d1 + w(9 + axis) * d2,
        );
        // Behind the camera, or beside it by many pictures, nobody sees anything.
        if (z < 0.02) continue;
        const [u = 0, v = 0] = seenBySensor(sensor, mount, p);
        expect(u).toBeCloseTo(cx + (fx * x) / z, 5);
        expect(v).toBeCloseTo(cy + (fy * y) / z, 5);
      }
    }),
    { numRuns: 100 },
  );
});

test('the cube rests on the table, the target lies on it, and colours are the scene’s', () => {
  const file = world();
  const cube = named(file, 'model', CUBE_MODEL);
  const [, , z = 0] = numbers(cube, 'pose');
  expect(z - scene.cube.size / 2).toBeCloseTo(scene.table.height, 12);
  const link = child(cube, 'link');
  expect(numbers(link, 'visual', 'material', 'diffuse')).toEqual([...scene.cube.color, 1]);
  expect(numbers(link, 'collision', 'geometry', 'box', 'size')).toEqual([0.025, 0.025, 0.025]);
  const table = child(named(file, 'model', 'table'), 'link');
  const fields = children(table, 'visual');
  const area = fields.reduce((sum, field) => {
    const [width = 0, depth = 0] = numbers(field, 'geometry', 'box', 'size');
    return sum + width * depth;
  }, 0);
  expect(area).toBeCloseTo(0.8 * 0.9, 9);
  expect(new Set(fields.map((field) => text(field, 'material', 'diffuse'))).size).toBe(2);
});

test('every gz-sim flavour names its own systems and topics; Classic needs none', () => {
  expect(children(world('classic'), 'plugin')).toEqual([]);
  for (const flavour of FLAVOURS.filter((name) => name !== 'classic')) {
    const file = world(flavour);
    const prefix = flavour === 'fortress' ? 'ignition::gazebo' : 'gz::sim';
    const systems = children(file, 'plugin').map((plugin) => String(plugin['@name']));
    expect(systems).toContain(`${prefix}::systems::Physics`);
    expect(systems).toContain(`${prefix}::systems::Sensors`);
    const model = named(file, 'model', ROBOT_MODEL);
    const topics = children(model, 'plugin').map((plugin) => text(plugin, 'topic'));
    for (const joint of joints) expect(topics).toContain(gzCommandTopic(joint.name));
    const wrist = child(named(model, 'link', 'gripper_link'), 'sensor');
    expect(text(wrist, 'topic')).toBe(gzCameraTopic('wrist'));
  }
});

test('with ros2_control in Gazebo, no other controller touches the joints', () => {
  const model = named(
    world('harmonic', { ros2Control: '/etc/controllers.yaml' }),
    'model',
    ROBOT_MODEL,
  );
  const plugins = children(model, 'plugin');
  expect(plugins.map((plugin) => plugin['@filename'])).toEqual(['gz_ros2_control-system']);
  expect(text(plugins[0] ?? {}, 'parameters')).toBe('/etc/controllers.yaml');
});

test('a camera on a link that is not there is refused with its name', () => {
  const [camera] = scene.cameras;
  if (camera === undefined) throw new Error('the scene has cameras');
  const cameras = [{ ...camera, link: 'nose' }];
  expect(() => world('classic', { scene: { ...scene, cameras } })).toThrow(
    /camera wrist.*no link "nose"|no link "nose".*camera wrist/,
  );
});

test('a following joint is refused where Gazebo has none, and written where it has', () => {
  const gripper = robot.joints.get('gripper');
  if (gripper === undefined) throw new Error('the arm has a gripper');
  const mimic = { joint: 'wrist_roll', multiplier: -0.5, offset: 0.1 };
  const following = new Map(robot.joints).set('gripper', { ...gripper, mimic });
  const changed = { robot: { ...robot, joints: following } };
  expect(() => world('classic', changed)).toThrow(/"gripper" follows "wrist_roll"/);
  const model = named(world('harmonic', changed), 'model', ROBOT_MODEL);
  const [written] = children(child(named(model, 'joint', 'gripper'), 'axis'), 'mimic');
  expect(written?.['@joint']).toBe('wrist_roll');
  expect(numbers(written ?? {}, 'multiplier')).toEqual([-0.5]);
});
