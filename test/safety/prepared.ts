/** Steps prepared by a joint for a period in s, and changed. */
import type { JointMotion } from '../../src/safety/internal/joint_motion.js';

/** Has a joint prepare a step towards `desired`, rad. */
export function propose(joint: JointMotion, period: number, desired: number): void {
  joint.period = period;
  joint.desired = desired;
  joint.propose();
}

/** Has a joint prepare a step that brakes. */
export function brake(joint: JointMotion, period: number): void {
  joint.period = period;
  joint.brake();
}

/** Has the step prepared take another acceleration, rad/s². */
export function change(joint: JointMotion, next: number, reason: number): void {
  joint.next = next;
  joint.changed(reason);
}
