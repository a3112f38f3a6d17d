/**
 * Kinematics and distances of every robot in config/ against Pinocchio and Coal, on 1,000 random poses
 * (made by golden/make_reference.py).
 */
import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import type { SceneShape } from '../../src/description/collision_model.js';
import type { LinkCapsule } from '../../src/description/collision_shapes.js';
import {
  boxDistance,
  capsuleDistance,
  halfSpaceDistance,
  newBox,
  newDistance,
  trueCapsuleDistance,
} from '../../src/description/distance.js';
import { Kinematics } from '../../src/description/kinematics.js';
import { PlacedCapsules } from '../../src/description/placed_capsules.js';
import { loadRobot } from '../../src/description/robot.js';
import { fromQuaternion } from '../../src/description/transform.js';
import { sceneDistance } from './exact_distance.js';
import { repositoryFile } from './robots.js';

interface Reference {
  readonly seed: number;
  readonly poses: number;
  readonly link_poses: number;
  readonly jacobians: number;
  readonly self_share: number;
  readonly scene_share: number;
  readonly layout: Record<Part, { offset: number; count: number; type: '<f4' | '<f8' }>;
  readonly base: string;
  readonly tools: readonly string[];
  readonly joints: readonly string[];
  readonly lower: readonly number[];
  readonly upper: readonly number[];
  readonly links: readonly string[];
  readonly capsules: readonly LinkCapsule[];
  readonly pairs: readonly (readonly [number, number])[];
  readonly shapes: readonly SceneShape[];
  readonly scene: readonly (readonly [number, number])[];
}
type Part = 'tools' | 'links' | 'jacobians' | 'pairs' | 'scene';

/** Numbers of a pose: position, then quaternion (w, x, y, z). */
const POSE = 7;

function load(name: string) {
  const file = (end: string) => repositoryFile(`test/description/golden/${name}.${end}`);
  const reference: Reference = JSON.parse(readFileSync(file('json'), 'utf8'));
  const bytes = readFileSync(file('bin'));
  const part = (key: Part): Float64Array => {
    const { offset, count, type } = reference.layout[key];
    const wide = type === '<f8';
    return Float64Array.from({ length: count }, (_, i) =>
      wide ? bytes.readDoubleLE(offset + 8 * i) : bytes.readFloatLE(offset + 4 * i),
    );
  };
  return { reference, part };
}

/** The same numbers in [0, 1) as in make_reference.py. */
function uniform(seed: number): () => number {
  let state = seed;
  return () => {
    state = (Math.imul(1664525, state) + 1013904223) >>> 0;
    return state / 2 ** 32;
  };
}

const at = <T>(list: ArrayLike<T>, i: number): T => {
  const item = list[i];
  if (item === undefined) throw new Error(`nothing at ${i}`);
  return item;
};

describe.each(['so101', 'ur5e', 'fr3', 'so101_pair', 'koch', 'aloha'])('the robot %s', (name) => {
  const { reference, part } = load(name);
  const robot = loadRobot(repositoryFile(`config/${name}.yaml`));
  const { joints, base, tools, links } = reference;
  const kinematics = new Kinematics(robot.description, { joints, base, tool: at(tools, 0) });
  const placed = new PlacedCapsules(reference.capsules, kinematics);
  const { world } = placed;
  const lengths = reference.capsules.map(({ a, b }) =>
    Math.hypot(...a.map((x, i) => x - at(b, i))),
  );

  /** Calls `visit` in each of the first `count` poses. */
  function walk(count: number, visit: (pose: number) => void): void {
    const next = uniform(reference.seed);
    for (let pose = 0; pose < count; pose++) {
      const q = joints.map((_, i) => {
        const lower = at(reference.lower, i);
        return lower + (at(reference.upper, i) - lower) * next();
      });
      kinematics.update(q);
      placed.update();
      visit(pose);
    }
  }

  /** Greatest difference between a link's pose and the one that begins at `from` in `poses`. */
  function poseError(link: string, poses: Float64Array, from: number): number {
    const numbers = poses.subarray(from, from + POSE);
    const expected = fromQuaternion(numbers.subarray(0, 3), numbers.subarray(3));
    const offset = kinematics.linkOffset(link);
    return Math.max(...expected.map((x, i) => Math.abs(x - at(kinematics.linkPoses, offset + i))));
  }

  it('has the joints that the reference was made for', () => {
    expect(robot.config.joints).toEqual(joints);
    expect(robot.config.toolLinks).toEqual(tools);
    expect(reference.poses).toBe(1000);
  });

  it('has its tools where Pinocchio has them, to 1e-9, and all other links', () => {
    const toolPoses = part('tools');
    const linkPoses = part('links');
    expect(linkPoses.length).toBe(reference.link_poses * links.length * POSE);
    let worst = 0;
    walk(reference.poses, (pose) => {
      tools.forEach((tool, i) => {
        worst = Math.max(worst, poseError(tool, toolPoses, (pose * tools.length + i) * POSE));
      });
      if (pose >= reference.link_poses) return;
      links.forEach((link, i) => {
        worst = Math.max(worst, poseError(link, linkPoses, (pose * links.length + i) * POSE));
      });
    });
    expect(worst).toBeLessThan(1e-9);
  });

  it('has Pinocchio’s Jacobian, to 1e-9', () => {
    const expected = part('jacobians');
    const size = 6 * joints.length;
    expect(expected.length).toBe(reference.jacobians * size);
    const jacobian = new Float64Array(size);
    let worst = 0;
    walk(reference.jacobians, (pose) => {
      kinematics.jacobianHere(jacobian);
      jacobian.forEach((x, i) => {
        worst = Math.max(worst, Math.abs(x - at(expected, pose * size + i)));
      });
    });
    expect(worst).toBeLessThan(1e-9);
  });

  it('has Coal’s distances between its capsules, to 1e-6; the smooth ones lie just below', () => {
    const expected = part('pairs');
    const share = reference.self_share;
    const smooth = newDistance();
    let worst = 0;
    let above = Number.NEGATIVE_INFINITY;
    let tooLow = Number.NEGATIVE_INFINITY;
    let overlapping = 0;
    walk(reference.poses, (pose) => {
      for (let n = pose * share; n < (pose + 1) * share; n++) {
        const [first, second] = at(reference.pairs, n % reference.pairs.length);
        const [i, k] = [placed.offset(first), placed.offset(second)];
        const exact = trueCapsuleDistance(world, i, world, k);
        worst = Math.max(worst, Math.abs(exact - at(expected, n)));
        if (exact < 0) overlapping++;
        capsuleDistance(world, i, world, k, smooth);
        above = Math.max(above, smooth.value - exact);
        const axes = exact + at(world, i + 6) + at(world, k + 6);
        const most = 0.001 * (at(lengths, first) ** 2 + at(lengths, second) ** 2);
        if (axes > 0) tooLow = Math.max(tooLow, exact - smooth.value - most / 4 / axes);
      }
    });
    expect(worst).toBeLessThan(1e-6);
    expect(above).toBeLessThan(1e-12);
    expect(tooLow).toBeLessThan(1e-12);
    expect(overlapping).toBeGreaterThan(20);
  });

  it('has Coal’s exact distances from half-spaces, boxes and a sphere, to 1e-6', () => {
    const expected = part('scene');
    const share = reference.scene_share;
    const compared = reference.shapes.map(() => 0);
    let worst = 0;
    walk(reference.poses, (pose) => {
      for (let n = pose * share; n < (pose + 1) * share; n++) {
        const [shape, capsule] = at(reference.scene, n % reference.scene.length);
        const coal = at(expected, n);
        // A box far away is only told to be far; how deep a capsule is in one is a matter of definition.
        const box = at(reference.shapes, shape).type === 'box';
        if (box && (coal > 0.2 || coal <= 0)) continue;
        const distance = sceneDistance(
          world,
          placed.offset(capsule),
          at(reference.shapes, shape),
        )();
        worst = Math.max(worst, Math.abs(distance - coal));
        compared[shape] = at(compared, shape) + 1;
      }
    });
    expect(worst).toBeLessThan(1e-6);
    expect(Math.min(...compared)).toBeGreaterThan(30);
  });

  it('has Coal’s distances from half-spaces, boxes and a sphere, or just less', () => {
    const expected = part('scene');
    const share = reference.scene_share;
    const smooth = newDistance();
    const measures = reference.shapes.map((shape) => {
      if (shape.type === 'half_space') {
        const [x, y, z] = shape.normal;
        return (i: number) => halfSpaceDistance(world, i, x, y, z, shape.offset, smooth);
      }
      if (shape.type === 'box') {
        const box = newBox(shape.center, shape.size, shape.rpy);
        return (i: number) => boxDistance(world, i, box, smooth);
      }
      const ball = Float64Array.of(...shape.center, ...shape.center, shape.radius);
      return (i: number) => {
        capsuleDistance(world, i, ball, 0, smooth);
        const exact = trueCapsuleDistance(world, i, ball, 0);
        expect(smooth.value).toBeLessThanOrEqual(exact + 1e-12);
        smooth.value = exact;
      };
    });
    const compared = reference.shapes.map(() => 0);
    let above = Number.NEGATIVE_INFINITY;
    let tooLow = Number.NEGATIVE_INFINITY;
    walk(reference.poses, (pose) => {
      for (let n = pose * share; n < (pose + 1) * share; n++) {
        const [shape, capsule] = at(reference.scene, n % reference.scene.length);
        const truth = at(expected, n);
        // How deep a capsule is in a box is a matter of definition.
        if (at(reference.shapes, shape).type === 'box' && truth <= 0) continue;
        at(measures, shape)(placed.offset(capsule));
        above = Math.max(above, smooth.value - truth);
        const slack = at(reference.shapes, shape).type === 'sphere' ? 0 : 0.0025;
        tooLow = Math.max(tooLow, truth - smooth.value - slack * at(lengths, capsule));
        compared[shape] = at(compared, shape) + 1;
      }
    });
    expect(above).toBeLessThan(1e-6);
    expect(tooLow).toBeLessThan(1e-6);
    expect(Math.min(...compared)).toBeGreaterThan(500);
  });
});
