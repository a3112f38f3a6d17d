/** `sinew up`: options of the command that runs a whole set-up. */
import { type Command, Option } from 'commander';
import { SET_OPTION, wholeNumber } from './eval_command.js';

/** Parsed options of `sinew up`. */
export interface UpOptions {
  readonly config: string;
  readonly headless: boolean;
  readonly episodes?: number;
  readonly set: readonly string[];
}

export function registerUp(program: Command): void {
  program
    .command('up')
    .description('start all processes of a set-up, keep them running, stop them on Ctrl-C')
    .addOption(new Option('--config <file>', 'set-up file').makeOptionMandatory())
    .option('--headless', 'print log lines instead of a status line', false)
    .option(...SET_OPTION)
    .option('--episodes <n>', 'leave after this many episodes in simulation', wholeNumber)
    .addHelpText('after', '\nExample:\n  npx sinew up --config config/demo.yaml')
    .action(async (options: UpOptions) => {
      const { runUp } = await import('./up.js');
      await runUp(options);
    });
}
