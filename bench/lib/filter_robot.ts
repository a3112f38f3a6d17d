/**
 * Robots for the filter's benchmark: arms of six or seven joints around a common base, with as many
 * collision pairs as asked for.
 */
import { type CollisionModel, collisionModel } from '../../src/description/collision_model.js';
import { resolveLimits } from '../../src/description/joint_limits.js';
import type { Robot } from '../../src/description/robot.js';
import type { RobotConfig } from '../../src/description/robot_config.js';
import { parseUrdf } from '../../src/description/urdf_parser.js';
import type { FilterLimits } from '../../src/safety/limits.js';
import type { CartesianLimits } from '../../src/safety/options.js';

export interface BenchRobot {
  readonly joints: number;
  readonly pairs: number;
  readonly limits: readonly FilterLimits[];
  readonly cartesian: CartesianLimits;
  /** A pose far from everything, rad. */
  readonly home: readonly number[];
}

/** m */
const LINK = 0.16;
const RADIUS = 0.035;
/** m: the arms stand on a circle of this radius, close enough to meet. */
const CIRCLE = 0.35;
/** rad: every second joint bends, so that no link is near another but one. */
const BEND = 0.45;
const LIMITS = { lower: -2.4, upper: 2.4, velocity: 2, acceleration: 10, jerk: 200 };

/** The shapes of a link: `count` short capsules in a row along its z axis. */
function shapes(count: number): string {
  const length = (LINK - 2 * RADIUS) / count;
  return Array.from({ length: count }, (_, i) => {
    const z = RADIUS + (i + 0.5) * length;
    return `<collision><origin xyz="0 0 ${z}"/><geometry>
      <capsule radius="${RADIUS}" length="${length / 2}"/></geometry></collision>`;
  }).join('');
}

/** URDF of an arm of n joints; the first turns about z, then y and z in turn. */
function arm(name: string, n: number, place: string, capsules: number): string {
  let text = `<link name="${name}0">${shapes(capsules)}</link>
    <joint name="${name}mount" type="fixed"><parent link="base"/><child link="${name}0"/>
      <origin ${place}/></joint>`;
  for (let i = 1; i <= n; i++) {
    text += `<link name="${name}${i}">${shapes(capsules)}</link>
      <joint name="${name}joint${i}" type="revolute">
        <parent link="${name}${i - 1}"/><child link="${name}${i}"/>
        <origin xyz="0 0 ${LINK}"/><axis xyz="${i % 2 === 1 ? '0 0 1' : '0 1 0'}"/>
        <limit lower="${LIMITS.lower}" upper="${LIMITS.upper}" velocity="${LIMITS.velocity}"
          effort="50"/></joint>`;
  }
  return text;
}

/** Robot of `joints` joints: one arm up to seven, else arms of seven. */
function robotOf(joints: number, capsules: number, self: boolean): Robot {
  const each = Math.min(joints, 7);
  const arms = joints / each;
  const names = Array.from({ length: arms }, (_, k) => `arm${k}_`);
  const bodies = names.map((name, k) => {
    const angle = (2 * Math.PI * k) / arms;
    const radius = arms > 1 ? CIRCLE : 0;
    const at = `xyz="${radius * Math.cos(angle)} ${radius * Math.sin(angle)} 0"`;
    return arm(name, each, `${at} rpy="0 0 ${angle}"`, capsules);
  });
  const urdf = `<robot name="bench"><link name="base"/>${bodies.join('')}</robot>`;
  const ids = names.flatMap((name) =>
    Array.from({ length: each }, (_, i) => `${name}joint${i + 1}`),
  );
  const home = ids.map((_, i) => ((i % each) % 2 === 1 ? BEND : 0));
  const description = parseUrdf(urdf, 'bench.urdf');
  const { acceleration, jerk } = LIMITS;
  const config: RobotConfig = {
    file: 'bench.yaml',
    name: 'bench',
    urdf: 'bench.urdf',
    baseLink: 'base',
    toolLink: `${names[0]}${each}`,
    toolLinks: names.map((name) => `${name}${each}`),
    joints: ids,
    groups: {},
    limits: Object.fromEntries(ids.map((id) => [id, { acceleration, jerk }])),
    home: Object.fromEntries(ids.map((id, i) => [id, home[i] ?? 0])),
    collision: { self, capsulesPerLink: capsules, padding: 0, ignore: [], check: [] },
  };
  return { config, description, limits: resolveLimits(description, config), home };
}

/** A model with exactly `count` pairs, spread evenly over all that it has. */
function thinned(model: CollisionModel, count: number): CollisionModel {
  const all = model.pairs;
  const pairs = all.filter((_, i) => {
    return Math.floor(((i + 1) * count) / all.length) > Math.floor((i * count) / all.length);
  });
  return { ...model, pairs };
}

/** @throws Error when no such robot can be made */
export function benchRobot(joints: number, pairs: number): BenchRobot {
  for (let capsules = 1; capsules <= 8; capsules++) {
    const robot = robotOf(joints, capsules, pairs > 0);
    const model = collisionModel(robot);
    if (model.pairs.length < pairs) continue;
    const cartesian: CartesianLimits = {
      model: thinned(model, pairs),
      tools: robot.config.toolLinks,
      toolSpeed: 1.5,
      workspace: [],
      barrier: { gain: 8, selfMargin: 0.01, sceneMargin: 0.01 },
      grossOverlap: 0.02,
    };
    return { joints, pairs, limits: robot.limits, cartesian, home: robot.home };
  }
  throw new Error(`no robot of ${joints} joints with ${pairs} collision pairs`);
}
