/** Every robot profile in config/: it loads, stands clear at home, and checks the right links. */
import { describe, expect, it } from 'vitest';
import { collisionModel } from '../../src/description/collision_model.js';
import { trueCapsuleDistance } from '../../src/description/distance.js';
import { PlacedCapsules } from '../../src/description/placed_capsules.js';
import { type Robot, robotKinematics } from '../../src/description/robot.js';
import type { Shape } from '../../src/description/robot_description.js';
import { generator } from '../safety/attack.js';
import {
  type PlacedShape,
  placedShape,
  pointDistance,
  surfacePoints,
  transformed,
  transformedBack,
} from './exact_shapes.js';
import { loadProfile, robotProfiles } from './profiles.js';

/** Clearance at home beyond the safety filter's default margin of 10 mm. */
const HOME_CLEARANCE = 0.015;
const POSES = 300;

function randomPose(robot: Robot, random: () => number): number[] {
  return robot.limits.map(({ lower, upper }) => lower + random() * (upper - lower));
}

function shapes(robot: Robot, link: string): readonly Shape[] {
  return robot.description.links.get(link)?.collisions ?? [];
}

/** Least distance of two links' exact shapes at the present pose, as their surface points show it. */
function exactDistance(
  poses: Float64Array,
  one: { at: number; points: readonly (readonly [number, number, number])[] },
  other: { at: number; shapes: readonly PlacedShape[] },
): number {
  let least = Number.POSITIVE_INFINITY;
  for (const point of one.points) {
    const there = transformedBack(poses, other.at, transformed(poses, one.at, point));
    for (const shape of other.shapes) least = Math.min(least, pointDistance(shape, there));
  }
  return least;
}

it('finds the robots of this repository', () => {
  expect(robotProfiles()).toEqual(
    expect.arrayContaining(['aloha', 'fr3', 'koch', 'so101', 'so101_pair', 'ur5e']),
  );
});

describe.each(robotProfiles())('the robot profile %s', (name) => {
  const robot = loadProfile(name);
  const kinematics = robotKinematics(robot);
  const model = collisionModel(robot);
  const placed = new PlacedCapsules(model.capsules, kinematics);
  const distances = (q: readonly number[]) => {
    kinematics.update(q);
    placed.update();
    return model.pairs.map(({ first, second }) =>
      trueCapsuleDistance(placed.world, placed.offset(first), placed.world, placed.offset(second)),
    );
  };

  it('bounds position, velocity, acceleration, jerk and effort of every joint', () => {
    for (const limits of robot.limits) {
      for (const key of ['lower', 'upper', 'velocity', 'acceleration', 'jerk', 'effort'] as const) {
        expect(Number.isFinite(limits[key]), `${limits.name} ${key}`).toBe(true);
      }
    }
  });

  it('has a mass and a shape on every link that a joint moves, of primitive shapes only', () => {
    for (const joint of robot.config.joints) {
      const child = robot.description.joints.get(joint)?.child ?? '';
      const link = robot.description.links.get(child);
      expect(link?.inertial?.mass, child).toBeGreaterThan(0);
      expect(link?.collisions.length, child).toBeGreaterThan(0);
      for (const shape of [...(link?.visuals ?? []), ...(link?.collisions ?? [])]) {
        expect(['box', 'cylinder', 'sphere']).toContain(shape.geometry.type);
      }
    }
  });

  it('has inertias that a solid body can have', () => {
    for (const { inertial, name: link } of robot.description.links.values()) {
      if (inertial === undefined) continue;
      const { ixx, iyy, izz } = inertial.inertia;
      expect(Math.max(ixx, iyy, izz), link).toBeLessThanOrEqual((ixx + iyy + izz) / 2 + 1e-9);
    }
  });

  it('stands clear of itself at home, by more than the filter’s margin', () => {
    expect(Math.min(...distances(robot.home))).toBeGreaterThan(HOME_CLEARANCE);
  });

  it('stands inside its limits at home with room to move', () => {
    robot.limits.forEach(({ name: joint, lower, upper }, i) => {
      const position = robot.home[i] ?? NaN;
      expect(Math.min(position - lower, upper - position), joint).toBeGreaterThan(0.1);
    });
  });

  it('checks no neighbours, and every other two links unless it says why not', () => {
    const random = generator(1);
    const checked = new Set(
      model.pairs.map(({ first, second }) =>
        [model.capsules[first]?.link, model.capsules[second]?.link].sort().join(' '),
      ),
    );
    for (const { links, why } of model.allowed) {
      if (why === 'neighbours') expect(checked).not.toContain([...links].sort().join(' '));
    }
    // A checked pair that overlaps nearly everywhere would make the robot useless.
    const hits = model.pairs.map(() => 0);
    for (let i = 0; i < POSES; i++) {
      distances(randomPose(robot, random)).forEach((distance, k) => {
        if (distance < 0) hits[k] = (hits[k] ?? 0) + 1;
      });
    }
    expect(Math.max(...hits)).toBeLessThan(0.3 * POSES);
    const others = model.allowed.filter(({ why }) => why !== 'neighbours');
    for (const { links, why } of others) {
      expect(why, links.join(' ')).toMatch(/ignore|rest pose/);
    }
  });

  it('leaves no two links out that can touch each other', () => {
    const random = generator(2);
    const left = model.allowed
      .filter(({ why }) => why === 'the settings ignore them')
      .map(({ links: [one, other] }) => ({
        links: `${one} ${other}`,
        one: {
          at: kinematics.linkOffset(one),
          points: shapes(robot, one).flatMap((shape) => surfacePoints(shape, 0.015)),
        },
        other: { at: kinematics.linkOffset(other), shapes: shapes(robot, other).map(placedShape) },
      }));
    for (let i = 0; i < POSES / 5; i++) {
      kinematics.update(randomPose(robot, random));
      for (const { links, one, other } of left) {
        expect(exactDistance(kinematics.linkPoses, one, other), links).toBeGreaterThan(0);
      }
    }
  });
});
