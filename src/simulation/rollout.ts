/**
 * Rolls a learned policy out in this process: how often it succeeds, how it fails, and, if wanted,
 * a recording of the states it came to with what the expert would have done there (DAgger).
 */
import type { RobotDescription } from '../description/robot_description.js';
import type { SafetyFilter } from '../safety/filter.js';
import { EPISODE_TIMING, runEpisode } from './demonstration.js';
import { RandomPushes } from './demonstration_disturbance.js';
import { DemonstrationDriver, type Pilot } from './demonstration_driver.js';
import { DemonstrationWriter } from './demonstration_file.js';
import { beginSomewhere, expertFor, layoutOf } from './demonstration_session.js';
import type { PolicyPilot } from './policy_pilot.js';
import { SeededRandom } from './random.js';
import type { World } from './world.js';

export interface RolloutOptions {
  readonly world: World;
  readonly robot: RobotDescription;
  readonly policy: PolicyPilot;
  readonly filter?: SafetyFilter;
  readonly episodes: number;
  readonly seed: number;
  /** Folder to record to; undefined: evaluation only. */
  readonly record?: string | undefined;
  /** Share of the time, in stretches of about a second, that the expert drives. */
  readonly expertShare: number;
  /** Strength of pushes and of random beginnings; 0: scenes as at evaluation. */
  readonly disturbance: number;
  /** Observations from chunk to chunk, and seconds from observation to effect (least, most). */
  readonly replan: number;
  readonly latency: readonly [number, number];
  readonly timeout: number;
  readonly onEpisode?: (report: EpisodeReport) => void;
}

export interface EpisodeReport {
  readonly seed: number;
  readonly success: boolean;
  readonly seconds: number;
  /** Why it failed, else 'success'. */
  readonly kind: 'success' | 'lost' | 'dropped' | 'missed' | 'stuck';
  /** What the expert would have been doing at the end. */
  readonly lastPhase: string;
  readonly lifts: number;
}

/** Observations in a stretch that one of the two drives. */
const STRETCH = 15;
/** The cube counts as lifted this far above its place on the table, m. */
const LIFTED = 0.02;

export async function rollOut(options: RolloutOptions): Promise<readonly EpisodeReport[]> {
  const { world, robot, policy } = options;
  const expert = expertFor(world, robot);
  const writer =
    options.record === undefined
      ? undefined
      : new DemonstrationWriter(options.record, layoutOf(world));
  const reports: EpisodeReport[] = [];
  try {
    for (let i = 0; i < options.episodes; i++) {
      const seed = options.seed + i;
      const random = new SeededRandom(seed, 'rollout');
      world.reset(seed);
      if (options.disturbance > 0) beginSomewhere(world, expert.arm, random);
      policy.begin(seed);
      const latency = () => random.uniform(...options.latency);
      const learned = policy.pilot({ replan: options.replan, latency });
      const watch = { lifts: 0, up: false };
      const driver = new DemonstrationDriver({
        expert,
        ...(writer === undefined ? {} : { writer }),
        pilot: mixed(learned, random, options, latency),
        pictures: true,
        stepTime: EPISODE_TIMING.stepTime,
        ...(options.filter === undefined ? {} : { filter: options.filter }),
        ...(options.disturbance > 0
          ? { disturbance: new RandomPushes(random, options.timeout, 2, options.disturbance) }
          : {}),
        meddle: (at) => {
          const lying = at.scene.table.height + at.scene.cube.size / 2;
          const up = (at.cubePose()[2] ?? 0) > lying + LIFTED;
          if (up && !watch.up) watch.lifts++;
          watch.up = up;
        },
      });
      const result = await runEpisode(world, driver, {
        ...EPISODE_TIMING,
        timeout: options.timeout,
      });
      writer?.endEpisode(seed, result.success);
      const lost = driver.lost(world);
      const report: EpisodeReport = {
        seed,
        success: result.success,
        seconds: result.seconds,
        kind: kindOf(result.success, lost, watch.lifts, driver.phases),
        lastPhase: driver.lastPhase,
        lifts: watch.lifts,
      };
      reports.push(report);
      options.onEpisode?.(report);
    }
  } finally {
    writer?.close();
  }
  return reports;
}

/** Expert and policy by turns; whoever has the turn answers at its own rhythm. */
function mixed(
  learned: Pilot,
  random: SeededRandom,
  options: RolloutOptions,
  latency: () => number,
): Pilot {
  let expertTurn = false;
  return async (sight, plan) => {
    if (sight.index % STRETCH === 0) expertTurn = random.next() < options.expertShare;
    // The policy looks in any case, so that its history is there when its turn comes.
    const answer = await learned(sight, plan);
    if (!expertTurn) return answer;
    if (plan === undefined || sight.index % options.replan !== 0) return undefined;
    return { chunk: plan.chunk, latency: latency() };
  };
}

function kindOf(
  success: boolean,
  lost: boolean,
  lifts: number,
  phases: ReadonlyMap<string, number>,
): EpisodeReport['kind'] {
  if (success) return 'success';
  if (lost) return 'lost';
  if (lifts > 0) return 'dropped';
  return phases.has('close') ? 'missed' : 'stuck';
}
