/**
 * A robot whose geometry can be done in the head: two slides carry a ball (radius 0.02 m) along x and
 * y; a third slide carries another ball along x, 0.5 m above on the same y = 0.
 */
import { collisionModel, type SceneShape } from '../../src/description/collision_model.js';
import type { Robot } from '../../src/description/robot.js';
import { parseUrdf } from '../../src/description/urdf_parser.js';
import { SafetyFilter } from '../../src/safety/filter.js';
import type { FilterLimits } from '../../src/safety/limits.js';
import type { CartesianLimits, FilterOptions } from '../../src/safety/options.js';

const BALL = '<collision><geometry><sphere radius="0.02"/></geometry></collision>';
const slide = (name: string, parent: string, child: string, axis: string, at = '0 0 0') =>
  `<joint name="${name}" type="prismatic"><parent link="${parent}"/><child link="${child}"/>
    <origin xyz="${at}"/><axis xyz="${axis}"/>
    <limit lower="-1" upper="1" velocity="1" effort="10"/></joint>`;

const URDF = `<robot name="gantry">
  <link name="base"/><link name="bridge"/><link name="ball">${BALL}</link>
  <link name="other">${BALL}</link>
  ${slide('x', 'base', 'bridge', '1 0 0')}
  ${slide('y', 'bridge', 'ball', '0 1 0')}
  ${slide('z', 'base', 'other', '1 0 0', '0.5 0 0')}
</robot>`;

export const GANTRY_LIMITS: readonly FilterLimits[] = ['x', 'y', 'z'].map((name) => ({
  name,
  lower: -1,
  upper: 1,
  velocity: 1,
  acceleration: 4,
  jerk: 100,
}));

/** The gantry's Cartesian limits: margins of 0.02 m, no scene, no workspace, no speed limit. */
export function gantryLimits(
  scene: readonly SceneShape[] = [],
  change: Partial<CartesianLimits> = {},
): CartesianLimits {
  const description = parseUrdf(URDF, 'gantry.urdf');
  const joints = ['x', 'y', 'z'];
  const robot = {
    config: {
      file: 'gantry.yaml',
      name: 'gantry',
      urdf: 'gantry.urdf',
      baseLink: 'base',
      toolLink: 'ball',
      toolLinks: ['ball'],
      joints,
      groups: {},
      limits: {},
      home: {},
      collision: { self: true, capsulesPerLink: 2, padding: 0, ignore: [], check: [] },
    },
    description,
    limits: [],
    home: [0, 0, 0],
  } satisfies Robot;
  return {
    model: collisionModel(robot, scene),
    tools: ['ball'],
    toolSpeed: Number.POSITIVE_INFINITY,
    workspace: [],
    barrier: { gain: 10, selfMargin: 0.02, sceneMargin: 0.02 },
    grossOverlap: 0.005,
    ...change,
  };
}

/** A filter over the gantry, started at `start`. */
export function gantry(
  cartesian: CartesianLimits,
  start: readonly number[] = [0, 0, 0],
  options: FilterOptions = {},
): SafetyFilter {
  const filter = new SafetyFilter(GANTRY_LIMITS, { cartesian, ...options });
  const verdict = filter.start(Float64Array.from(start));
  if (!verdict.ready) throw new Error(verdict.why);
  return filter;
}

/** `count` ticks of h seconds towards `target`; calls `each` after every tick. */
export function drive(
  filter: SafetyFilter,
  target: readonly number[],
  count: number,
  each: (command: NonNullable<ReturnType<SafetyFilter['stop']>>) => void = () => {},
  h = 0.01,
): void {
  const desired = Float64Array.from(target);
  const unknown = new Float64Array(target.length).fill(Number.NaN);
  for (let i = 0; i < count; i++) {
    const command = filter.follow(h, desired, unknown);
    if (command === undefined) throw new Error('no command');
    each(command);
  }
}
