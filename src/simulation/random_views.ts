/**
 * Pictures of random moments without any physics: the arm teleported, the cube lying or held
 * somewhere. They teach the picture encoder where the cube is from thousands of different places,
 * which takes far less time than as many episodes. Same folder format as demonstrations, marked
 * `labelled: false` because no actions belong to them.
 */
import { closeSync, mkdirSync, openSync, writeFileSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import { Kinematics } from '../description/kinematics.js';
import type { RobotDescription } from '../description/robot_description.js';
import { SeededRandom } from './random.js';
import type { SceneConfig } from './scene_config.js';
import { cubeOnTable, type Pose } from './scene_random.js';
import { World } from './world.js';

export interface RandomViewOptions {
  /** Folder to write; made if absent, its files replaced. */
  readonly folder: string;
  readonly robot: RobotDescription;
  readonly scene: SceneConfig;
  /** Order of the joints. */
  readonly joints: readonly string[];
  readonly frames: number;
  readonly seed: number;
  /** Link between the fingers. */
  readonly tool?: string;
  /** Written to meta.json; default 15 and 16. */
  readonly rateHz?: number;
  readonly predictionHorizon?: number;
  /** Called now and then with the number of frames done. */
  readonly onProgress?: (done: number) => void;
}

/** Joint ranges to draw from (rad), around where the task is done. */
const RANGES: Readonly<Record<string, readonly [number, number]>> = {
  shoulder_pan: [-0.85, 0.75],
  shoulder_lift: [-1.6, 0.9],
  elbow_flex: [-1.4, 1.6],
  wrist_flex: [-0.3, 1.65],
  wrist_roll: [-1.8, 1.8],
  gripper: [0, 1.1],
};
/** The tool must lie in this box (m), and its z axis point down at least this much. */
const BOX = { x: [0.09, 0.33], y: [-0.22, 0.18], z: [0.002, 0.17] } as const;
const DOWNWARD = 0.72;
/** Gripper position around which the jaws hold the cube, rad. */
const HOLDING = 0.11;

/** Draws q until the tool is near the table and points down; the tool's pose is in `pose`. */
function drawArm(kinematics: Kinematics, random: SeededRandom, pose: Float64Array): Float64Array {
  const q = new Float64Array(kinematics.joints.length);
  for (;;) {
    for (const [i, name] of kinematics.joints.entries()) {
      q[i] = random.uniform(...(RANGES[name] ?? [-0.1, 0.1]));
    }
    kinematics.forward(q, pose);
    const at = (i: number): number => pose[i] ?? 0;
    const inside = (value: number, [low, high]: readonly [number, number]): boolean =>
      value >= low && value <= high;
    const fits = inside(at(3), BOX.x) && inside(at(7), BOX.y) && inside(at(11), BOX.z);
    if (fits && at(10) < -DOWNWARD) return q;
  }
}

/** A cube between the fingers: at the tool's place, turned with it, a little off. */
function heldCube(pose: Float64Array, random: SeededRandom, floor: number): Pose {
  const at = (i: number): number => pose[i] ?? 0;
  const off = (size: number): number => size * random.normal();
  const yaw = Math.atan2(at(4), at(0)) + off(0.05);
  // The tool points down: only its tilt about the two level axes is left, as one rotation that
  // carries −z to the tool's z axis.
  const [x, y, z] = [at(2), at(6), at(10)];
  const tilt = Math.acos(Math.max(-1, Math.min(1, -z)));
  const level = Math.hypot(x, y) || 1;
  const [ux, uy] = [y / level, -x / level];
  const [cy, sy] = [Math.cos(yaw / 2), Math.sin(yaw / 2)];
  const [ct, st] = [Math.cos(tilt / 2), Math.sin(tilt / 2)];
  return {
    position: [at(3) + off(0.003), at(7) + off(0.003), Math.max(floor, at(11) + off(0.004))],
    quaternion: [ct * cy, st * (ux * cy + uy * sy), st * (uy * cy - ux * sy), ct * sy],
  };
}

/** The cube for a drawn arm: held, near the tool, or anywhere in a widened region. */
function drawCube(
  scene: SceneConfig,
  pose: Float64Array,
  q: Float64Array,
  gripper: number,
  random: SeededRandom,
): Pose {
  const { region } = scene.cube;
  const kind = random.next();
  const floor = scene.table.height + scene.cube.size / 2;
  if (kind < 0.2) {
    q[gripper] = HOLDING + 0.02 * random.normal();
    return heldCube(pose, random, floor);
  }
  const yaw = random.uniform(-Math.PI, Math.PI);
  const [toolX, toolY] = [pose[3] ?? 0, pose[7] ?? 0];
  if (kind < 0.55) {
    const [x, y] = [toolX + 0.025 * random.normal(), toolY + 0.025 * random.normal()];
    return cubeOnTable(scene, x, y, yaw);
  }
  const wide = ([low, high]: readonly [number, number]): number =>
    random.uniform(low - 0.02, high + 0.02);
  return cubeOnTable(scene, wide(region.x), wide(region.y), yaw);
}

/** Writes `frames` pictures per camera, with joint positions and cube poses. */
export async function writeRandomViews(options: RandomViewOptions): Promise<void> {
  const { folder, scene, frames } = options;
  const world = await World.create({
    robot: options.robot,
    scene,
    joints: options.joints,
  });
  const joints = world.jointNames;
  const gripper = joints.indexOf(scene.gripper_joint);
  const kinematics = new Kinematics(options.robot, { joints, tool: options.tool ?? 'grasp_link' });
  const random = new SeededRandom(options.seed, 'views');
  const pose = new Float64Array(16);
  const state = new Float32Array(frames * joints.length);
  const cube = new Float32Array(frames * 7);
  const pictures = scene.cameras.map(({ name, width, height }) => ({
    name,
    pixels: new Uint8Array(width * height * 3),
  }));
  mkdirSync(folder, { recursive: true });
  const file = openSync(join(folder, 'images.u8'), 'w');
  for (let i = 0; i < frames; i++) {
    const q = drawArm(kinematics, random, pose);
    const place = drawCube(scene, pose, q, gripper, random);
    world.reset(options.seed + i, { cube: place });
    world.setPositions(q);
    world.setCubePose(place);
    state.set(world.positions, i * joints.length);
    cube.set(world.cubePose(), i * 7);
    for (const { name, pixels } of pictures) {
      world.render(name, pixels);
      writeSync(file, pixels);
    }
    if ((i + 1) % 500 === 0) options.onProgress?.(i + 1);
  }
  closeSync(file);
  world.dispose();
  const horizon = options.predictionHorizon ?? 16;
  const [first] = scene.cameras;
  const meta = {
    cameras: scene.cameras.map((camera) => camera.name),
    height: first?.height,
    width: first?.width,
    joints,
    rate_hz: options.rateHz ?? 15,
    prediction_horizon: horizon,
    frames,
    labelled: false,
    episodes: Array.from({ length: frames }, (_, i) => ({
      start: i,
      length: 1,
      seed: options.seed + i,
      success: true,
    })),
  };
  writeFileSync(join(folder, 'state.f32'), state);
  writeFileSync(join(folder, 'cube.f32'), cube);
  writeFileSync(join(folder, 'meta.json'), JSON.stringify(meta));
}
