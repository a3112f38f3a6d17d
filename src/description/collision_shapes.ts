/** Capsules that enclose a robot's links: few, smooth, and never smaller than the links are. */
import { SinewError } from '../core/error.js';
import { type Ball, type Capsule, capsuleVolume, fitCapsule } from './capsule_fit.js';
import type { RobotDescription, Shape, Vector3 } from './robot_description.js';
import { fromOrigin } from './transform.js';

export type { Capsule } from './capsule_fit.js';

/** A capsule in the frame of `link`, in metres. */
export interface LinkCapsule extends Capsule {
  readonly link: string;
}

export interface CapsuleOptions {
  /** Most capsules for one link; shapes are joined until so many are left. Default 2. */
  readonly perLink?: number;
  /** Added to every radius, m. Default 0. */
  readonly padding?: number;
}

interface Cluster {
  readonly balls: readonly Ball[];
  readonly directions: readonly Vector3[];
  readonly capsule: Capsule;
  /** m^3 */
  readonly volume: number;
}

/** Corners of a polygon around a cylinder's circle; it is drawn outside of it, so it encloses. */
const POLYGON = 16;

/**
 * Capsules around the collision shapes of every link that has some. Shapes are joined pair by pair,
 * always those whose common capsule adds the least volume.
 *
 * @throws SinewError for a mesh: its extents are not in the robot description
 */
export function linkCapsules(robot: RobotDescription, options: CapsuleOptions = {}): LinkCapsule[] {
  const { perLink = 2, padding = 0 } = options;
  const capsules: LinkCapsule[] = [];
  for (const link of robot.links.values()) {
    const clusters = link.collisions.map((shape) =>
      shapeCluster(shape, link.name, `${robot.file}:${link.line}`),
    );
    joinCheapest(clusters, Math.max(perLink, 1));
    for (const { capsule } of clusters) {
      capsules.push({ link: link.name, ...capsule, radius: capsule.radius + padding });
    }
  }
  return capsules;
}

/** Joins clusters in place, the cheapest pair first, until at most `most` are left. */
function joinCheapest(clusters: Cluster[], most: number): void {
  const pairs = new Map<Cluster, Map<Cluster, Cluster>>();
  const join = (one: Cluster, other: Cluster): Cluster => {
    const known = pairs.get(one)?.get(other);
    if (known !== undefined) return known;
    const joined = cluster(
      [...one.balls, ...other.balls],
      [...one.directions, ...other.directions],
    );
    const partners = pairs.get(one) ?? new Map<Cluster, Cluster>();
    pairs.set(one, partners.set(other, joined));
    return joined;
  };
  while (clusters.length > most) {
    let best: { first: number; second: number; joined: Cluster } | undefined;
    let leastAdded = Number.POSITIVE_INFINITY;
    for (const [first, one] of clusters.entries()) {
      for (const [second, other] of clusters.entries()) {
        if (second <= first) continue;
        const joined = join(one, other);
        const added = joined.volume - one.volume - other.volume;
        if (added < leastAdded) {
          leastAdded = added;
          best = { first, second, joined };
        }
      }
    }
    if (best === undefined) return;
    clusters.splice(best.second, 1);
    clusters.splice(best.first, 1, best.joined);
  }
}

function cluster(balls: readonly Ball[], directions: readonly Vector3[]): Cluster {
  const capsule = fitCapsule(balls, directions);
  return { balls, directions, capsule, volume: capsuleVolume(capsule) };
}

/** A shape as balls whose common hull encloses it, in the link's frame. */
function shapeCluster(shape: Shape, link: string, where: string): Cluster {
  const pose = fromOrigin(shape.origin);
  const place = (x: number, y: number, z: number): Vector3 => [
    (pose[0] ?? 0) * x + (pose[1] ?? 0) * y + (pose[2] ?? 0) * z + (pose[3] ?? 0),
    (pose[4] ?? 0) * x + (pose[5] ?? 0) * y + (pose[6] ?? 0) * z + (pose[7] ?? 0),
    (pose[8] ?? 0) * x + (pose[9] ?? 0) * y + (pose[10] ?? 0) * z + (pose[11] ?? 0),
  ];
  const axis = (i: number): Vector3 => [pose[i] ?? 0, pose[4 + i] ?? 0, pose[8 + i] ?? 0];
  const axes = [axis(0), axis(1), axis(2)];
  const { geometry } = shape;
  switch (geometry.type) {
    case 'box': {
      const [sx, sy, sz] = geometry.size;
      const corners: Ball[] = [];
      for (const x of [-sx / 2, sx / 2]) {
        for (const y of [-sy / 2, sy / 2]) {
          for (const z of [-sz / 2, sz / 2]) corners.push({ center: place(x, y, z), radius: 0 });
        }
      }
      return cluster(corners, axes);
    }
    case 'cylinder': {
      const rim = geometry.radius / Math.cos(Math.PI / POLYGON);
      const corners: Ball[] = [];
      for (let i = 0; i < POLYGON; i++) {
        const angle = (2 * Math.PI * i) / POLYGON;
        for (const z of [-geometry.length / 2, geometry.length / 2]) {
          const center = place(rim * Math.cos(angle), rim * Math.sin(angle), z);
          corners.push({ center, radius: 0 });
        }
      }
      return cluster(corners, axes);
    }
    case 'capsule': {
      const { radius, length } = geometry;
      const ends = [-length / 2, length / 2].map((z) => ({ center: place(0, 0, z), radius }));
      return cluster(ends, axes);
    }
    case 'sphere':
      return cluster([{ center: place(0, 0, 0), radius: geometry.radius }], axes);
    case 'mesh':
      throw new SinewError(
        `the collision mesh ${geometry.filename} of link "${link}" is not read, so it has no size`,
        {
          where,
          expected:
            'boxes, cylinders, capsules or spheres that enclose it, in its place in <collision>',
        },
      );
  }
}
