/** `sinew eval`: options of the evaluation command. */
import { type Command, InvalidArgumentError, Option } from 'commander';

/** Parsed options of `sinew eval`. */
export interface EvalOptions {
  readonly config: string;
  readonly episodes: number;
  readonly seed?: number;
  readonly json: boolean;
  readonly lockstep: boolean;
  readonly set: readonly string[];
  readonly attach: boolean;
}

/** Parses a whole number ≥ 0 of the command line. */
export function wholeNumber(text: string): number {
  const value = Number(text);
  if (!Number.isInteger(value) || value < 0) {
    throw new InvalidArgumentError('expected a whole number, 0 or more.');
  }
  return value;
}

/** `--set key.path=value`, as often as wanted. */
export const SET_OPTION = [
  '--set <key=value>',
  'put over the set-up file, e.g. --set policy.package=../models/mine',
  (text: string, before: string[]) => [...before, text],
  [] as string[],
] as const;

export function registerEval(program: Command): void {
  program
    .command('eval')
    .description('run episodes through the real processes and count successes')
    .addOption(new Option('--config <file>', 'set-up file').makeOptionMandatory())
    .option('--episodes <n>', 'number of episodes', wholeNumber, 20)
    .option('--seed <s>', 'seed of the first episode; the next ones count up', wholeNumber)
    .option(...SET_OPTION)
    .option('--lockstep', 'simulated time, each step waiting for the policy: repeatable', false)
    .option('--attach', 'use processes that run already instead of starting them', false)
    .option('--json', 'print one JSON object as the last line', false)
    .addHelpText(
      'after',
      '\nExample:\n  npx sinew eval --config config/demo.yaml --episodes 100 --seed 1000000 --json',
    )
    .action(async (options: EvalOptions) => {
      const { runEval } = await import('./eval.js');
      await runEval(options);
    });
}
