/** The step of one joint, by itself: what it may be, and why it is what it is. */
import { describe, expect, it } from 'vitest';
import { JointMotion } from '../../src/safety/internal/joint_motion.js';
import { Reason } from '../../src/safety/reasons.js';
import { brake, change, propose } from './prepared.js';
import { peakTravel, restTravel } from './travel.js';

const LIMITS = {
  name: 'joint',
  lower: -1,
  upper: 1,
  velocity: 2,
  acceleration: 10,
  deceleration: 6,
  jerk: 200,
};
const TICK = 0.01;
/** Directions of motion; all of this holds for both. */
const SIDES = [1, -1];

function joint(position: number, velocity = 0, acceleration = 0, limits = {}): JointMotion {
  const motion = new JointMotion({ ...LIMITS, ...limits });
  motion.start(position);
  motion.velocity = velocity;
  motion.acceleration = acceleration;
  return motion;
}

/** Least and greatest of what the next acceleration may be, seen in direction `side`. */
function range(motion: JointMotion, side: number): [least: number, most: number] {
  propose(motion, TICK, 0);
  motion.range();
  return side > 0 ? [motion.least, motion.most] : [-motion.most, -motion.least];
}

describe('a joint', () => {
  it('is at rest when it neither moves nor is about to', () => {
    expect(joint(0).atRest).toBe(true);
    expect(joint(0, 0.1).atRest).toBe(false);
    expect(joint(0, 0, 0.1).atRest).toBe(false);
  });

  it.each(SIDES)(
    'takes a command away from the very limit that it stands at as it is: %f',
    (side) => {
      const motion = joint(side);
      const desired = side * (1 - 1e-4);
      propose(motion, TICK, desired);
      motion.take();
      expect(motion.position).toBe(desired);
      expect(motion.reason).toBe(Reason.none);
    },
  );

  it.each(SIDES)('may go no further than the limit that it stands at: %f', (side) => {
    const [, most] = range(joint(side), side);
    expect(Math.abs(most)).toBeLessThan(1e-6);
  });

  it.each(SIDES)('that comes away from a limit at full speed may keep that speed: %f', (side) => {
    const [least] = range(joint(side, -1.9 * side), side);
    expect(least).toBeLessThanOrEqual(0);
  });

  it.each(SIDES)('outside may wait or go in, and not further out: %f', (side) => {
    const [least, most] = range(joint(1.05 * side), side);
    expect(Math.abs(most)).toBe(0);
    expect(least).toBeCloseTo(-LIMITS.jerk * TICK, 9);
  });

  it.each(SIDES)('outside goes in at no more than a quarter of its speed: %f', (side) => {
    const [least] = range(joint(1.05 * side, -0.6 * side), side);
    expect(least).toBeGreaterThan(0);
  });

  it.each(SIDES)('speeds up from rest with its acceleration, not its deceleration: %f', (side) => {
    const motion = joint(0, 0, 0, { jerk: Number.POSITIVE_INFINITY });
    propose(motion, TICK, 0.9 * side);
    expect(motion.next).toBe(side * LIMITS.acceleration);
    expect(motion.reason).toBe(Reason.acceleration);
  });

  it.each(SIDES)('says that it is jerk that limits it from rest: %f', (side) => {
    // One tick of jerk lies between what the joint may brake and what it may speed up with.
    const motion = joint(0, 0, 0, { jerk: 800 });
    propose(motion, TICK, 0.9 * side);
    expect(motion.next).toBeCloseTo(8 * side, 9);
    expect(motion.reason).toBe(Reason.jerk);
  });

  it.each(SIDES)('braking as hard as it may is limited by its acceleration: %f', (side) => {
    const motion = joint(0, side, 0, { jerk: Number.POSITIVE_INFINITY });
    propose(motion, TICK, -0.9 * side);
    expect(motion.next).toBe(-side * LIMITS.deceleration);
    expect(motion.reason).toBe(Reason.acceleration);
  });

  it.each(SIDES)('jumps to no target that it cannot go on with, after a stop: %f', (side) => {
    const motion = joint(0, side);
    brake(motion, TICK);
    motion.take();
    motion.rest();
    // A target that stands still where the next tick can lead.
    const desired = motion.position + motion.velocity * TICK;
    propose(motion, TICK, desired);
    motion.take();
    expect(motion.position).not.toBe(desired);
    expect(motion.reason).toBe(Reason.catchUp);
  });

  it.each(SIDES)('nor after its step was changed on the way: %f', (side) => {
    const motion = joint(0, 0);
    for (let i = 1; i <= 10; i++) {
      propose(motion, TICK, side * 1e-4 * i ** 2);
      motion.take();
      expect(motion.reason).toBe(Reason.none);
    }
    propose(motion, TICK, motion.position + motion.velocity * TICK);
    change(motion, motion.next - side, Reason.energy);
    motion.take();
    expect(motion.reason).toBe(Reason.energy);
    const desired = motion.position + motion.velocity * TICK;
    propose(motion, TICK, desired);
    motion.take();
    expect(motion.position).not.toBe(desired);
  });

  it.each(SIDES)('lets go of no braking that it needs to turn before a limit: %f', (side) => {
    const [h, v, a, D] = [0.001, 0.1, -8, 10];
    const change = LIMITS.jerk * h;
    // Room that is enough with the hardest braking of the tick, and not with the mildest.
    const needs = (next: number): number =>
      (v + next * h) * h + peakTravel(v + next * h, next, D, LIMITS.jerk);
    const room = (needs(a - change) + needs(a + change)) / 2;
    // Such a joint swings back, so it could come to rest well inside.
    expect(restTravel(v, a, D, LIMITS.jerk)).toBeLessThan(0);
    const motion = joint(side * (1 - room), side * v, side * a, { deceleration: D });
    const desired = motion.position + side * (v + (a + change) * h) * h;
    propose(motion, h, desired);
    motion.take();
    expect(side * motion.position).toBeLessThan(side * desired);
    for (let i = 0; i < 100; i++) {
      brake(motion, h);
      motion.take();
      expect(side * motion.position).toBeLessThanOrEqual(1);
    }
  });
});
