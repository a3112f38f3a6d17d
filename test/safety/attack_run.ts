/** One attack on one robot, all of it decided by a seed: the same seed gives the same run. */
import { loadProfile } from '../description/profiles.js';
import { generator } from './attack.js';
import { type AttackedRobot, attackedProfile } from './attacked_robot.js';
import { randomRobot } from './random_robot.js';
import { SPATIAL_ATTACKS, type SpatialAttackName, spatialAttack } from './spatial_attack.js';
import { SpatialWatch, Violation } from './spatial_watch.js';

/** What an attack may add: a start outside the limits, with some joints without a limit of jerk; an energy budget. */
export const VARIANTS = ['outside', 'energy'] as const;
export type Variant = (typeof VARIANTS)[number];

export interface AttackCase {
  /** A profile's name, or "random". */
  readonly robot: string;
  readonly seed: number;
  readonly ticks: number;
  /** Drawn from the seed if absent. */
  readonly attack?: SpatialAttackName | undefined;
  readonly variant?: Variant | undefined;
}

export interface AttackResult {
  readonly attack: SpatialAttackName;
  readonly ticks: number;
  readonly limited: number;
  /** Ticks that were scaled for want of energy. */
  readonly starved: number;
  /** Least distance beyond what was never to be used up, m. */
  readonly closest: number;
  readonly violation: string | undefined;
}

/** Manual mode's speed of the tool centre, m/s. */
const MANUAL = 0.25;

/** rad (m): farther outside, a start is refused. */
const MOST_EXCESS = 0.1;

const profiles = new Map<string, AttackedRobot>();

/** The robot of a case; undefined when its random robot has no pose to start from. */
function robotOf(name: string, random: () => number): AttackedRobot | undefined {
  if (name === 'random') return randomRobot(random);
  const known = profiles.get(name) ?? attackedProfile(loadProfile(name), generator(7));
  profiles.set(name, known);
  return known;
}

/** Starts with some joints outside their limits, and joints without a limit of jerk. */
function outside(robot: AttackedRobot, random: () => number): AttackedRobot {
  const share = random() < 0.5 ? 0 : random();
  const limits = robot.limits.map((one) => (random() < share ? { ...one, jerk: Infinity } : one));
  const starts = robot.starts.map((start) => {
    // Few joints: at the ends of their ranges, links soon overlap, and such a start is refused.
    const one = Math.floor(random() * start.length);
    return start.map((position, i) => {
      const { lower = -Infinity, upper = Infinity } = limits[i] ?? {};
      if (!Number.isFinite(lower) || (i !== one && random() < 0.85)) return position;
      const excess = MOST_EXCESS * random();
      return random() < 0.5 ? lower - excess : upper + excess;
    });
  });
  return { ...robot, limits, starts };
}

/** Periods of 10 ms, jittered from a tenth to ten times. */
function jitter(random: () => number): number {
  if (random() < 0.8) return 0.01 * (0.9 + 0.2 * random());
  return 0.001 * 100 ** random();
}

/** Runs a case; undefined when there is nothing to attack. */
export function runAttack({
  robot: name,
  seed,
  ticks,
  attack,
  variant,
}: AttackCase): AttackResult | undefined {
  const random = generator(seed);
  const known = robotOf(name, random);
  if (known === undefined) return undefined;
  const robot = variant === 'outside' ? outside(known, random) : known;
  const drawn = SPATIAL_ATTACKS[Math.floor(random() * SPATIAL_ATTACKS.length)];
  const kind = attack ?? drawn ?? 'full speed';
  const synchronise = random() < 0.3;
  const energy = variant === 'energy' ? { budget: 2 * random(), refill: random() } : undefined;
  const watch = new SpatialWatch(robot.limits, robot.cartesian, {
    synchronise,
    ...(energy === undefined ? {} : { energy }),
  });
  const result = (violation?: string): AttackResult => ({
    attack: kind,
    ticks: watch.ticks,
    limited: watch.limited,
    starved: watch.starved,
    closest: watch.closest,
    violation,
  });
  try {
    attackWatched(watch, robot, kind, ticks, random);
  } catch (error) {
    if (error instanceof Violation) return result(error.message);
    throw error;
  }
  return result();
}

function attackWatched(
  watch: SpatialWatch,
  robot: AttackedRobot,
  kind: SpatialAttackName,
  ticks: number,
  random: () => number,
): void {
  const period = () => jitter(random);
  const start = robot.starts[Math.floor(random() ** 2 * robot.starts.length)];
  if (start === undefined || !watch.start(start)) return;
  const attack = spatialAttack(kind, robot.limits, robot.aims, random);
  const desired = new Float64Array(robot.limits.length);
  const { toolSpeed } = robot.cartesian;
  while (watch.ticks < ticks) {
    const h = period();
    attack(desired, watch.position, watch.velocity, h);
    watch.follow(h, desired);
    const event = random();
    if (event > 0.01) continue;
    if (event < 0.001) emergency(watch, desired, period);
    else if (event < 0.002) standstill(watch, period, random() < 0.5 ? 'path' : 'joint');
    else if (event < 0.0035) watch.toolSpeed = Math.min(MANUAL, toolSpeed);
    else if (event < 0.005) watch.toolSpeed = toolSpeed;
    else if (event < 0.006) watch.speedScale = random() < 0.1 ? 0 : 0.05 + 0.9 * random();
    else if (event < 0.0075) watch.speedScale = 1;
    else if (event < 0.0085) {
      const { barrier } = robot.cartesian;
      watch.barrier = { ...barrier, gain: 1 + 29 * random() };
    }
  }
  // Whatever it was doing, it can stop.
  watch.stopToRest(period, random() < 0.3 ? 'path' : 'joint');
}

/** The e-stop: it must hold whatever is asked for, until it is reset and motion begun anew. */
function emergency(watch: SpatialWatch, desired: Float64Array, period: () => number): void {
  const { filter } = watch;
  filter.engage();
  for (let left = watch.longestStop; left > 0 && !filter.atRest; ) {
    const h = period();
    watch.follow(h, desired);
    left -= Math.min(h, 0.05);
  }
  if (!filter.atRest) throw new Violation('the e-stop does not stop');
  const rest = Float64Array.from(watch.position);
  const stays = () => watch.position.every((value, i) => value === rest[i]);
  for (let i = 0; i < 5; i++) watch.follow(period(), desired);
  if (filter.start(watch.position).ready) throw new Violation('the e-stop does not latch');
  filter.reset();
  for (let i = 0; i < 5; i++) watch.follow(period(), desired);
  if (!stays()) throw new Violation('motion without a start after the e-stop');
  if (!watch.start(watch.position)) throw new Violation('refuses to start where it stopped');
}

/** A stop, and a new start from there. */
function standstill(watch: SpatialWatch, period: () => number, kind: 'path' | 'joint'): void {
  watch.filter.release();
  watch.stopToRest(period, kind);
  if (!watch.start(watch.position)) throw new Violation('refuses to start where it stopped');
}
