/**
 * The command line. Each command's file registers its own options; what needs ROS or ONNX is
 * imported only when its command runs, so that help answers at once.
 */
import { Command } from 'commander';
import { errorLine } from '../core/error.js';
import { registerCalibrate } from './calibrate_command.js';
import { registerCheck } from './check_command.js';
import { registerCollect } from './collect_command.js';
import { registerDoctor } from './doctor_command.js';
import { registerEval } from './eval_command.js';
import { registerGazebo } from './gazebo_command.js';
import { registerRollout } from './rollout_command.js';
import { registerSafety } from './safety_command.js';
import { registerServo } from './servo_command.js';
import { registerUp } from './up_command.js';

const program = new Command('sinew')
  .description('Runs ONNX visuomotor policies on robot arms over ROS 2, through a safety filter.')
  .version('0.1.0')
  .showHelpAfterError('(add --help for the options)')
  .configureHelp({ sortSubcommands: true });

registerUp(program);
registerEval(program);
registerCheck(program);
registerDoctor(program);
registerCalibrate(program);
registerCollect(program);
registerGazebo(program);
registerRollout(program);
registerSafety(program);
registerServo(program);

try {
  await program.parseAsync();
} catch (error) {
  process.stderr.write(`sinew: ${errorLine(error)}\n`);
  process.exitCode = 1;
}
