/** `sinew check`: says whether a policy package may run, and if not, every reason why. */
import { type Command, InvalidArgumentError } from 'commander';

function threadCount(text: string): number {
  const value = Number(text);
  if (Number.isInteger(value) && value >= 1) return value;
  throw new InvalidArgumentError('expected a whole number, 1 or more.');
}

export function registerCheck(program: Command): void {
  program
    .command('check')
    .description('validate a policy package and run its parity fixture')
    .argument('<dir>', 'folder of the package')
    .option('--threads <n>', 'threads that a graph run may use', threadCount, 1)
    .option('--json', 'print one JSON object instead', false)
    .addHelpText('after', '\nExample:\n  npx sinew check models/so101_pick_flow')
    .action(async (dir: string, options: { threads: number; json: boolean }) => {
      const { runCheck } = await import('./check.js');
      await runCheck(dir, options);
    });
}
