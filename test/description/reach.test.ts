/** Bounds of reach: no point and no distance ever changes faster, on random robots and on real ones. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { collisionModel, type SceneShape } from '../../src/description/collision_model.js';
import type { LinkCapsule } from '../../src/description/collision_shapes.js';
import {
  boxDistance,
  capsuleDistance,
  type Distance,
  halfSpaceDistance,
  newBox,
  newDistance,
  steepestSlope,
} from '../../src/description/distance.js';
import { Kinematics } from '../../src/description/kinematics.js';
import { PlacedCapsules } from '../../src/description/placed_capsules.js';
import { type JointTree, pointReach, Reach } from '../../src/description/reach.js';
import { loadRobot } from '../../src/description/robot.js';
import type { Vector3 } from '../../src/description/robot_description.js';
import { parseUrdf } from '../../src/description/urdf_parser.js';
import { type ChainJoint, chains, chainUrdf, repositoryFile } from './robots.js';

const coordinate = fc.double({ min: -0.3, max: 0.3, noNaN: true });
const point: fc.Arbitrary<Vector3> = fc.tuple(coordinate, coordinate, coordinate);
const radius = fc.double({ min: 0.01, max: 0.05, noNaN: true });
/** Sliding joints of the random robots have limits of ±2 m and may leave them by 0.1 m. */
const positions = fc.array(fc.double({ min: -2.1, max: 2.1, noNaN: true }), {
  minLength: 9,
  maxLength: 9,
});

function chainTree(joints: readonly ChainJoint[], held: readonly string[] = []): JointTree {
  const movable = joints.flatMap((joint, i) => (joint.type === 'fixed' ? [] : [`j${i}`]));
  return {
    description: parseUrdf(chainUrdf(joints), 'chain.urdf'),
    joints: movable.filter((joint) => !held.includes(joint)),
    base: 'l0',
    fixed: Object.fromEntries(movable.filter((j) => held.includes(j)).map((j) => [j, 0.7])),
  };
}

const kinematicsOf = (tree: JointTree) =>
  new Kinematics(tree.description, { ...tree, tool: tree.base });

/** Rates at which the distance last measured changes with the joints. */
function rates(
  kinematics: Kinematics,
  distance: Distance,
  first: number,
  second: number | undefined,
): Float64Array {
  const { qx, qy, qz, gx, gy, gz } = distance;
  const out = new Float64Array(kinematics.joints.length);
  kinematics.addPointGradient(first, distance, out, 0);
  const other = { px: qx, py: qy, pz: qz, gx: -gx, gy: -gy, gz: -gz };
  if (second !== undefined) kinematics.addPointGradient(second, other, out, 0);
  return out;
}

/** The greatest share of a bound that a rate takes; a rate of next to nothing takes none. */
function share(found: Float64Array, reach: readonly number[]): number {
  return Math.max(
    0,
    ...reach.map((bound, i) => (Math.abs(found[i] ?? NaN) - 1e-9) / Math.max(bound, 1e-12)),
  );
}

describe('the reach of a point', () => {
  it('is never exceeded by its speed, on random robots with some joints held', () => {
    fc.assert(
      fc.property(chains, point, positions, fc.integer({ min: 0, max: 8 }), (joints, p, q, j) => {
        const tree = chainTree(joints, [`j${j}`]);
        const n = tree.joints.length;
        const link = `l${joints.length}`;
        const reach = pointReach(tree, link, p);
        const kinematics = kinematicsOf(tree);
        kinematics.update(q);
        const at = kinematics.linkOffset(link);
        const world = [0, 4, 8].map((row) => {
          const pose = kinematics.linkPoses.slice(at + row, at + row + 4);
          return p.reduce((sum, x, i) => sum + x * (pose[i] ?? NaN), pose[3] ?? NaN);
        });
        const jacobian = new Float64Array(3 * n);
        kinematics.pointJacobian(at, world[0] ?? 0, world[1] ?? 0, world[2] ?? 0, jacobian);
        reach.forEach((bound, i) => {
          const speed = Math.hypot(...[0, n, 2 * n].map((row) => jacobian[row + i] ?? NaN));
          expect(speed).toBeLessThanOrEqual(bound + 1e-9);
        });
      }),
      { numRuns: 200 },
    );
  });

  it('is the length of a straight arm, whatever its joints’ ranges, and 1 for sliding joints', () => {
    const joint = (type: ChainJoint['type'], length: number): ChainJoint => ({
      type,
      xyz: [length, 0, 0.2],
      rpy: [0, 0, 0],
      axis: [0, 0, 1],
    });
    const tree = chainTree([
      joint('revolute', 0),
      joint('continuous', 0.4),
      joint('revolute', 0.3),
    ]);
    const straight = pointReach(tree, 'l3', [0.1, 0, 5]);
    expect(straight).toEqual([0.8, 0.4, 0.1].map((length) => expect.closeTo(length, 12)));
    const sliding = chainTree([joint('prismatic', 0), joint('revolute', 0.4)]);
    expect(pointReach(sliding, 'l2')).toEqual([1, 0]);
  });

  it('counts joints that mimic another, as often and as fast as they do', () => {
    const joint = (name: string, parent: string, child: string, more = '') =>
      `<joint name="${name}" type="revolute"><parent link="${parent}"/><child link="${child}"/>
       <origin xyz="1 0 0"/><axis xyz="0 0 1"/>
       <limit lower="-3" upper="3" velocity="1" effort="1"/>${more}</joint>`;
    const description = parseUrdf(
      `<robot name="r"><link name="a"/><link name="b"/><link name="c"/>
       ${joint('p', 'a', 'b')}${joint('m', 'b', 'c', '<mimic joint="p" multiplier="-2"/>')}</robot>`,
      'r.urdf',
    );
    const tree = { description, joints: ['p'], base: 'a', fixed: {} };
    expect(pointReach(tree, 'c', [0.5, 0, 0])).toEqual([expect.closeTo(1.5 + 2 * 0.5, 12)]);
  });
});

describe('the reach between two bodies', () => {
  it('is never exceeded by the rate of the smooth distance, on random robots', () => {
    let nearest = 0;
    const ends = fc.tuple(point, point, radius);
    const link = fc.integer({ min: 0, max: 9 });
    fc.assert(
      fc.property(chains, ends, ends, link, link, positions, (joints, one, other, i, k, q) => {
        const tree = chainTree(joints);
        const capsules: LinkCapsule[] = [
          { link: `l${i % (joints.length + 1)}`, a: one[0], b: one[1], radius: one[2] },
          { link: `l${k % (joints.length + 1)}`, a: other[0], b: other[1], radius: other[2] },
        ];
        const [first, second] = capsules as [LinkCapsule, LinkCapsule];
        const kinematics = kinematicsOf(tree);
        const placed = new PlacedCapsules(capsules, kinematics);
        kinematics.update(q);
        placed.update();
        const distance = newDistance();
        capsuleDistance(placed.world, placed.offset(0), placed.world, placed.offset(1), distance);
        fc.pre(distance.value >= 0);
        const slope = steepestSlope(first, second);
        const reach = new Reach(tree)
          .between(
            { link: first.link, points: [first.a, first.b] },
            { link: second.link, points: [second.a, second.b] },
          )
          .map((bound) => slope * bound);
        const [firstAt = 0, secondAt = 0] = placed.linkOffsets;
        const used = share(rates(kinematics, distance, firstAt, secondAt), reach);
        expect(used).toBeLessThanOrEqual(1 + 1e-9);
        nearest = Math.max(nearest, used);
      }),
      { numRuns: 200 },
    );
    expect(nearest).toBeGreaterThan(0.5);
  });
});

describe('the reach over a sliding joint', () => {
  const joint = (name: string, type: string, parent: string, child: string, axis: string) =>
    `<joint name="${name}" type="${type}"><parent link="${parent}"/><child link="${child}"/>
     <axis xyz="${axis}"/><limit lower="1" upper="3" velocity="1" effort="1"/></joint>`;
  const slideThenTurn = `${joint('s', 'prismatic', 'a', 'b', '1 0 0')}${joint('t', 'revolute', 'b', 'c', '0 0 1')}`;
  const turnThenSlide = `${joint('t', 'revolute', 'a', 'b', '0 0 1')}${joint('s', 'prismatic', 'b', 'c', '1 0 0')}`;
  const tree = (joints: string): JointTree => ({
    description: parseUrdf(
      `<robot name="r"><link name="a"/><link name="b"/><link name="c"/>${joints}</robot>`,
      'r.urdf',
    ),
    joints: ['t', 's'],
    base: 'a',
    fixed: {},
  });

  it('counts its range, a little widened, from wherever the joint leads', () => {
    expect(pointReach(tree(turnThenSlide), 'c', [0.5, 0, 0])).toEqual([expect.closeTo(3.6, 12), 1]);
    // The axis of the turn comes to x = 0.9 to 3.1, and the long arm on it counts less than that.
    const reach = new Reach(tree(slideThenTurn));
    const arm = { link: 'c', points: [[10, 0, 0] as const] };
    const to = (x: number) => reach.between({ link: 'a', points: [[x, 0, 0]] }, arm);
    expect(to(2)).toEqual([expect.closeTo(1.1, 12), 1]);
    expect(to(-2)).toEqual([expect.closeTo(5.1, 12), 1]);
  });
});

describe.each(['so101', 'ur5e', 'fr3', 'so101_pair', 'koch', 'aloha'])(
  'the model of %s',
  (name) => {
    const robot = loadRobot(repositoryFile(`config/${name}.yaml`));
    const scene: SceneShape[] = [
      { name: 'table', type: 'half_space', normal: [0, 0, 1], offset: 0 },
      { name: 'box', type: 'box', center: [0.3, 0, 0.2], size: [0.1, 0.3, 0.2], rpy: [0.2, 1, 0] },
      { name: 'ball', type: 'sphere', center: [0.3, 0.3, 0.3], radius: 0.1 },
    ];
    const model = collisionModel(robot, scene);

    it('has bounds that no distance of its pairs and its scene ever exceeds', () => {
      const kinematics = kinematicsOf(model);
      const placed = new PlacedCapsules(model.capsules, kinematics);
      const { world } = placed;
      const distance = newDistance();
      let nearest = 0;
      const measureShape = (shape: SceneShape, i: number) => {
        if (shape.type === 'half_space') {
          const [x, y, z] = shape.normal;
          halfSpaceDistance(world, i, x, y, z, shape.offset, distance);
        } else if (shape.type === 'box') {
          boxDistance(world, i, newBox(shape.center, shape.size, shape.rpy), distance);
        } else {
          const ball = Float64Array.of(...shape.center, ...shape.center, shape.radius);
          capsuleDistance(world, i, ball, 0, distance);
        }
      };
      const check = (reach: readonly number[], first: number, second?: number) => {
        const { linkOffsets } = placed;
        const to = second === undefined ? undefined : linkOffsets[second];
        const used = share(rates(kinematics, distance, linkOffsets[first] ?? 0, to), reach);
        expect(used).toBeLessThanOrEqual(1 + 1e-9);
        nearest = Math.max(nearest, used);
      };
      // A little beyond the limits too, where an arm may be when it starts.
      const pose = fc.tuple(
        ...robot.limits.map(({ lower, upper }) =>
          fc.double({ min: Math.max(lower, -7) - 0.1, max: Math.min(upper, 7) + 0.1, noNaN: true }),
        ),
      );
      fc.assert(
        fc.property(pose, (q) => {
          kinematics.update(q);
          placed.update();
          for (const { first, second, reach } of model.pairs) {
            capsuleDistance(world, placed.offset(first), world, placed.offset(second), distance);
            if (distance.value >= 0) check(reach, first, second);
          }
          for (const { shape, capsule, reach } of model.scene) {
            measureShape(shape, placed.offset(capsule));
            if (distance.value >= 0) check(reach, capsule);
          }
        }),
        { numRuns: 60 },
      );
      expect(nearest).toBeGreaterThan(0.9);
    });
  },
);
