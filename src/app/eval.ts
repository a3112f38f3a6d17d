/** `sinew eval`: episodes through the real processes, with successes and timings as its result. */
import { SinewError } from '../core/error.js';
import { RosNode } from '../ros/ros_node.js';
import { loadConfig, rosEnvironment } from './config.js';
import { type EpisodeResult, EpisodeRunner } from './episode_runner.js';
import type { EvalOptions } from './eval_command.js';
import { LockstepConductor } from './lockstep_conductor.js';
import { formatLogLine, isImportant } from './log_line.js';
import { RunStatistics } from './run_statistics.js';
import { assembleSafety } from './safety_setup.js';
import { createStack } from './stack.js';
import { round, roundedQuantiles, wilsonInterval } from './statistics.js';
import { requireAlive } from './supervisor.js';
import { progressBar, StatusLine } from './terminal.js';

/** From the start of the processes until all nodes are ready. */
const READY_TIMEOUT_S = 120;

export async function runEval(options: EvalOptions): Promise<void> {
  const { lockstep, set } = options;
  const config = loadConfig(options.config, { lockstep, set });
  // Refused here, in one line, and not by a controller that is started again and again.
  assembleSafety(config);
  Object.assign(process.env, rosEnvironment(config));
  const stack = createStack(config, set);
  const abort = new AbortController();
  const status = new StatusLine(process.stderr, process.stderr.isTTY === true);
  const stop = () => abort.abort(new SinewError('interrupted'));
  process.on('SIGINT', stop).on('SIGTERM', stop);
  stack.on('log', (line) => {
    if (isImportant(line)) status.log(formatLogLine(line));
  });
  stack.on('state', (name, state, reason) => {
    if (state === 'restarting' || state === 'failed') status.log(`${name}: ${reason}`);
    if (state === 'failed') abort.abort(new SinewError(`process "${name}" ${reason}`));
  });

  const node = await RosNode.create({ name: 'eval' });
  try {
    if (!options.attach) stack.start();
    const runner = new EpisodeRunner(node, config);
    const statistics = new RunStatistics(node, config);
    const conductor = lockstep ? new LockstepConductor(node, config, runner) : undefined;
    await runner.ready(READY_TIMEOUT_S, abort.signal);
    const results: EpisodeResult[] = [];
    const first = options.seed ?? config.episode.seed;
    for (let i = 0; i < options.episodes; i++) {
      const wins = results.filter(({ success }) => success).length;
      status.show(`${progressBar(i, options.episodes)} episodes, ${wins} successes`);
      const seed = first + i;
      results.push({ seed, ...(await runOne(runner, conductor, seed, abort.signal)) });
      requireAlive(stack);
    }
    status.end();
    report(options, results, statistics);
  } finally {
    status.end();
    await node.close();
    await stack.stop();
    process.off('SIGINT', stop).off('SIGTERM', stop);
  }
}

/** One episode, in lock-step when there is a conductor. */
async function runOne(
  runner: EpisodeRunner,
  conductor: LockstepConductor | undefined,
  seed: number,
  signal: AbortSignal,
): Promise<{ success: boolean; duration_s: number }> {
  if (conductor !== undefined) return conductor.run(seed, signal);
  await runner.reset(seed);
  return runner.waitForSuccess(signal);
}

function report(
  options: EvalOptions,
  results: readonly EpisodeResult[],
  statistics: RunStatistics,
): void {
  const successes = results.filter(({ success }) => success).length;
  const [low, high] = wilsonInterval(successes, results.length);
  const summary = {
    episodes: results.length,
    successes,
    success_rate: round(results.length === 0 ? 0 : successes / results.length, 4),
    success_rate_95: [round(low, 4), round(high, 4)],
    limit_violations: statistics.limitViolations,
    limited_ticks: statistics.limitedTicks,
    ticks: statistics.ticks,
    episode_s: roundedQuantiles(results.filter((r) => r.success).map((r) => r.duration_s)),
    tick_lateness_ms: roundedQuantiles(statistics.tickLatenessMs),
    chunk_ms: roundedQuantiles(statistics.chunkMs),
    observation_to_command_ms: roundedQuantiles(statistics.observationToCommandMs),
    failed_seeds: results.filter(({ success }) => !success).map(({ seed }) => seed),
  };
  if (options.json) {
    console.log(JSON.stringify(summary));
    return;
  }
  const percent = (100 * summary.success_rate).toFixed(1);
  console.log(`${successes} of ${results.length} episodes succeeded (${percent} %)`);
  console.log(`95 % interval ${(100 * low).toFixed(1)} to ${(100 * high).toFixed(1)} %`);
  for (const [name, value] of Object.entries(summary).slice(4)) {
    console.log(`${name}: ${JSON.stringify(value)}`);
  }
}
