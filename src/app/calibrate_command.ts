/** `sinew calibrate`: measures what a set-up file should know of a robot. */
import { type Command, InvalidArgumentError, Option } from 'commander';
import { registerCalibrateGate } from './calibrate_gate_command.js';

export interface LatencyOptions {
  readonly config: string;
  readonly joint?: string;
  readonly amplitude?: number;
  readonly duration: number;
  readonly camera: readonly string[];
  readonly write: boolean;
}

const positive = (text: string): number => {
  const value = Number(text);
  if (Number.isFinite(value) && value > 0) return value;
  throw new InvalidArgumentError('expected a number above 0.');
};

export function registerCalibrate(program: Command): void {
  const calibrate = program
    .command('calibrate')
    .description('measure what a set-up file should know of a robot or its policy')
    .addHelpText(
      'after',
      '\nExample:\n  npx sinew calibrate latency --config config/so101_servo.yaml',
    );
  registerCalibrateGate(calibrate);
  calibrate
    .command('latency')
    .description('move a joint of the running robot, and find the delays of arm and cameras')
    .addOption(new Option('--config <file>', 'set-up file of what runs').makeOptionMandatory())
    .option('--joint <name>', 'joint that is moved; the first if absent')
    .option(
      '--amplitude <rad>',
      'how far it goes to either side; 0.15, or less where its limits ask for that, if absent',
      positive,
    )
    .option('--duration <s>', 'how long it moves', positive, 8)
    .option(
      '--camera <name>',
      'camera that sees the joint, as often as wanted; those of the policy if absent',
      (name: string, before: string[]) => [...before, name],
      [] as string[],
    )
    .option('--no-write', 'print what was found, and leave the file alone')
    .addHelpText(
      'after',
      '\nThe controller has to be active and the policy inactive; nothing else may move in the\n' +
        'pictures. The motion goes through the safety filter like any other.\n' +
        '\nExample:\n  npx sinew calibrate latency --config config/so101_servo.yaml --joint shoulder_pan',
    )
    .action(async (options: LatencyOptions) => {
      const { runCalibrateLatency } = await import('./calibrate_latency.js');
      await runCalibrateLatency(options);
    });
}
