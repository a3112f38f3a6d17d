/** Two arms in random motion, each with a tool: the SO-101 pair. */
import { collisionModel } from '../../src/description/collision_model.js';
import { Clearances } from '../../src/safety/internal/clearances.js';
import { JointMotion } from '../../src/safety/internal/joint_motion.js';
import { StopPath } from '../../src/safety/internal/stop_path.js';
import type { CartesianLimits } from '../../src/safety/options.js';
import { loadProfile } from '../description/profiles.js';
import { generator } from './attack.js';
import { randomPose } from './attacked_robot.js';
import { propose } from './prepared.js';

/** s */
export const STEP = 0.01;

const robot = loadProfile('so101_pair');
export const limits: CartesianLimits = {
  model: collisionModel(robot),
  tools: robot.config.toolLinks,
  toolSpeed: 1,
  workspace: [],
  barrier: { gain: 8, selfMargin: 0.01, sceneMargin: 0.01 },
  grossOverlap: 0.01,
};

/** What the arms keep apart, and the number of their joints. */
export function arms(): { readonly clearances: Clearances; readonly joints: number } {
  const clearances = new Clearances(limits);
  return { clearances, joints: clearances.joints };
}

/**
 * The way to rest from a random pose, at random speeds.
 *
 * @param share of a joint's greatest speed that it has at most
 * @param far how far from the pose the joints are to go, rad, at most
 */
export function motion(
  seed: number,
  share = 1,
  far = 0,
): {
  readonly path: StopPath;
  readonly pose: Float64Array;
  readonly joints: readonly JointMotion[];
} {
  const random = generator(seed);
  const pose = Float64Array.from(randomPose(robot.limits, random));
  const joints = robot.limits.map((limits, i) => {
    const joint = new JointMotion(limits);
    joint.start(pose[i] ?? 0);
    joint.velocity = share * (2 * random() - 1) * limits.velocity;
    propose(joint, STEP, (pose[i] ?? 0) + far * (2 * random() - 1));
    return joint;
  });
  const path = new StopPath(joints);
  path.step = STEP;
  path.lay();
  return { path, pose, joints };
}
