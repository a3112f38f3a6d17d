/** Random robots: chains of 1 to 7 joints of all types with random shapes, limits and scenes. */
import { collisionModel, type SceneShape } from '../../src/description/collision_model.js';
import { resolveLimits } from '../../src/description/joint_limits.js';
import type { Robot } from '../../src/description/robot.js';
import type { LimitOverrides, RobotConfig } from '../../src/description/robot_config.js';
import { parseUrdf } from '../../src/description/urdf_parser.js';
import type { HalfSpace } from '../../src/safety/options.js';
import { type AttackedRobot, attacked, randomPose } from './attacked_robot.js';

type Random = () => number;

const between = (random: Random, low: number, high: number) => low + random() * (high - low);
const vector = (random: Random, size: number): [number, number, number] => [
  between(random, -size, size),
  between(random, -size, size),
  between(random, -size, size),
];

function unit(random: Random): [number, number, number] {
  const [x, y, z] = vector(random, 1);
  const length = Math.hypot(x, y, z);
  return length > 0.1 ? [x / length, y / length, z / length] : [0, 0, 1];
}

/** One shape of a link whose next joint is at `end`. */
function shape(random: Random, end: readonly number[]): string {
  const r = between(random, 0.01, 0.05);
  const middle = end.map((value) => value * between(random, 0.3, 0.7)).join(' ');
  const turn = vector(random, 3).join(' ');
  const kind = random();
  const geometry =
    kind < 0.4
      ? `<capsule radius="${r}" length="${between(random, 0.02, 0.2)}"/>`
      : kind < 0.6
        ? `<cylinder radius="${r}" length="${between(random, 0.02, 0.2)}"/>`
        : kind < 0.8
          ? `<box size="${r} ${2 * r} ${between(random, 0.02, 0.2)}"/>`
          : `<sphere radius="${r}"/>`;
  return `<collision><origin xyz="${middle}" rpy="${turn}"/><geometry>${geometry}</geometry></collision>`;
}

interface Chain {
  readonly xml: string;
  readonly joints: readonly string[];
  readonly limits: Record<string, LimitOverrides>;
}

/** A chain of n joints; the last link, "tool", has no shape. */
function chain(random: Random, n: number): Chain {
  const links: string[] = [];
  const joints: string[] = [];
  const limits: Record<string, LimitOverrides> = {};
  let at = [0, 0, 0];
  for (let i = 0; i <= n; i++) {
    const end = vector(random, 0.15).map((value, axis) => (axis === 2 ? value + 0.1 : value));
    const shapes = Array.from({ length: random() < 0.5 ? 1 : 2 }, () => shape(random, end));
    links.push(`<link name="l${i}">${shapes.join('')}</link>`);
    if (i === n) {
      links.push(`<link name="tool"/>`);
      joints.push(
        `<joint name="tip" type="fixed"><parent link="l${i}"/><child link="tool"/>
          <origin xyz="${end.join(' ')}"/></joint>`,
      );
      break;
    }
    const sliding = random() < 0.15;
    const endless = !sliding && random() < 0.15;
    const type = sliding ? 'prismatic' : endless ? 'continuous' : 'revolute';
    const range = sliding ? between(random, 0.05, 0.4) : between(random, 0.5, 6);
    const centre = between(random, -1, 1) * (sliding ? 0.1 : 1);
    const velocity = between(random, 0.2, sliding ? 1 : 6);
    const bounds = endless ? '' : `lower="${centre - range / 2}" upper="${centre + range / 2}"`;
    joints.push(
      `<joint name="j${i}" type="${type}"><parent link="l${i}"/><child link="l${i + 1}"/>
        <origin xyz="${at.join(' ')}" rpy="${vector(random, 1.6).join(' ')}"/>
        <axis xyz="${unit(random).join(' ')}"/>
        <limit ${bounds} velocity="${velocity}" effort="10"/></joint>`,
    );
    const acceleration = velocity / between(random, 0.05, 1);
    limits[`j${i}`] = {
      acceleration,
      jerk: acceleration / between(random, 0.01, 0.5),
      ...(random() < 0.3 ? { deceleration: acceleration * between(random, 0.3, 1) } : {}),
    };
    at = end;
  }
  const names = Object.keys(limits);
  return {
    xml: `<robot name="random">${links.join('')}${joints.join('')}</robot>`,
    joints: names,
    limits,
  };
}

function scene(random: Random): SceneShape[] {
  const shapes: SceneShape[] = [];
  if (random() < 0.6) {
    shapes.push({
      name: 'plane',
      type: 'half_space',
      normal: unit(random),
      offset: -between(random, 0.05, 0.5),
    });
  }
  if (random() < 0.5) {
    const size = vector(random, 0.3).map((value) => Math.abs(value) + 0.02);
    const [x = 1, y = 1, z = 1] = size;
    const [center, rpy] = [vector(random, 0.6), vector(random, 3)];
    shapes.push({ name: 'box', type: 'box', center, size: [x, y, z], rpy });
  }
  if (random() < 0.5) {
    const radius = between(random, 0.02, 0.2);
    shapes.push({ name: 'ball', type: 'sphere', center: vector(random, 0.6), radius });
  }
  return shapes;
}

/** A random robot in a random scene; undefined where no pose is clear to start from. */
export function randomRobot(random: Random): AttackedRobot | undefined {
  const { xml, joints, limits: overrides } = chain(random, 1 + Math.floor(7 * random()));
  const description = parseUrdf(xml, 'random.urdf');
  const config: RobotConfig = {
    file: 'random.yaml',
    name: 'random',
    urdf: 'random.urdf',
    baseLink: 'l0',
    toolLink: 'tool',
    toolLinks: ['tool'],
    joints,
    groups: {},
    limits: overrides,
    home: Object.fromEntries(joints.map((joint) => [joint, 0])),
    collision: {
      self: random() < 0.85,
      capsulesPerLink: random() < 0.5 ? 1 : 2,
      padding: random() < 0.5 ? 0 : 0.005,
      ignore: [],
      check: [],
    },
  };
  const limits = resolveLimits(description, config);
  const home = randomPose(limits, random);
  const robot: Robot = { config, description, limits, home };
  const planes = Array.from({ length: Math.floor(3 * random()) }, (_, i): HalfSpace => {
    return { name: `side ${i}`, normal: unit(random), offset: -between(random, 0.1, 0.7) };
  });
  const cartesian = {
    model: collisionModel(robot, scene(random)),
    tools: ['tool'],
    toolSpeed: random() < 0.3 ? Infinity : between(random, 0.1, 2),
    workspace: planes,
    barrier: {
      gain: between(random, 1, 30),
      selfMargin: between(random, 0.002, 0.03),
      sceneMargin: between(random, 0.002, 0.03),
    },
    grossOverlap: 0.02,
  };
  const made = attacked(limits, cartesian, home, random);
  return made.starts.length > 0 ? made : undefined;
}
