/** `sinew safety explain`: every limit in effect, and where it came from. */
import { type Command, Option } from 'commander';
import { SET_OPTION } from './eval_command.js';

/** Parsed options of `sinew safety explain`. */
export interface ExplainOptions {
  readonly config: string;
  readonly json: boolean;
  readonly set: readonly string[];
}

const EXAMPLE = '\nExample:\n  npx sinew safety explain --config config/demo.yaml';

export function registerSafety(program: Command): void {
  const safety = program
    .command('safety')
    .description('tell what the safety filter of a set-up keeps')
    .addHelpText('after', EXAMPLE);
  safety
    .command('explain')
    .description('print all limits and where each came from, with their SHA-256')
    .addOption(new Option('--config <file>', 'set-up file').makeOptionMandatory())
    .option(...SET_OPTION)
    .option('--json', 'print one JSON object instead', false)
    .addHelpText('after', EXAMPLE)
    .action(async ({ config, json, set }: ExplainOptions) => {
      const { explainSafety } = await import('./safety_explain.js');
      const { safetyTable } = await import('./safety_table.js');
      const explanation = explainSafety(config, set);
      const text = json
        ? JSON.stringify(explanation, null, 2)
        : safetyTable(explanation).join('\n');
      process.stdout.write(`${text}\n`);
    });
}
