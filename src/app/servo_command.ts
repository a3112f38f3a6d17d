/** `sinew servo`: finds, names, calibrates, watches and switches the servos of an arm. */
import { type Command, InvalidArgumentError, Option } from 'commander';

const wholeNumber = (text: string): number => {
  const value = Number(text);
  if (Number.isInteger(value) && value >= 0) return value;
  throw new InvalidArgumentError('expected a whole number.');
};

const idList = (text: string): number[] => text.split(',').map(wholeNumber);

const portOption = () =>
  new Option('--port <path>', 'serial port, such as /dev/ttyACM0').makeOptionMandatory();
const baudOption = (text: string) => new Option('--baud <rate>', text).argParser(wholeNumber);
const protocolOption = () =>
  new Option('--protocol <name>', 'wire protocol').choices(['feetech', 'dynamixel']);
const configOption = () =>
  new Option('--config <file>', 'set-up file with a servo section').makeOptionMandatory();

const example = (line: string) => `\nExample:\n  npx sinew servo ${line}`;

export function registerServo(program: Command): void {
  const servo = program
    .command('servo')
    .description('find, name, calibrate, watch and switch the servos of an arm')
    .addHelpText('after', example('scan --port /dev/ttyACM0'));

  servo
    .command('scan')
    .description('find the servos on a port, at any speed and of either protocol')
    .addOption(portOption())
    .addOption(protocolOption())
    .addOption(baudOption('only this speed'))
    .option('--highest-id <id>', 'last id to try', wholeNumber, 252)
    .option('--json', 'print one JSON object instead', false)
    .addHelpText('after', example('scan --port /dev/ttyACM0'))
    .action(async (options) => (await import('./servo_scan.js')).runScan(options));

  servo
    .command('set-id')
    .description('give a servo another id; connect it alone')
    .addOption(portOption())
    .addOption(protocolOption().default('feetech'))
    .addOption(baudOption('its present speed').default(1_000_000))
    .requiredOption('--from <id>', 'its present id', wholeNumber)
    .requiredOption('--to <id>', 'its new id', wholeNumber)
    .option('--new-baud <rate>', 'its new speed', wholeNumber)
    .addHelpText('after', example('set-id --port /dev/ttyACM0 --from 1 --to 3'))
    .action(async (options) => (await import('./servo_set_id.js')).runSetId(options));

  servo
    .command('calibrate')
    .description('lead through homing and ranges, and write them to servos and calibration file')
    .addOption(configOption())
    .option('--write', 'write the calibration file to the servos, without a new calibration', false)
    .addHelpText('after', example('calibrate --config config/so101_arm.yaml'))
    .action(async (options) => (await import('./servo_calibrate.js')).runCalibrate(options));

  servo
    .command('monitor')
    .description('show position, speed, load, voltage, temperature and faults of all joints')
    .addOption(configOption())
    .option('--once', 'print one table and end', false)
    .addHelpText('after', example('monitor --config config/so101_arm.yaml'))
    .action(async (options) => (await import('./servo_monitor.js')).runMonitor(options));

  servo
    .command('torque')
    .description('switch the torque of servos on, each where it is, or off')
    .argument('<state>', '"on" or "off"')
    .addOption(portOption())
    .addOption(protocolOption().default('feetech'))
    .addOption(baudOption('speed').default(1_000_000))
    .option('--ids <list>', 'only these, such as 1,2,3; all that answer if absent', idList)
    .addHelpText('after', example('torque off --port /dev/ttyACM0'))
    .action(async (state, options) =>
      (await import('./servo_torque.js')).runTorque(state, options),
    );
}
