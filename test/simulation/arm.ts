/** The real arm and scene, for the tests of this room. */
import { fileURLToPath } from 'node:url';
import { loadUrdf } from '../../src/description/urdf_parser.js';
import { type SceneConfig, sceneSchema } from '../../src/simulation/scene_config.js';
import { World } from '../../src/simulation/world.js';

export const robot = loadUrdf(fileURLToPath(new URL('../../urdf/so101.urdf', import.meta.url)));
export const scene: SceneConfig = sceneSchema.parse({});

export function createWorld(changed: Partial<SceneConfig> = {}): Promise<World> {
  return World.create({ robot, scene: { ...scene, ...changed } });
}

/** A smooth motion of all joints about the start, rad, at time t (s). */
export function waving(start: Float64Array, t: number): Float64Array {
  return start.map((q, joint) => q + 0.2 * Math.sin(2 * t + joint) - 0.2 * Math.sin(joint));
}
