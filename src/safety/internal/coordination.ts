/** Steps of several joints that belong together: kept in one direction while moving, or stopping. */
import { Braking } from '../braking.js';
import { Reason } from '../reasons.js';
import type { JointMotion } from './joint_motion.js';

/** Scratch of `proposeStopAlong`. */
const braking = new Braking();
/** A joint this close to its target, rad, has no direction to keep. */
const ARRIVED = 1e-9;

/**
 * Slows the steps prepared to that of the joint that lags most, seen against its distance from its
 * target: then all move on the straight line to the target, as far as their limits let them turn.
 */
export function synchronise(joints: readonly JointMotion[]): void {
  let share = 1;
  let limited = false;
  for (let i = 0; i < joints.length; i++) {
    const joint = joints[i] as JointMotion;
    limited ||= joint.reason !== Reason.none;
    const wanted = joint.distance;
    if (Math.abs(wanted) < ARRIVED) continue;
    const h = joint.period;
    share = Math.min(share, ((joint.velocity + joint.next * h) * h) / wanted);
  }
  if (!limited) return;
  const pace = Math.max(share, 0);
  for (let i = 0; i < joints.length; i++) {
    const joint = joints[i] as JointMotion;
    joint.range();
    const h = joint.period;
    const next = ((pace / h) * joint.distance - joint.velocity) / h;
    joint.next = Math.max(joint.least, Math.min(joint.most, next));
    joint.changed(joint.reason === Reason.none ? Reason.synchronised : joint.reason);
  }
}

/**
 * Turns steps that brake (prepared by `brake`) into steps that keep the direction of motion: the
 * fastest stop that all joints can follow in the same proportion, each within its limits. What
 * acceleration there is across the direction is let go on the way.
 */
export function proposeStopAlong(joints: readonly JointMotion[]): void {
  // Seen in units of the present velocity: speed 1, acceleration α, and the joints' least limits.
  let square = 0;
  let along = 0;
  let deceleration = Infinity;
  let jerk = Infinity;
  let h = 0;
  for (let i = 0; i < joints.length; i++) {
    const joint = joints[i] as JointMotion;
    const speed = Math.abs(joint.velocity);
    h = joint.period;
    square += speed * speed;
    along += joint.velocity * joint.acceleration;
    deceleration = Math.min(deceleration, joint.deceleration / speed);
    jerk = Math.min(jerk, joint.limits.jerk / speed);
  }
  const present = along / square;
  braking.v = 1;
  braking.h = h;
  braking.J = jerk;
  braking.stop();
  const least = Math.max(present - jerk * h, -deceleration);
  const brake = Math.max(least, Math.min(present + jerk * h, braking.stopping));
  for (let i = 0; i < joints.length; i++) {
    const joint = joints[i] as JointMotion;
    if (joint.velocity === 0) continue;
    joint.next = Math.max(joint.least, Math.min(joint.most, brake * joint.velocity));
    joint.changed(Reason.stop);
  }
}
