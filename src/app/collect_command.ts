/** `sinew collect`: options of the command that records demonstrations. */
import { type Command, Option } from 'commander';
import { wholeNumber } from './eval_command.js';

export interface CollectOptions {
  readonly out: string;
  readonly episodes: number;
  readonly seed: number;
  readonly disturbance: number;
  readonly robot: string;
  /** Pictures of random moments instead of episodes. */
  readonly views?: number;
}

export function registerCollect(program: Command): void {
  program
    .command('collect')
    .description('record demonstrations of the scripted expert in the simulator, for training')
    .addOption(new Option('--out <dir>', 'folder to write').makeOptionMandatory())
    .option('--episodes <n>', 'number of episodes', wholeNumber, 100)
    .option('--seed <s>', 'seed of the first episode; the next ones count up', wholeNumber, 0)
    .option('--disturbance <x>', 'strength of random pushes, 0 is none', Number, 1)
    .option('--views <n>', 'random pictures without actions, instead of episodes', wholeNumber)
    .option('--robot <file>', 'robot settings', 'config/so101.yaml')
    .addHelpText('after', '\nExample:\n  npx sinew collect --out data/demo --episodes 400')
    .action(async (options: CollectOptions) => {
      const { runCollect } = await import('./collect.js');
      await runCollect(options);
    });
}
