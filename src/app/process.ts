/**
 * What every sinew process does first and last: read `--config`, log as JSON lines, stop in order
 * on SIGTERM, SIGINT or an uncaught error, and end with one clear line when something is wrong.
 */
import { parseArgs } from 'node:util';
import { type Logger, pino } from 'pino';
import { errorLine } from '../core/error.js';
import { RosNode } from '../ros/ros_node.js';
import { type Config, loadConfig } from './config.js';
import { FAREWELL } from './farewell.js';

/** What a process's `start` receives. */
export interface ProcessContext {
  readonly config: Config;
  /** Whether the process was started again after its end, as `--restarted` says. */
  readonly restarted: boolean;
  readonly log: Logger;
  /** Ends the process after its stop sequence; a fault gives exit code 1. */
  readonly exit: (fault?: unknown) => void;
}

/** A started process; `stop` runs its stop sequence once and must return within 3 s. */
export interface RunningProcess {
  stop(): Promise<void>;
}

const STOP_TIMEOUT_MS = 3000;

/** Parses the process's command line, runs it, and keeps it until a signal or fault ends it. */
export async function runProcess(
  name: string,
  start: (context: ProcessContext) => Promise<RunningProcess>,
): Promise<void> {
  const log = pino(
    { name, level: process.env['SINEW_LOG_LEVEL'] ?? 'info' },
    pino.destination({ fd: 2, sync: true }),
  );
  let running: RunningProcess | undefined;
  let stopping = false;

  /** Ends the process; a node that was left open, by a start that failed, could crash that. */
  const leave = async (code: number): Promise<void> => {
    process.send?.(FAREWELL);
    await RosNode.closeAll();
    process.exit(code);
  };

  const exit = (fault?: unknown): void => {
    if (fault !== undefined) log.fatal(errorLine(fault));
    if (stopping) return;
    stopping = true;
    const code = fault === undefined ? 0 : 1;
    setTimeout(() => {
      log.fatal(`stop sequence took longer than ${STOP_TIMEOUT_MS} ms; leaving without it`);
      process.exit(1);
    }, STOP_TIMEOUT_MS).unref();
    Promise.resolve(running?.stop()).then(
      () => leave(code),
      (error: unknown) => {
        log.fatal(errorLine(error));
        return leave(1);
      },
    );
  };

  process.on('SIGTERM', () => exit());
  process.on('SIGINT', () => exit());
  process.on('uncaughtException', (error) => {
    log.fatal({ stack: error.stack }, 'uncaught exception');
    exit(error);
  });
  process.on('unhandledRejection', (error) => exit(error));
  // The supervisor holds the other end of this channel: when it dies, its processes stop too.
  process.on('disconnect', () => exit());

  try {
    const { values } = parseArgs({
      options: {
        config: { type: 'string' },
        lockstep: { type: 'boolean', default: false },
        restarted: { type: 'boolean', default: false },
        set: { type: 'string', multiple: true, default: [] },
      },
    });
    if (values.config === undefined) throw new Error(`${name}: --config FILE is required`);
    const config = loadConfig(values.config, { lockstep: values.lockstep, set: values.set });
    running = await start({ config, restarted: values.restarted, log, exit });
    if (stopping) await running.stop();
  } catch (error) {
    log.fatal(errorLine(error));
    await leave(1);
  }
}
