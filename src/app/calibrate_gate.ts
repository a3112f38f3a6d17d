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
import type { PolicyConfig } from '../policy/config.js';
import { knownStatesFile } from '../policy/known_states.js';
import { createScore, type Judged, stateJoints } from '../policy/uncertainty.js';
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
  if (policy.uncertainty === 'none') {
    throw new SinewError('no score to calibrate', {
      where: `${config.file}: policy.uncertainty`,
      expected: 'chunk_spread, candidate_spread, state_distance or package_score',
    });
  }
  const episodes =
    options.scores === undefined
      ? await rolledOut(config, policy, options)
      : recorded(options.scores);
  if (options.save !== undefined) {
    writeFileSync(options.save, episodes.map((episode) => `${JSON.stringify(episode)}\n`).join(''));
  }
  const calibration: GateCalibration = {
    format: 'sinew.gate',
    version: 1,
    score: policy.uncertainty,
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

/**
 * Episodes of the set-up's policy in a simulated world of this process. For the distance from known
 * states as many come first that only record them: what is calibrated has to be of other episodes.
 */
async function rolledOut(
  config: Config,
  settings: PolicyConfig,
  { episodes, seed }: CalibrateGateOptions,
): Promise<ScoredEpisode[]> {
  const robot = assembleRobot(config.robot);
  const { joints } = config.robot;
  const { scene, servo } = config.simulator ?? simulatorSection.parse({});
  const world = await World.create({ robot: robot.description, joints, scene, servo });
  const { candidates } = settings;
  const policy = await PolicyPilot.open(resolve(config.dir, settings.package), world, {
    candidates,
  });
  const known = settings.known_states && resolve(config.dir, settings.known_states);
  /** One episode; `judge` sees every chunk. */
  const roll = async (number: number, judge: (judged: Judged) => void): Promise<boolean> => {
    world.reset(seed + number);
    policy.begin(seed + number);
    const pilot = policy.pilot({ replan: REPLAN, latency: () => LATENCY });
    const driver: EpisodeDriver = {
      filter: new SafetyFilter(robot.limits),
      executor: config.controller.executor,
      async observe(at, index) {
        const positions = Float64Array.from(at.positions);
        const answer = await pilot({ images: pictures(at), positions, index }, undefined);
        if (answer === undefined) return undefined;
        const { timing, state } = policy;
        const begins = index * EPISODE_TIMING.stepTime;
        judge({ begins, actions: answer.chunk, timing, state });
        return answer;
      },
    };
    const timing = { ...EPISODE_TIMING, timeout: config.episode.time_limit_s, afterSuccess: 0 };
    const { success, seconds } = await runEpisode(world, driver, timing);
    const word = success ? 'success' : 'failure';
    process.stdout.write(`episode ${number + 1}: ${word} after ${seconds.toFixed(1)} s\n`);
    return success;
  };
  const found: ScoredEpisode[] = [];
  let first = 0;
  try {
    if (settings.uncertainty === 'state_distance' && known !== undefined) {
      const states: number[][] = [];
      for (; first < episodes; first++) {
        const seen: number[][] = [];
        if (await roll(first, ({ state }) => seen.push(Array.from(state)))) states.push(...seen);
      }
      const file = knownStatesFile(settings.package, stateJoints(policy.spec), states);
      writeFileSync(known, `${JSON.stringify(file)}\n`);
      process.stdout.write(`${file.states.length} known states written to ${known}\n`);
    }
    const score = createScore(settings, policy.spec, known);
    for (let i = first; i < first + episodes; i++) {
      score?.begin();
      const scores: number[] = [];
      const success = await roll(i, (judged) => {
        const value = score?.score(judged);
        if (value !== undefined) scores.push(value);
      });
      found.push({ success, scores });
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
