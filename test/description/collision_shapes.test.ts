/** Capsules around links: they enclose, they follow, and they are not much too large. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type Ball, capsuleVolume, fitCapsule } from '../../src/description/capsule_fit.js';
import { type Capsule, linkCapsules } from '../../src/description/collision_shapes.js';
import { capsuleDistance, newDistance } from '../../src/description/distance.js';
import { PlacedCapsules } from '../../src/description/placed_capsules.js';
import { loadRobot, robotKinematics } from '../../src/description/robot.js';
import type { Shape } from '../../src/description/robot_description.js';
import { fromOrigin } from '../../src/description/transform.js';
import { parseUrdf } from '../../src/description/urdf_parser.js';
import { repositoryFile } from './robots.js';

fc.configureGlobal({ seed: 20 });

const robot = loadRobot(repositoryFile('config/so101.yaml'));
const capsules = linkCapsules(robot.description);

/** How far a ball reaches out of a capsule; negative inside. */
function excess({ a, b, radius }: Capsule, { center, radius: size }: Ball): number {
  const u = b.map((x, i) => x - (a[i] ?? 0));
  const r = center.map((x, i) => x - (a[i] ?? 0));
  const uu = u.reduce((sum, x) => sum + x * x, 0);
  const ur = u.reduce((sum, x, i) => sum + x * (r[i] ?? 0), 0);
  const s = uu > 0 ? Math.min(Math.max(ur / uu, 0), 1) : 0;
  return Math.hypot(...r.map((x, i) => x - s * (u[i] ?? 0))) + size - radius;
}

/** Points on the surface of a box or cylinder, in the link's frame. */
function surface(shape: Shape): Ball[] {
  const local: number[][] = [];
  const steps = [-0.5, -0.25, 0, 0.25, 0.5];
  const { geometry } = shape;
  if (geometry.type === 'box') {
    const [x, y, z] = geometry.size;
    for (const i of steps) {
      for (const j of steps) for (const k of steps) local.push([i * x, j * y, k * z]);
    }
  } else if (geometry.type === 'cylinder') {
    for (let angle = 0; angle < 6.3; angle += 0.05) {
      for (const k of steps) {
        const { radius, length } = geometry;
        local.push([radius * Math.cos(angle), radius * Math.sin(angle), k * length]);
      }
    }
  }
  const pose = fromOrigin(shape.origin);
  return local.map(([x = 0, y = 0, z = 0]) => {
    const row = (i: number) =>
      (pose[i] ?? 0) * x + (pose[i + 1] ?? 0) * y + (pose[i + 2] ?? 0) * z + (pose[i + 3] ?? 0);
    return { center: [row(0), row(4), row(8)], radius: 0 };
  });
}

const coordinate = fc.double({ min: -1, max: 1, noNaN: true });
const ball: fc.Arbitrary<Ball> = fc.record({
  center: fc.tuple(coordinate, coordinate, coordinate),
  radius: fc.double({ min: 0, max: 0.3, noNaN: true }),
});

describe('a fitted capsule', () => {
  it('holds every ball that it was fitted to', () => {
    fc.assert(
      fc.property(fc.array(ball, { minLength: 1, maxLength: 12 }), (balls) => {
        const capsule = fitCapsule(balls, [[0, 0, 1]]);
        for (const one of balls) expect(excess(capsule, one)).toBeLessThan(1e-10);
      }),
      { numRuns: 150 },
    );
  });

  it('is the capsule itself when its two ends are given', () => {
    const ends: Ball[] = [
      { center: [0, 0, -0.3], radius: 0.1 },
      { center: [0, 0, 0.5], radius: 0.1 },
    ];
    const capsule = fitCapsule(ends, []);
    expect(capsule.radius).toBeCloseTo(0.1, 9);
    const exact = { a: [0, 0, -0.3], b: [0, 0, 0.5], radius: 0.1 } as const;
    expect(capsuleVolume(capsule)).toBeCloseTo(capsuleVolume(exact), 9);
  });
});

describe('the capsules of the SO-101', () => {
  it('are at most two for each link and hold all of its collision shapes', () => {
    for (const link of robot.description.links.values()) {
      const around = capsules.filter((capsule) => capsule.link === link.name);
      expect(around.length).toBeLessThanOrEqual(2);
      for (const shape of link.collisions) {
        const points = surface(shape);
        expect(points.length).toBeGreaterThan(0);
        const covered = around.some((capsule) =>
          points.every((point) => excess(capsule, point) < 1e-9),
        );
        expect(covered, `${link.name}/${shape.name}`).toBe(true);
      }
    }
  });

  it('are four times as large as the shapes at most', () => {
    let shapes = 0;
    for (const link of robot.description.links.values()) {
      for (const { geometry } of link.collisions) {
        if (geometry.type === 'box') shapes += geometry.size.reduce((a, b) => a * b);
        if (geometry.type === 'cylinder')
          shapes += Math.PI * geometry.radius ** 2 * geometry.length;
      }
    }
    const volume = capsules.reduce((sum, capsule) => sum + capsuleVolume(capsule), 0);
    expect(volume).toBeLessThan(4 * shapes);
  });

  it('follow the links, and show at which rate a distance changes with the joints', () => {
    const kinematics = robotKinematics(robot);
    const placed = new PlacedCapsules(capsules, kinematics);
    const index = (link: string) => capsules.findLastIndex((capsule) => capsule.link === link);
    const [hand, base] = [index('gripper_link'), index('base_link')];
    const result = newDistance();
    const distance = (q: readonly number[]) => {
      kinematics.update(q);
      placed.update();
      const { world } = placed;
      capsuleDistance(world, placed.offset(hand), world, placed.offset(base), result);
      return result.value;
    };
    const q = [...robot.home];
    q[0] = 0.4;
    const value = distance(q);
    expect(value).toBeGreaterThan(0.02);
    const { px, py, pz, gx, gy, gz } = result;
    const jacobian = new Float64Array(18);
    kinematics.pointJacobian(placed.linkOffsets[hand] ?? 0, px, py, pz, jacobian);
    const h = 1e-6;
    q.forEach((position, j) => {
      const rate =
        gx * (jacobian[j] ?? 0) + gy * (jacobian[6 + j] ?? 0) + gz * (jacobian[12 + j] ?? 0);
      const slope = (distance(q.with(j, position + h)) - value) / h;
      expect(Math.abs(slope - rate)).toBeLessThan(1e-4);
    });
  });
});

describe('capsules of a robot', () => {
  it('can be padded', () => {
    const padded = linkCapsules(robot.description, { padding: 0.01 });
    padded.forEach((capsule, i) => {
      expect(capsule.radius).toBeCloseTo((capsules[i]?.radius ?? NaN) + 0.01, 12);
    });
  });

  it('are refused for meshes, with the line of the link and what to do', () => {
    const xml = `<robot name="r">
      <link name="a"><collision><geometry><mesh filename="a.stl"/></geometry></collision></link>
      </robot>`;
    expect(() => linkCapsules(parseUrdf(xml, 'r.urdf'))).toThrow(
      /^r\.urdf:2: the collision mesh a\.stl of link "a" .*; expected boxes, .* that enclose it/,
    );
  });
});
