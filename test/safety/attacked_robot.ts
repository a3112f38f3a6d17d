/** A robot to attack: its limits, a scene that is in its way, and poses to aim at. */
import {
  type CollisionModel,
  collisionModel,
  type SceneShape,
} from '../../src/description/collision_model.js';
import { CAPSULE_SIZE } from '../../src/description/distance.js';
import { Kinematics } from '../../src/description/kinematics.js';
import { PlacedCapsules } from '../../src/description/placed_capsules.js';
import type { Robot } from '../../src/description/robot.js';
import type { FilterLimits } from '../../src/safety/limits.js';
import type { CartesianLimits, HalfSpace } from '../../src/safety/options.js';
import { sceneDistance } from '../description/exact_distance.js';
import type { Aims } from './spatial_attack.js';
import { SpatialWatch } from './spatial_watch.js';

export interface AttackedRobot {
  readonly limits: readonly FilterLimits[];
  readonly cartesian: CartesianLimits;
  readonly home: readonly number[];
  readonly aims: Aims;
  /** Clear poses to start from; home is the first. */
  readonly starts: readonly (readonly number[])[];
}

/** Poses tried to find aims. */
const TRIES = 300;
/** Clearance of starts beyond what is never used up, m. */
const ROOM = 0.01;

/** A pose inside the limits; a joint without limits anywhere in two turns. */
export function randomPose(limits: readonly FilterLimits[], random: () => number): number[] {
  return limits.map(({ lower, upper }) => {
    const from = Math.max(lower, -2 * Math.PI);
    return from + random() * (Math.min(upper, 2 * Math.PI) - from);
  });
}

/** The robot under these Cartesian limits, with aims found by trying random poses. */
export function attacked(
  limits: readonly FilterLimits[],
  cartesian: CartesianLimits,
  home: readonly number[],
  random: () => number,
): AttackedRobot {
  const aims = { self: [] as number[][], scene: [] as number[][], workspace: [] as number[][] };
  const clear: number[][] = [];
  const watch = new SpatialWatch(limits, cartesian);
  const shapes = new Set(cartesian.model.scene.map(({ shape }) => shape.name));
  for (let i = 0; i < TRIES; i++) {
    const q = randomPose(limits, random);
    const { name, spare } = watch.nearest(q);
    if (spare > ROOM) clear.push(q);
    if (spare > 0) continue;
    const [, other = ''] = name.split(' and ');
    if (name.startsWith('tool and ')) aims.workspace.push(q);
    else if (shapes.has(other)) aims.scene.push(q);
    else aims.self.push(q);
  }
  const starts = [...(watch.nearest(home).spare > 0 ? [home] : []), ...clear];
  return { limits, cartesian, home, aims: { ...aims, clear: [home, ...clear] }, starts };
}

/** A profile with a table, a box, a ball and a workspace put where its tools go. */
export function attackedProfile(robot: Robot, random: () => number): AttackedRobot {
  const bare = collisionModel(robot);
  const tools = robot.config.toolLinks;
  const places = new Places(bare, tools);
  const home = places.at(robot.home);
  const poses = Array.from({ length: 200 }, () => randomPose(robot.limits, random));
  const tips = poses.flatMap((q) => places.at(q).tips);
  const reach = Math.max(...tips.map((tip) => Math.hypot(...tip)));
  const table: SceneShape = {
    name: 'table',
    type: 'half_space',
    normal: [0, 0, 1],
    offset: Math.min(home.lowest - 0.015, 0),
  };
  const free = (shape: SceneShape) => places.clearance(shape, robot.home) > 0.03;
  const obstacle = (make: (center: [number, number, number]) => SceneShape): SceneShape[] => {
    for (const center of tips) {
      const shape = make(center);
      if (free(shape)) return [shape];
    }
    return [];
  };
  const size = reach / 5;
  const scene = [
    table,
    ...obstacle((center) => ({
      name: 'box',
      type: 'box',
      center,
      size: [size, 1.5 * size, size],
      rpy: [0.3, -0.2, 0.7],
    })),
    ...obstacle(([x, y, z]) => ({
      name: 'ball',
      type: 'sphere',
      center: [x, -y, z],
      radius: 0.4 * size,
    })),
  ];
  const cartesian = space(collisionModel(robot, scene), tools, workspace(home.tips, reach));
  return attacked(robot.limits, cartesian, robot.home, random);
}

/** Planes around the tools' places at home, some of them near. */
function workspace(tips: readonly (readonly number[])[], reach: number): HalfSpace[] {
  const side = (name: string, axis: number, sign: 1 | -1, room: number): HalfSpace => {
    const normal: [number, number, number] = [0, 0, 0];
    normal[axis] = sign;
    const offset = Math.min(...tips.map((tip) => sign * (tip[axis] ?? 0))) - room;
    return { name, normal, offset };
  };
  return [
    side('front', 0, -1, 0.25 * reach),
    side('back', 0, 1, 0.9 * reach),
    side('left', 1, -1, 0.5 * reach),
    side('right', 1, 1, 0.5 * reach),
    side('top', 2, -1, 0.3 * reach),
  ];
}

function space(
  model: CollisionModel,
  tools: readonly string[],
  planes: readonly HalfSpace[],
): CartesianLimits {
  return {
    model,
    tools,
    toolSpeed: 1.5,
    workspace: planes,
    barrier: { gain: 8, selfMargin: 0.01, sceneMargin: 0.01 },
    grossOverlap: 0.02,
  };
}

/** Where tools and capsules are. */
class Places {
  readonly #kinematics: Kinematics;
  readonly #capsules: PlacedCapsules;

  constructor(
    readonly model: CollisionModel,
    readonly tools: readonly string[],
  ) {
    const { description, joints, base, fixed } = model;
    this.#kinematics = new Kinematics(description, { joints, base, fixed, tool: tools[0] ?? base });
    this.#capsules = new PlacedCapsules(model.capsules, this.#kinematics);
  }

  /** Tool centres, and the lowest point of the links that joints move, m. */
  at(q: readonly number[]): { tips: [number, number, number][]; lowest: number } {
    this.#kinematics.update(q);
    this.#capsules.update();
    const poses = this.#kinematics.linkPoses;
    const tips = this.tools.map((tool): [number, number, number] => {
      const offset = this.#kinematics.linkOffset(tool);
      const [x = 0, y = 0, z = 0] = [3, 7, 11].map((i) => poses[offset + i]);
      return [x, y, z];
    });
    const { world } = this.#capsules;
    const lowest = this.#moving().map((at) => {
      return Math.min(world[at + 2] ?? 0, world[at + 5] ?? 0) - (world[at + 6] ?? 0);
    });
    return { tips, lowest: Math.min(...lowest) };
  }
  /** Distance of the links that joints move from a shape at `q`, m. */
  clearance(shape: SceneShape, q: readonly number[]): number {
    this.#kinematics.update(q);
    this.#capsules.update();
    const { world } = this.#capsules;
    return Math.min(...this.#moving().map((at) => sceneDistance(world, at, shape)()));
  }

  /** Offsets of the capsules of links that joints move. */
  #moving(): number[] {
    const { description, joints, capsules } = this.model;
    const moving = new Set(
      [...description.joints.values()]
        .filter(({ name }) => joints.includes(name))
        .map(({ child }) => child),
    );
    return capsules.flatMap(({ link }, i) => (moving.has(link) ? [i * CAPSULE_SIZE] : []));
  }
}
