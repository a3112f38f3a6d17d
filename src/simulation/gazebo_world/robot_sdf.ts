/**
 * The robot as an SDF model: links, joints, cameras that are mounted on it, and what drives its
 * joints. Names, zero positions, signs and limits are the URDF's.
 */
import { SinewError } from '../../core/error.js';
import type {
  Inertial,
  Joint,
  Link,
  RobotDescription,
} from '../../description/robot_description.js';
import { actuatedJoints } from '../mjcf.js';
import { matrixFromRpy, rotateTensor } from '../rotation.js';
import type { CameraConfig, SceneConfig } from '../scene_config.js';
import { cameraSensor } from './camera_sdf.js';
import type { GazeboWorldConfig } from './config.js';
import { element, value, type Xml } from './element.js';
import type { Dialect } from './flavour.js';
import { ROBOT_MODEL } from './names.js';
import { poseElement, poseOf } from './pose.js';
import { collision, visual } from './shape_sdf.js';

/** Of a link that the URDF gives no mass: what an engine takes without trouble. kg and kg·m². */
const NOTHING: Inertial = {
  origin: { xyz: [0, 0, 0], rpy: [0, 0, 0] },
  mass: 1e-3,
  inertia: { ixx: 1e-6, ixy: 0, ixz: 0, iyy: 1e-6, iyz: 0, izz: 1e-6 },
};

export interface RobotModelOptions {
  readonly robot: RobotDescription;
  readonly scene: SceneConfig;
  readonly world: GazeboWorldConfig;
  readonly dialect: Dialect;
  /** Pictures a second. */
  readonly cameraRate: number;
  /** Elements at the end of the model: what drives its joints. */
  readonly plugins: readonly Xml[];
}

/** @throws SinewError for a joint that follows another, where this Gazebo has no such thing */
export function robotModel(options: RobotModelOptions): Xml {
  const { robot, dialect, plugins } = options;
  const parentJoint = new Map([...robot.joints.values()].map((joint) => [joint.child, joint]));
  // What a URDF only names, a tool's frame for one, becomes a frame: every link needs a mass.
  const frames = new Set(
    [...robot.links.values()]
      .filter((link) => isFrame(link, robot) && parentJoint.get(link.name)?.type === 'fixed')
      .map((link) => link.name),
  );
  return element(
    'model',
    { name: ROBOT_MODEL, canonical_link: robot.root },
    value('self_collide', false),
    ...[...robot.links.values()]
      .filter((link) => !frames.has(link.name))
      .map((link) => linkElement(link, parentJoint.get(link.name), options)),
    element(
      'joint',
      { name: 'sinew_world_joint', type: 'fixed' },
      value('parent', 'world'),
      value('child', robot.root),
    ),
    ...[...robot.joints.values()].map((joint) =>
      frames.has(joint.child)
        ? element(
            'frame',
            { name: joint.child, attached_to: joint.parent },
            poseElement(poseOf(joint.origin)),
          )
        : jointElement(joint, robot, dialect),
    ),
    ...plugins,
  );
}

function isFrame(link: Link, robot: RobotDescription): boolean {
  const carries = [...robot.joints.values()].some((joint) => joint.parent === link.name);
  const shapes = link.visuals.length + link.collisions.length;
  return link.inertial === undefined && shapes === 0 && !carries;
}

function linkElement(link: Link, joint: Joint | undefined, options: RobotModelOptions): Xml {
  const { robot, scene, world, dialect, cameraRate } = options;
  const mounted = scene.cameras.filter((camera: CameraConfig) => camera.link === link.name);
  const moved = joint !== undefined && actuatedJoints(robot).includes(joint);
  const visuals = link.visuals.length > 0 ? link.visuals : link.collisions;
  return element(
    'link',
    { name: link.name },
    joint === undefined ? undefined : poseElement(poseOf(joint.origin), joint.parent),
    inertial(link.inertial ?? NOTHING, moved ? joint : undefined, world.servo.rotor_inertia),
    ...visuals.map((shape, i) => visual(shape, `${link.name}_${i}`, scene.robot_color)),
    ...link.collisions.map((shape, i) =>
      collision(shape, `${link.name}_${i}`, { fixed: joint === undefined, friction: 1 }),
    ),
    ...mounted.map((camera) => cameraSensor(camera, cameraRate, dialect)),
  );
}

/** Mass and inertia, with the rotor's about the joint's axis added. */
function inertial(
  { origin, mass, inertia }: Inertial,
  joint: Joint | undefined,
  rotor: number,
): Xml {
  const { ixx, ixy, ixz, iyy, iyz, izz } = inertia;
  const tensor = [ixx, ixy, ixz, ixy, iyy, iyz, ixz, iyz, izz];
  const t = rotateTensor(matrixFromRpy(origin.rpy), tensor);
  if (joint !== undefined && joint.type !== 'prismatic') {
    const { axis } = joint;
    for (let i = 0; i < 9; i++) {
      const [row, column] = [Math.floor(i / 3), i % 3];
      t[i] = (t[i] ?? 0) + rotor * (axis[row] ?? 0) * (axis[column] ?? 0);
    }
  }
  const at = (row: number, column: number): number => t[row * 3 + column] ?? 0;
  return element(
    'inertial',
    {},
    poseElement([...origin.xyz, 0, 0, 0]),
    value('mass', mass),
    element(
      'inertia',
      {},
      value('ixx', at(0, 0)),
      value('ixy', at(0, 1)),
      value('ixz', at(0, 2)),
      value('iyy', at(1, 1)),
      value('iyz', at(1, 2)),
      value('izz', at(2, 2)),
    ),
  );
}

function jointElement(joint: Joint, robot: RobotDescription, dialect: Dialect): Xml {
  const ends = [value('parent', joint.parent), value('child', joint.child)];
  if (joint.type === 'fixed') {
    return element('joint', { name: joint.name, type: 'fixed' }, ...ends);
  }
  const { lower, upper, velocity = 0, effort = 0 } = joint.limit ?? {};
  return element(
    'joint',
    { name: joint.name, type: joint.type },
    ...ends,
    element(
      'axis',
      {},
      value('xyz', [...joint.axis]),
      mimic(joint, robot, dialect),
      element(
        'limit',
        {},
        value('lower', lower ?? -1e16),
        value('upper', upper ?? 1e16),
        effort > 0 ? value('effort', effort) : undefined,
        velocity > 0 ? value('velocity', velocity) : undefined,
      ),
      element('dynamics', {}, value('damping', joint.damping), value('friction', joint.friction)),
    ),
  );
}

function mimic(joint: Joint, robot: RobotDescription, dialect: Dialect): Xml | undefined {
  if (joint.mimic === undefined) return undefined;
  if (!dialect.mimic) {
    throw new SinewError(`joint "${joint.name}" follows "${joint.mimic.joint}"`, {
      where: `${robot.file}:${joint.line}`,
      expected: `no <mimic>, which Gazebo ${dialect.flavour} does not have`,
      cure: 'write the world for harmonic or later',
    });
  }
  return element(
    'mimic',
    { joint: joint.mimic.joint },
    value('multiplier', joint.mimic.multiplier),
    value('offset', joint.mimic.offset),
    value('reference', 0),
  );
}
