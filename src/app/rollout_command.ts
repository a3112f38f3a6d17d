/** `sinew rollout`: options of the command that rolls a policy out without ROS. */
import { type Command, Option } from 'commander';
import { wholeNumber } from './eval_command.js';

export interface RolloutCommandOptions {
  readonly package: string;
  readonly episodes: number;
  readonly seed: number;
  readonly record?: string;
  readonly expertShare: number;
  readonly disturbance: number;
  readonly replan: number;
  readonly latencyMs: number;
  readonly timeout: number;
  readonly steps?: number;
  readonly variant?: string;
  readonly robot: string;
}

export function registerRollout(program: Command): void {
  program
    .command('rollout')
    .description('run a policy in a simulated world of this process; record corrections if wanted')
    .addOption(new Option('--package <dir>', 'policy package').makeOptionMandatory())
    .option('--episodes <n>', 'number of episodes', wholeNumber, 50)
    .option('--seed <s>', 'seed of the first episode; the next ones count up', wholeNumber, 500_000)
    .option('--record <dir>', 'record visited states with the expert’s answers to this folder')
    .option('--expert-share <x>', 'share of the time that the expert drives', Number, 0)
    .option('--disturbance <x>', 'random beginnings and pushes of this strength', Number, 0)
    .option('--replan <n>', 'observations from chunk to chunk', wholeNumber, 2)
    .option('--latency-ms <t>', 'typical time from observation to effect', Number, 30)
    .option('--timeout <s>', 'give an episode up after this long', Number, 20)
    .option('--steps <n>', 'steps of the sampler (default: the package’s)', wholeNumber)
    .option('--variant <name>', 'variant of the package (default: the package as it is)')
    .option('--robot <file>', 'robot settings', 'config/so101.yaml')
    .addHelpText(
      'after',
      '\nExample:\n  npx sinew rollout --package models/so101_pick_flow --episodes 100',
    )
    .action(async (options: RolloutCommandOptions) => {
      const { runRollout } = await import('./rollout.js');
      await runRollout(options);
    });
}
