/** Stops against time-optimal ones by Ruckig (golden/make_stops.py): never shorter, hardly longer. */
import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { proposeStopAlong } from '../../src/safety/internal/coordination.js';
import { JointMotion } from '../../src/safety/internal/joint_motion.js';
import { StopProfile } from '../../src/safety/internal/stop_profile.js';
import { brake } from './prepared.js';
import { restTravel } from './travel.js';

type Joint = [v: number, a: number, A: number, D: number, J: number, time: number, travel: number];
type Path = [v: number[], share: number, D: number[], J: number[], time: number];

const golden: { joint: Joint[]; path: Path[] } = JSON.parse(
  readFileSync(new URL('./golden/stops.json', import.meta.url), 'utf8'),
);
/** s: at 1 kHz, 250 Hz and 100 Hz. */
const TICKS = [0.001, 0.004, 0.01];

function moving(v: number, a: number, A: number, D: number, J: number): JointMotion {
  const joint = new JointMotion({
    name: 'joint',
    lower: -Infinity,
    upper: Infinity,
    velocity: 2 * Math.abs(v) + (A * A) / J,
    acceleration: A,
    deceleration: D,
    jerk: J,
  });
  joint.velocity = v;
  joint.acceleration = a;
  return joint;
}

/**
 * Brakes tick by tick. `nearly`: seconds until speed and acceleration are what one tick of jerk
 * changes; `fully`: until they are zero.
 */
function stop(
  joints: readonly JointMotion[],
  along: boolean,
  tick: number,
): { nearly: number; fully: number } {
  const small = (joint: JointMotion): boolean =>
    Math.abs(joint.velocity) <= joint.limits.jerk * tick * tick &&
    Math.abs(joint.acceleration) <= joint.limits.jerk * tick;
  let ticks = 0;
  let nearly = 0;
  for (; joints.some((joint) => !joint.atRest) && ticks < 100_000; ticks++) {
    if (!joints.every(small)) nearly = ticks + 1;
    for (const joint of joints) brake(joint, tick);
    if (along) proposeStopAlong(joints);
    for (const joint of joints) joint.take();
  }
  return { nearly: nearly * tick, fully: ticks * tick };
}

function locate(profile: StopProfile, time: number): void {
  profile.time = time;
  profile.locate();
}

describe('the stop of a joint', () => {
  it('is known ahead as Ruckig plans it, in time and travel', () => {
    const profile = new StopProfile();
    for (const [v, a, , D, J, time, travel] of golden.joint) {
      profile.set(0, v, a, D, J);
      locate(profile, profile.duration);
      const scale = Math.abs(travel) + 1e-3;
      expect(profile.duration / time, `${v} ${a}`).toBeCloseTo(1, 6);
      expect(Math.abs(profile.position - travel) / scale, `${v} ${a}`).toBeLessThan(1e-6);
      expect(Math.abs(restTravel(v, a, D, J) - travel) / scale, `${v} ${a}`).toBeLessThan(1e-6);
    }
  });

  it('is known ahead at every time: the speed is that of the position, and ends at zero', () => {
    const profile = new StopProfile();
    for (const [v, a, , D, J] of golden.joint) {
      profile.set(0, v, a, D, J);
      const { duration } = profile;
      const scale = Math.abs(v) + (a * a) / (2 * J);
      const step = 1e-4 * duration;
      for (let i = 0; i <= 20; i++) {
        const time = (i / 20) * duration;
        const [before, after] = [time - step, time + step].map((t) => {
          locate(profile, Math.max(0, t));
          return profile.position;
        });
        locate(profile, time);
        if (i === 20) expect(Math.abs(profile.velocity) / scale, `${v} ${a}`).toBeLessThan(1e-9);
        const span = time + step - Math.max(0, time - step);
        const speed = ((after ?? 0) - (before ?? 0)) / span;
        expect(Math.abs(speed - profile.velocity) / scale, `${v} ${a}`).toBeLessThan(1e-3);
      }
    }
  });

  it.each([1, -1])('is one phase of braking without a limit of jerk: %f', (side) => {
    const profile = new StopProfile();
    profile.set(0.5, side * 2, side * 3, 4, Number.POSITIVE_INFINITY);
    expect(profile.duration).toBe(0.5);
    locate(profile, 0.25);
    expect(profile.velocity).toBeCloseTo(side, 12);
    expect(profile.position).toBeCloseTo(0.5 + side * 0.375, 12);
    locate(profile, 9);
    expect(profile.velocity).toBeCloseTo(0, 12);
    expect(profile.position).toBeCloseTo(0.5 + side * restTravel(2, 3, 4, Infinity), 12);
  });

  it.each(TICKS)(
    'is at rest, to what a tick of jerk changes, at most 5 % and a tick after the optimum: ticks of %f s',
    (tick) => {
      for (const [v, a, A, D, J, time, travel] of golden.joint) {
        const joint = moving(v, a, A, D, J);
        const { nearly, fully } = stop([joint], false, tick);
        // Zero is reached a few ticks after what one tick can change.
        expect(fully, `${v} ${a}`).toBeGreaterThan(time);
        expect(fully, `${v} ${a}`).toBeLessThan(1.05 * time + 6 * tick);
        expect(nearly, `${v} ${a}`).toBeLessThan(1.05 * time + tick);
        const fastest = Math.abs(v) + (a * a) / (2 * J);
        expect(Math.abs(joint.position - travel), `${v} ${a}`).toBeLessThan(3 * fastest * tick);
      }
    },
  );
});

describe('the stop along the path', () => {
  it.each(TICKS)(
    'keeps the direction of motion, and takes no more than 5 % and a tick over the optimum: ticks of %f s',
    (tick) => {
      for (const [v, share, D, J, time] of golden.path) {
        const joints = v.map((speed, i) => {
          const [most, jerk] = [D[i] as number, J[i] as number];
          return moving(speed, share * speed, most, most, jerk);
        });
        const { nearly, fully } = stop(joints, true, tick);
        expect(fully).toBeGreaterThan(time);
        expect(fully).toBeLessThan(1.05 * time + 6 * tick);
        expect(nearly).toBeLessThan(1.05 * time + tick);
        const along = (joints[0] as JointMotion).position / (v[0] as number);
        for (const [i, joint] of joints.entries()) {
          expect(joint.position / (v[i] as number)).toBeCloseTo(along, 9);
        }
      }
    },
  );
});
