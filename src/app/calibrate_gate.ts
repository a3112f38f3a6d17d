/**
 * `sinew calibrate gate`: scores of episodes, recorded or rolled out in the simulator, become the
 * threshold above which the policy asks for an operator.
 */
import { readFileSync, writeFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { z } from 'zod';
import {
  calibrateGate,
  type GateCalibration,
  type ScoredEpisode,
} from '../control/gate_calibration.js';
import { errorLine, SinewError } from '../core/error.js';
import { assembleRobot } from '../description/robot.js';
import { ChunkSpread } from '../policy/chunk_spread.js';
import { SafetyFilter } from '../safety/filter.js';
import { simulatorSection } from '../simulation/config.js';
import { EPISODE_TIMING, type EpisodeDriver, runEpisode } from '../simulation/demonstration.js';
import { PolicyPilot } from '../simulation/policy_pilot.js';
import { World } from '../simulation/world.js';
import { type Config, loadConfig } from './config.js';

export interface CalibrateGateOptions {
  readonly config: string;
  readonly episodes: number;
  readonly seed: number;
  readonly rate: number;
  readonly consecutive: number;
  readonly scores?: string;
  readonly save?: string;
  readonly out: string;
}

const lineSchema = z.object({
  success: z.boolean(),
  // JSON has no NaN: null stands for it.
  scores: z.array(z.number().nullable()),
});
/** Observations from chunk to chunk, and s from an observation to its chunk. */
const REPLAN = 2;
const LATENCY = 0.06;

export async function runCalibrateGate(options: CalibrateGateOptions): Promise<void> {
  const config = loadConfig(options.config);
  const { policy } = config;
  if (policy === undefined) throw new SinewError('no "policy" section', { where: config.file });
  const episodes =
    options.scores === undefined
      ? await rolledOut(config, resolve(config.dir, policy.package), options)
      : recorded(options.scores);
  if (options.save !== undefined) {
    writeFileSync(options.save, episodes.map((episode) => `${JSON.stringify(episode)}\n`).join(''));
  }
  const calibration: GateCalibration = {
    format: 'sinew.gate',
    version: 1,
    score: options.scores === undefined ? 'chunk_spread' : policy.uncertainty,
    policy: policy.package,
    ...calibrateGate(episodes, options.rate, options.consecutive),
  };
  writeFileSync(options.out, `${JSON.stringify(calibration, undefined, 2)}\n`);
  const {
    threshold,
    good_episodes: good,
    failed_episodes: failed,
    failed_asking: asking,
  } = calibration;
  process.stdout.write(
    `threshold ${threshold.toPrecision(4)} from ${good} good episodes, for at most ` +
      `${options.rate * 100} % of such episodes asking in vain; of ${failed} failed ones, ${asking} ` +
      `would have asked\nwritten to ${options.out}; name it in controller.gate.calibration\n`,
  );
}

/** Episodes of a file with one JSON object a line. */
function recorded(file: string): ScoredEpisode[] {
  const lines = readFileSync(file, 'utf8').split('\n');
  return lines.flatMap((line, i) => {
    if (line.trim() === '') return [];
    try {
      const { success, scores } = lineSchema.parse(JSON.parse(line));
      return [{ success, scores: scores.map((score) => score ?? Number.NaN) }];
    } catch (error) {
      throw new SinewError(errorLine(error).split('\n')[0] ?? '', {
        where: `${file}:${i + 1}`,
        expected: '{"success": true, "scores": [0.1, 0.2]}',
      });
    }
  });
}

/** Episodes of the set-up's policy in a simulated world of this process. */
async function rolledOut(
  config: Config,
  folder: string,
  { episodes, seed }: CalibrateGateOptions,
): Promise<ScoredEpisode[]> {
  const robot = assembleRobot(config.robot);
  const { joints } = config.robot;
  const { scene, servo } = config.simulator ?? simulatorSection.parse({});
  const world = await World.create({ robot: robot.description, joints, scene, servo });
  const policy = await PolicyPilot.open(folder, world);
  const found: ScoredEpisode[] = [];
  try {
    for (let i = 0; i < episodes; i++) {
      world.reset(seed + i);
      policy.begin(seed + i);
      const pilot = policy.pilot({ replan: REPLAN, latency: () => LATENCY });
      const spread = new ChunkSpread(joints.length, EPISODE_TIMING.stepTime);
      const scores: number[] = [];
      const driver: EpisodeDriver = {
        filter: new SafetyFilter(robot.limits),
        executor: config.controller.executor,
        async observe(at, index) {
          const positions = Float64Array.from(at.positions);
          const answer = await pilot({ images: pictures(at), positions, index }, undefined);
          if (answer === undefined) return undefined;
          const score = spread.score(index * EPISODE_TIMING.stepTime, answer.chunk);
          if (score !== undefined) scores.push(score);
          return answer;
        },
      };
      const timing = { ...EPISODE_TIMING, timeout: config.episode.time_limit_s, afterSuccess: 0 };
      const { success, seconds } = await runEpisode(world, driver, timing);
      found.push({ success, scores });
      process.stdout.write(
        `episode ${i + 1}: ${success ? 'success' : 'failure'} after ${seconds.toFixed(1)} s, ` +
          `highest score ${Math.max(...scores).toPrecision(3)}\n`,
      );
    }
  } finally {
    await policy.close();
    world.dispose();
  }
  return found;
}

function pictures(world: World): Uint8Array {
  const { cameras } = world.scene;
  const size = cameras.reduce((sum, { width, height }) => sum + 3 * width * height, 0);
  const images = new Uint8Array(size);
  let at = 0;
  for (const { name, width, height } of cameras) {
    world.render(name, images.subarray(at, at + 3 * width * height));
    at += 3 * width * height;
  }
  return images;
}
