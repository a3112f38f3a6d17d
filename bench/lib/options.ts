/** The command line that all benchmarks share. */
import { parseArgs } from 'node:util';

export interface BenchOptions {
  /** Rounds of each side; sides take turns. */
  readonly rounds: number;
  /** Measured seconds a round, after the warm-up. */
  readonly seconds: number;
  /** Folder of the policy package. */
  readonly package: string;
  /** A smoke run: its figures mean nothing. */
  readonly quick: boolean;
}

export interface BenchDefaults {
  readonly name: string;
  /** One line: what is measured against what. */
  readonly summary: string;
  readonly rounds: number;
  readonly seconds: number;
}

/** Read-out of `process.argv`; prints the help and exits where asked to, or on a wrong option. */
export function benchOptions(defaults: BenchDefaults): BenchOptions {
  const { name, summary } = defaults;
  const help = `Usage: npm run bench -- ${name} [options]

${summary}

  --quick        one short round of each side, to see that all works
  --rounds N     rounds of each side, which take turns (default ${defaults.rounds})
  --seconds S    measured seconds a round (default ${defaults.seconds})
  --package DIR  policy package (default models/so101_pick_flow)

Example:
  npm run bench -- ${name} --rounds 3
The last line printed is one JSON object.`;
  try {
    const { values } = parseArgs({
      options: {
        quick: { type: 'boolean', default: false },
        rounds: { type: 'string' },
        seconds: { type: 'string' },
        package: { type: 'string', default: 'models/so101_pick_flow' },
        help: { type: 'boolean', short: 'h', default: false },
      },
    });
    if (values.help) {
      console.log(help);
      process.exit(0);
    }
    const { quick } = values;
    return {
      quick,
      rounds: number('rounds', values.rounds, quick ? 1 : defaults.rounds),
      seconds: number('seconds', values.seconds, quick ? 3 : defaults.seconds),
      package: values.package,
    };
  } catch (error) {
    console.error(`bench ${name}: ${error instanceof Error ? error.message : String(error)}`);
    process.exit(1);
  }
}

function number(name: string, text: string | undefined, fallback: number): number {
  if (text === undefined) return fallback;
  const value = Number(text);
  if (!(value > 0 && Number.isFinite(value))) throw new Error(`--${name} ${text}: not above 0`);
  return value;
}
