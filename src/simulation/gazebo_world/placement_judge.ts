/**
 * Tells from poses alone whether the task is done: the cube lies at rest on the table, at the target,
 * and nothing of the robot touches it. What MuJoCo knows from contacts, this knows from geometry, for
 * Gazebo tells only poses.
 */
import { Kinematics } from '../../description/kinematics.js';
import type { Geometry, RobotDescription } from '../../description/robot_description.js';
import { fromOrigin, multiply } from '../../description/transform.js';
import type { SceneConfig } from '../scene_config.js';
import type { Pose } from '../scene_random.js';
import { apart, type PlacedBox } from './box_gap.js';

/** Nearer than this (m), a part of the robot counts as touching the cube. */
const TOUCH = 0.0005;
/** A cube that lies on the table is nearer to its resting height than this, m. */
const REST_HEIGHT = 0.004;
/** At rest: between two looks the cube moved by less than this, m/s. */
const REST_SPEED = 0.02;

interface Part {
  /** Offset of its link's pose in `Kinematics.linkPoses`. */
  readonly link: number;
  readonly local: Float64Array;
  readonly half: readonly [number, number, number];
}

export class PlacementJudge {
  readonly #scene: SceneConfig;
  readonly #kinematics: Kinematics;
  readonly #parts: readonly Part[];
  #last: { readonly time: number; readonly position: Pose['position'] } | undefined;
  #speed = Number.POSITIVE_INFINITY;

  /** @param joints order of the positions given to {@link done} */
  constructor(robot: RobotDescription, joints: readonly string[], scene: SceneConfig) {
    this.#scene = scene;
    this.#kinematics = new Kinematics(robot, { joints, tool: robot.root });
    this.#parts = this.#kinematics.links.flatMap((name) =>
      (robot.links.get(name)?.collisions ?? []).map(({ origin, geometry }) => ({
        link: this.#kinematics.linkOffset(name),
        local: fromOrigin(origin),
        half: halfExtents(geometry),
      })),
    );
  }

  /** Forgets the cube's motion. */
  reset(): void {
    this.#last = undefined;
    this.#speed = Number.POSITIVE_INFINITY;
  }

  /**
   * Whether the task is done at `time` (s), which grows from call to call.
   *
   * @param q joint positions, rad
   * @param target x, y of its centre, m
   */
  done(time: number, q: ArrayLike<number>, cube: Pose, target: readonly [number, number]): boolean {
    const [x, y, z] = cube.position;
    if (this.#last !== undefined && time > this.#last.time) {
      const [lx, ly, lz] = this.#last.position;
      this.#speed = Math.hypot(x - lx, y - ly, z - lz) / (time - this.#last.time);
    }
    if (this.#last === undefined || time > this.#last.time) {
      this.#last = { time, position: cube.position };
    }
    const {
      table,
      cube: { size },
      target: { tolerance },
    } = this.#scene;
    return (
      Math.hypot(x - target[0], y - target[1]) < tolerance &&
      Math.abs(z - table.height - size / 2) < REST_HEIGHT &&
      this.#speed < REST_SPEED &&
      !this.touched(q, cube)
    );
  }

  /** Whether some part of the robot, at `q`, touches the cube. Round parts count as boxes. */
  touched(q: ArrayLike<number>, cube: Pose): boolean {
    this.#kinematics.update(q);
    const half = this.#scene.cube.size / 2;
    const box: PlacedBox = { pose: matrixOf(cube), half: [half, half, half] };
    const pose = new Float64Array(16);
    return this.#parts.some((part) => {
      multiply(this.#kinematics.linkPoses, part.link, part.local, 0, pose, 0);
      return !apart(box, { pose, half: part.half }, TOUCH);
    });
  }
}

function halfExtents(geometry: Geometry): [number, number, number] {
  switch (geometry.type) {
    case 'box': {
      const [x, y, z] = geometry.size;
      return [x / 2, y / 2, z / 2];
    }
    case 'cylinder':
      return [geometry.radius, geometry.radius, geometry.length / 2];
    case 'capsule':
      return [geometry.radius, geometry.radius, geometry.length / 2 + geometry.radius];
    case 'sphere':
      return [geometry.radius, geometry.radius, geometry.radius];
    case 'mesh':
      // Its size is in its file; the other shapes of the link speak for it.
      return [0, 0, 0];
  }
}

function matrixOf({ position: [x, y, z], quaternion: [w, i, j, k] }: Pose): Float64Array {
  return Float64Array.of(
    ...[1 - 2 * (j * j + k * k), 2 * (i * j - w * k), 2 * (i * k + w * j), x],
    ...[2 * (i * j + w * k), 1 - 2 * (i * i + k * k), 2 * (j * k - w * i), y],
    ...[2 * (i * k - w * j), 2 * (j * k + w * i), 1 - 2 * (i * i + j * j), z],
    ...[0, 0, 0, 1],
  );
}
