/** Command sequences that aim a robot into itself, its scene and the edge of its workspace. */
import type { FilterLimits } from '../../src/safety/limits.js';
import { type Attack, attacks } from './attack.js';

/** Asks for joint positions; told the present ones, their velocities and the period. */
export type SpatialAttack = (
  out: Float64Array,
  position: Float64Array,
  velocity: Float64Array,
  period: number,
) => void;

/** Poses to aim at: those that are forbidden, by kind, and some that are not. */
export interface Aims {
  readonly self: readonly (readonly number[])[];
  readonly scene: readonly (readonly number[])[];
  readonly workspace: readonly (readonly number[])[];
  readonly clear: readonly (readonly number[])[];
}

export const SPATIAL_ATTACKS = [
  'into itself',
  'into the scene',
  'out of the workspace',
  'ramps into anything',
  'chatter at the edge',
  'circling the edge',
  'joint attacks',
  'poison',
  'full speed',
] as const;
export type SpatialAttackName = (typeof SPATIAL_ATTACKS)[number];

export function spatialAttack(
  name: SpatialAttackName,
  limits: readonly FilterLimits[],
  aims: Aims,
  random: () => number,
): SpatialAttack {
  const any = [...aims.self, ...aims.scene, ...aims.workspace];
  const pick = (poses: readonly (readonly number[])[]): readonly number[] => {
    const from = poses.length > 0 ? poses : any.length > 0 ? any : aims.clear;
    return from[Math.floor(random() * from.length)] ?? limits.map(({ lower }) => lower);
  };
  switch (name) {
    case 'into itself':
      return teleports(() => (random() < 0.7 ? pick(aims.self) : pick(aims.clear)), random);
    case 'into the scene':
      return teleports(() => (random() < 0.7 ? pick(aims.scene) : pick(aims.clear)), random);
    case 'out of the workspace':
      return teleports(() => (random() < 0.7 ? pick(aims.workspace) : pick(aims.clear)), random);
    case 'ramps into anything':
      return ramps(() => (random() < 0.7 ? pick(any) : pick(aims.clear)), limits, random);
    case 'chatter at the edge':
      return chatter(
        () => pick(any),
        () => pick(aims.clear),
        random,
      );
    case 'circling the edge':
      return circling(() => pick(any), random);
    case 'joint attacks':
      return perJoint(limits, random, ['walk', 'teleport', 'bang', 'ramp', 'sine', 'flip', 'rare']);
    case 'poison':
      return poison(
        teleports(() => pick(any), random),
        random,
      );
    case 'full speed':
      return fullSpeed(limits, random);
  }
}

type Pose = () => readonly number[];

/** Jumps from one aim to the next, and stays a while. */
function teleports(next: Pose, random: () => number): SpatialAttack {
  let aim = next();
  return (out) => {
    if (random() < 0.02) aim = next();
    out.set(aim);
  };
}

/** Leads to one aim after the other, about as fast as the limits admit, or twice that. */
function ramps(next: Pose, limits: readonly FilterLimits[], random: () => number): SpatialAttack {
  let aim = next();
  let haste = 1;
  const led: number[] = [];
  return (out, position, _velocity, period) => {
    if (random() < 0.01) {
      aim = next();
      haste = 0.3 + 1.7 * random();
      led.splice(0);
    }
    limits.forEach(({ velocity }, i) => {
      const from = led[i] ?? position[i] ?? 0;
      const most = haste * velocity * period;
      led[i] = from + Math.min(Math.max((aim[i] ?? 0) - from, -most), most);
      out[i] = led[i] ?? 0;
    });
  };
}

/** Flips between a forbidden pose and a clear one, every tick or so. */
function chatter(bad: Pose, good: Pose, random: () => number): SpatialAttack {
  let one = bad();
  let other = good();
  let side = false;
  return (out) => {
    if (random() < 0.01) [one, other] = [bad(), good()];
    if (random() < 0.6) side = !side;
    out.set(side ? one : other);
  };
}

/** Asks for a way that circles about a forbidden pose and presses against what forbids it. */
function circling(next: Pose, random: () => number): SpatialAttack {
  let aim = next();
  let time = 0;
  let rates = aim.map(() => 0.5 + 6 * random());
  return (out, _position, _velocity, period) => {
    time += period;
    if (random() < 0.005) {
      aim = next();
      rates = aim.map(() => 0.5 + 6 * random());
    }
    aim.forEach((value, i) => {
      out[i] = value + 0.3 * Math.sin((rates[i] ?? 1) * time);
    });
  };
}

/** An attack of attack.ts for each joint by itself. */
function perJoint(
  limits: readonly FilterLimits[],
  random: () => number,
  names: readonly string[],
): SpatialAttack {
  const each: (Attack | undefined)[] = limits.map(
    (joint) => attacks(joint, random)[names[Math.floor(random() * names.length)] ?? ''],
  );
  return (out, position, velocity, period) => {
    each.forEach((attack, i) => {
      out[i] = attack?.(position[i] ?? 0, velocity[i] ?? 0, period) ?? 0;
    });
  };
}

/** Now and then a joint of what `attack` asks for is no number, or an absurd one. */
function poison(attack: SpatialAttack, random: () => number): SpatialAttack {
  const values = [Number.NaN, Infinity, -Infinity, 1e308, -1e308, 1e9];
  return (out, position, velocity, period) => {
    attack(out, position, velocity, period);
    if (random() > 0.1) return;
    const joint = Math.floor(random() * out.length);
    out[joint] = values[Math.floor(random() * values.length)] ?? Number.NaN;
  };
}

/** All joints between their ends as fast as they go, turned round at random. */
function fullSpeed(limits: readonly FilterLimits[], random: () => number): SpatialAttack {
  const up = limits.map(() => random() < 0.5);
  return (out) => {
    limits.forEach(({ lower, upper }, i) => {
      if (random() < 0.01) up[i] = !up[i];
      out[i] = up[i] ? upper : lower;
    });
  };
}
