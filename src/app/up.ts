/**
 * `sinew up`: runs a set-up until Ctrl-C. With a simulator in it, one episode after the other; with
 * a real robot, it only watches.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import { errorLine, SinewError } from '../core/error.js';
import { RosNode } from '../ros/ros_node.js';
import { type Config, loadConfig, rosEnvironment } from './config.js';
import { EpisodeRunner } from './episode_runner.js';
import { formatLogLine, isImportant } from './log_line.js';
import { OperatorPause } from './operator_pause.js';
import { Revival } from './revival.js';
import { RunStatistics } from './run_statistics.js';
import { assembleSafety } from './safety_setup.js';
import { createStack, isSimulated } from './stack.js';
import { quantiles } from './statistics.js';
import type { Supervisor } from './supervisor.js';
import { StatusLine } from './terminal.js';
import type { UpOptions } from './up_command.js';

const STATUS_MS = 500;
const READY_TIMEOUT_S = 120;

interface Score {
  episodes: number;
  successes: number;
  doing: string;
}

export async function runUp(options: UpOptions): Promise<void> {
  const config = loadConfig(options.config, { set: options.set });
  // Refused here, in one line, and not by a controller that is started again and again.
  assembleSafety(config);
  Object.assign(process.env, rosEnvironment(config));
  const live = !options.headless && process.stdout.isTTY === true;
  const status = new StatusLine(process.stdout, live);
  const abort = new AbortController();
  const stop = () => abort.abort();
  process.on('SIGINT', stop).on('SIGTERM', stop);

  const stack = createStack(config, options.set);
  stack.on('log', (line) => {
    if (line.process === 'console' && line.text.startsWith('operator page: ')) {
      status.log(line.text);
    } else if (!live || isImportant(line)) status.log(formatLogLine(line));
  });
  stack.on('state', (name, state, reason) => {
    const level = state === 'failed' ? 'error' : state === 'restarting' ? 'warn' : 'info';
    if (!live || level !== 'info') {
      status.log(formatLogLine({ process: 'supervisor', level, text: `${name} ${reason}` }));
    }
    if (state === 'failed') abort.abort(new SinewError(`process "${name}" ${reason}`));
  });

  const node = await RosNode.create({ name: 'supervisor' });
  new Revival(node, stack, (text) => {
    status.log(formatLogLine({ process: 'supervisor', level: 'warn', text }));
  });
  const score: Score = { episodes: 0, successes: 0, doing: 'starting' };
  const statistics = new RunStatistics(node, config);
  const timer = setInterval(() => {
    status.show(statusText(score, statistics, stack));
    statistics.clear();
  }, STATUS_MS);
  try {
    stack.start();
    if (isSimulated(config)) {
      const runner = new EpisodeRunner(node, config);
      const pause = new OperatorPause(node, config.topics.authority);
      await runEpisodes(runner, pause, config, options.episodes, score, abort.signal, status);
    } else {
      score.doing = 'running';
      await new Promise((resolve) => abort.signal.addEventListener('abort', resolve));
    }
  } catch (error) {
    if (!abort.signal.aborted) throw error;
  } finally {
    clearInterval(timer);
    status.end();
    await node.close();
    await stack.stop();
    process.off('SIGINT', stop).off('SIGTERM', stop);
  }
  if (live || options.episodes !== undefined) {
    console.log(`${score.successes} of ${score.episodes} episodes succeeded`);
  }
  if (abort.signal.reason instanceof SinewError) throw abort.signal.reason;
}

async function runEpisodes(
  runner: EpisodeRunner,
  pause: OperatorPause,
  config: Config,
  limit: number | undefined,
  score: Score,
  signal: AbortSignal,
  status: StatusLine,
): Promise<void> {
  await runner.ready(READY_TIMEOUT_S, signal);
  for (let seed = config.episode.seed; score.episodes < (limit ?? Infinity); seed++) {
    score.doing = `episode ${score.episodes + 1} (seed ${seed})`;
    try {
      await runner.reset(seed);
      const { success } = await runner.waitForSuccess(signal, () => pause.paused);
      score.episodes++;
      if (success) score.successes++;
      // Nor is the arm taken from somebody who takes it now.
      do await sleep(config.episode.pause_s * 1000, undefined, { signal });
      while (pause.paused);
    } catch (error) {
      if (signal.aborted) return;
      // A process that died answers no service until the supervisor has started it again.
      status.log(`episode given up: ${errorLine(error)}`);
      await runner.ready(READY_TIMEOUT_S, signal);
    }
  }
}

/** One line: what runs, how fast, how late, and what came of it. */
function statusText(score: Score, statistics: RunStatistics, stack: Supervisor): string {
  const late = quantiles(statistics.tickLatenessMs);
  const chunk = quantiles(statistics.chunkMs);
  const rate = statistics.ticks / (STATUS_MS / 1000);
  const down = stack.status().filter(({ state }) => state !== 'running' && state !== 'starting');
  const parts = [
    `${score.successes}/${score.episodes} picked`,
    score.doing,
    `${rate.toFixed(0)} Hz`,
    `late p99 ${late === null ? '-' : late.p99.toFixed(2)} ms`,
    `chunk ${chunk === null ? '-' : chunk.p50.toFixed(1)} ms`,
    ...down.map(({ name, state }) => `${name} ${state}`),
  ];
  return parts.join('  |  ');
}
