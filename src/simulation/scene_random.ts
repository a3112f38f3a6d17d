/** Draws what a seed decides about the scene: cube pose, target shift, light and colours. */
import { SeededRandom } from './random.js';
import type { SceneConfig } from './scene_config.js';

/** Position (m) and unit quaternion w, x, y, z. */
export interface Pose {
  readonly position: readonly [number, number, number];
  readonly quaternion: readonly [number, number, number, number];
}

export interface SceneDraw {
  readonly cube: Pose;
  /** x, y of the target's centre. */
  readonly target: readonly [number, number];
  /** Factor on all lights. */
  readonly light: number;
  /** Added to the colours of cube, target, table and robot, in this order, RGB each. */
  readonly colorShift: Float64Array;
  /** Added to the start position of joint i of the robot. */
  readonly homeShift: Float64Array;
}

/** The pose of a cube that lies flat on the table. */
export function cubeOnTable(scene: SceneConfig, x: number, y: number, yaw: number): Pose {
  return {
    position: [x, y, scene.table.height + scene.cube.size / 2],
    quaternion: [Math.cos(yaw / 2), 0, 0, Math.sin(yaw / 2)],
  };
}

/** The scene of `seed`: equal seeds give equal scenes, on every machine. */
export function drawScene(scene: SceneConfig, seed: number, joints: number): SceneDraw {
  const cubeRandom = new SeededRandom(seed, 'cube');
  const { region, yaw } = scene.cube;
  const cube = cubeOnTable(
    scene,
    cubeRandom.uniform(...region.x),
    cubeRandom.uniform(...region.y),
    cubeRandom.uniform(...yaw),
  );

  const targetRandom = new SeededRandom(seed, 'target');
  const angle = targetRandom.uniform(0, 2 * Math.PI);
  const shift = scene.target.shift * Math.sqrt(targetRandom.next());
  const [x, y] = scene.target.position;

  const look = new SeededRandom(seed, 'look');
  const { variation } = scene;
  const light = 1 + look.uniform(-variation.light, variation.light);
  const colorShift = new Float64Array(12).map(() =>
    look.uniform(-variation.color, variation.color),
  );

  const home = new SeededRandom(seed, 'home');
  const homeShift = new Float64Array(joints).map(() =>
    home.uniform(-variation.home, variation.home),
  );
  return {
    cube,
    target: [x + shift * Math.cos(angle), y + shift * Math.sin(angle)],
    light,
    colorShift,
    homeShift,
  };
}
