/** Steps of several joints that belong together: kept in one direction while moving, or stopping. */
import { clamp } from '../../core/vector.js';
import { stopAcceleration } from '../braking.js';
import { Reason } from '../reasons.js';
import type { JointMotion } from './joint_motion.js';

/** A joint this close to its target, rad, has no direction to keep. */
const ARRIVED = 1e-9;

/**
 * Slows the steps prepared to that of the joint that lags most, seen against its distance from its
 * target: then all move on the straight line to the target, as far as their limits let them turn.
 */
export function synchronise(joints: readonly JointMotion[], h: number): void {
  let share = 1;
  let limited = false;
  for (let i = 0; i < joints.length; i++) {
    const joint = joints[i] as JointMotion;
    limited ||= joint.reason !== Reason.none;
    const wanted = joint.distance;
    if (Math.abs(wanted) < ARRIVED) continue;
    share = Math.min(share, ((joint.velocity + joint.next * h) * h) / wanted);
  }
  if (!limited) return;
  const speed = Math.max(share, 0) / h;
  for (let i = 0; i < joints.length; i++) {
    const joint = joints[i] as JointMotion;
    joint.range();
    const next = clamp((speed * joint.distance - joint.velocity) / h, joint.least, joint.most);
    if (joint.reason === Reason.none) joint.change(next, Reason.synchronised);
    else joint.change(next, joint.reason);
  }
}

/**
 * Turns steps that brake (prepared by `brake`) into steps that keep the direction of motion: the
 * fastest stop that all joints can follow in the same proportion, each within its limits. What
 * acceleration there is across the direction is let go on the way.
 */
export function proposeStopAlong(joints: readonly JointMotion[], h: number): void {
  // Seen in units of the present velocity: speed 1, acceleration α, and the joints' least limits.
  let square = 0;
  let along = 0;
  let deceleration = Infinity;
  let jerk = Infinity;
  for (let i = 0; i < joints.length; i++) {
    const joint = joints[i] as JointMotion;
    const speed = Math.abs(joint.velocity);
    square += speed * speed;
    along += joint.velocity * joint.acceleration;
    deceleration = Math.min(deceleration, joint.deceleration / speed);
    jerk = Math.min(jerk, joint.limits.jerk / speed);
  }
  const present = along / square;
  const least = Math.max(present - jerk * h, -deceleration);
  const brake = clamp(stopAcceleration(1, h, jerk), least, present + jerk * h);
  for (let i = 0; i < joints.length; i++) {
    const joint = joints[i] as JointMotion;
    if (joint.velocity === 0) continue;
    joint.change(clamp(brake * joint.velocity, joint.least, joint.most), Reason.stop);
  }
}
