/** `sinew calibrate gate`: options of the command. */
import { type Command, InvalidArgumentError, Option } from 'commander';
import type { CalibrateGateOptions } from './calibrate_gate.js';
import { wholeNumber } from './eval_command.js';

const share = (text: string): number => {
  const value = Number(text);
  if (value > 0 && value < 1) return value;
  throw new InvalidArgumentError('expected a number between 0 and 1.');
};

/** Adds the command `gate` to `calibrate`. */
export function registerCalibrateGate(calibrate: Command): void {
  calibrate
    .command('gate')
    .description('find the score above which the policy asks for an operator')
    .addOption(new Option('--config <file>', 'set-up file').makeOptionMandatory())
    .option('--rate <x>', 'greatest share of good episodes that ask in vain', share, 0.05)
    .option('--consecutive <n>', 'so many scores in a row have to lie above', wholeNumber, 1)
    .option('--episodes <n>', 'episodes to roll out in the simulator', wholeNumber, 60)
    .option('--seed <s>', 'seed of the first one', wholeNumber, 700_000)
    .option('--scores <file>', 'recorded episodes instead, one a line: {"success", "scores"}')
    .option('--save <file>', 'keep the scores of the episodes in such a file')
    .option('--out <file>', 'where the calibration goes', 'gate.json')
    .addHelpText(
      'after',
      '\nExample:\n  npx sinew calibrate gate --config config/demo.yaml --rate 0.05 --out config/gate.json',
    )
    .action(async (options: CalibrateGateOptions) => {
      const { runCalibrateGate } = await import('./calibrate_gate.js');
      await runCalibrateGate(options);
    });
}
