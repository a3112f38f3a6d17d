/**
 * Writes the MuJoCo model (MJCF) of a robot and a scene. Bodies, joints and geoms carry the URDF's
 * names; only collision shapes become geoms, for pictures come from the renderer.
 */
import { SinewError } from '../core/error.js';
import type {
  Geometry,
  Inertial,
  Joint,
  Link,
  RobotDescription,
  Shape,
} from '../description/robot_description.js';
import type { ServoConfig } from './config.js';
import { matrixFromRpy, quaternionFromRpy, rotateTensor } from './rotation.js';
import type { SceneConfig } from './scene_config.js';

export const CUBE_BODY = 'sinew_cube';
export const CUBE_JOINT = 'sinew_cube_free';
/** Contact sensors: how many contacts the cube has with the named part, 0 or 1. */
export const CUBE_CONTACT = {
  fixedJaw: 'sinew_cube_fixed_jaw',
  movingJaw: 'sinew_cube_moving_jaw',
  robot: 'sinew_cube_robot',
} as const;

export interface ModelOptions {
  readonly robot: RobotDescription;
  readonly scene: SceneConfig;
  readonly servo: ServoConfig;
  /** s */
  readonly timestep: number;
}

/** The joints that have a motor, in the order of the description. */
export function actuatedJoints(robot: RobotDescription): readonly Joint[] {
  return [...robot.joints.values()].filter((j) => j.type !== 'fixed' && j.mimic === undefined);
}

/** @throws SinewError for meshes, or when the scene's gripper joint is not in the robot */
export function buildMjcf(options: ModelOptions): string {
  const { robot, scene, servo, timestep } = options;
  const jaw = robot.joints.get(scene.gripper_joint);
  if (jaw === undefined) {
    throw new SinewError(`the robot has no joint "${scene.gripper_joint}"`, {
      where: 'scene.gripper_joint',
      expected: `one of ${[...robot.joints.keys()].join(', ')}`,
    });
  }
  const contact = (name: string, other: string): string =>
    `<contact name="${name}" body1="${CUBE_BODY}" ${other} data="found" num="1"/>`;
  return `<mujoco model="${xml(robot.name)}">
<compiler angle="radian" autolimits="true" balanceinertia="true"/>
<option timestep="${timestep}" integrator="implicitfast" cone="elliptic" impratio="10" noslip_iterations="2"/>
<default><geom solref="0.006 1" solimp="0.95 0.99 0.001" condim="4"/></default>
<worldbody>
<geom name="sinew_table" type="plane" pos="0 0 ${scene.table.height}" size="1 1 0.1"/>
${cubeBody(scene)}
${linkBody(robot, robot.root, undefined)}
</worldbody>
<contact>${excludedPairs(robot)}</contact>
<equality>${mimics(robot)}</equality>
<actuator>${actuatedJoints(robot)
    .map((joint) => actuator(joint, servo))
    .join('\n')}</actuator>
<sensor>
${contact(CUBE_CONTACT.fixedJaw, `body2="${xml(jaw.parent)}"`)}
${contact(CUBE_CONTACT.movingJaw, `body2="${xml(jaw.child)}"`)}
${contact(CUBE_CONTACT.robot, `subtree2="${xml(robot.root)}"`)}
</sensor>
</mujoco>`;

  function linkBody(from: RobotDescription, name: string, joint: Joint | undefined): string {
    const link = from.links.get(name);
    if (link === undefined) throw new SinewError(`no link "${name}"`, { where: from.file });
    const children = [...from.joints.values()].filter((j) => j.parent === name);
    return `<body name="${xml(name)}" ${joint === undefined ? '' : place(joint.origin)}>
${joint === undefined ? '' : jointElement(joint, servo)}
${link.inertial === undefined ? '' : inertial(link.inertial)}
${link.collisions.map((shape, i) => geom(link, shape, i)).join('\n')}
${children.map((child) => linkBody(from, child.child, child)).join('\n')}
</body>`;
  }
}

/** The cube decides friction of all its contacts: its priority is above the other geoms'. */
function cubeBody(scene: SceneConfig): string {
  const { size, mass, friction } = scene.cube;
  const half = size / 2;
  return `<body name="${CUBE_BODY}" pos="0 0 ${scene.table.height + half}">
<freejoint name="${CUBE_JOINT}"/>
<geom name="${CUBE_BODY}" type="box" size="${half} ${half} ${half}" mass="${mass}" priority="1" condim="4" friction="${friction} 0.02 0.001"/>
</body>`;
}

function place(origin: Shape['origin']): string {
  return `pos="${origin.xyz.join(' ')}" quat="${quaternionFromRpy(origin.rpy).join(' ')}"`;
}

function jointElement(joint: Joint, servo: ServoConfig): string {
  if (joint.type === 'fixed') return '';
  const type = joint.type === 'prismatic' ? 'slide' : 'hinge';
  const { lower, upper } = joint.limit ?? {};
  const range =
    lower === undefined || upper === undefined ? '' : `limited="true" range="${lower} ${upper}"`;
  return `<joint name="${xml(joint.name)}" type="${type}" axis="${joint.axis.join(' ')}" ${range} damping="${joint.damping}" frictionloss="${joint.friction}" armature="${servo.armature}"/>`;
}

function actuator(joint: Joint, servo: ServoConfig): string {
  const effort = joint.limit?.effort ?? 0;
  const force = effort > 0 ? `forcelimited="true" forcerange="${-effort} ${effort}"` : '';
  const name = xml(joint.name);
  return `<position name="${name}" joint="${name}" kp="${servo.kp}" kv="${servo.kv}" ${force}/>`;
}

/** MuJoCo takes a full tensor only in the body's axes. */
function inertial({ origin, mass, inertia }: Inertial): string {
  const { ixx, ixy, ixz, iyy, iyz, izz } = inertia;
  const tensor = [ixx, ixy, ixz, ixy, iyy, iyz, ixz, iyz, izz];
  const t = rotateTensor(matrixFromRpy(origin.rpy), tensor);
  const full = [t[0], t[4], t[8], t[1], t[2], t[5]].join(' ');
  return `<inertial pos="${origin.xyz.join(' ')}" mass="${mass}" fullinertia="${full}"/>`;
}

function geom(link: Link, shape: Shape, index: number): string {
  const name = xml(`${link.name}/${index}/${shape.name ?? ''}`);
  return `<geom name="${name}" ${place(shape.origin)} ${geomSize(shape.geometry, link)}/>`;
}

function geomSize(geometry: Geometry, link: Link): string {
  switch (geometry.type) {
    case 'box':
      return `type="box" size="${geometry.size.map((length) => length / 2).join(' ')}"`;
    case 'cylinder':
    case 'capsule':
      return `type="${geometry.type}" size="${geometry.radius} ${geometry.length / 2}"`;
    case 'sphere':
      return `type="sphere" size="${geometry.radius}"`;
    case 'mesh':
      throw new SinewError(`link "${link.name}" has a mesh (${geometry.filename})`, {
        where: 'simulator',
        expected: 'boxes, cylinders, capsules and spheres',
        cure: 'describe the link by primitive shapes',
      });
  }
}

/** Links that are one or two joints apart touch by design; they never collide. */
function excludedPairs(robot: RobotDescription): string {
  const parent = new Map([...robot.joints.values()].map((joint) => [joint.child, joint.parent]));
  const lines: string[] = [];
  for (const name of robot.links.keys()) {
    let ancestor = parent.get(name);
    for (let steps = 0; steps < 2 && ancestor !== undefined; steps++) {
      lines.push(`<exclude body1="${xml(ancestor)}" body2="${xml(name)}"/>`);
      ancestor = parent.get(ancestor);
    }
  }
  return lines.join('\n');
}

function mimics(robot: RobotDescription): string {
  return [...robot.joints.values()]
    .map(({ name, mimic }) =>
      mimic === undefined
        ? ''
        : `<joint joint1="${xml(name)}" joint2="${xml(mimic.joint)}" polycoef="${mimic.offset} ${mimic.multiplier} 0 0 0"/>`,
    )
    .join('\n');
}

function xml(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('"', '&quot;');
}
