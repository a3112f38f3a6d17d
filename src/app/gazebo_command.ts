/** `sinew gazebo`: options of the commands about Gazebo. */
import { type Command, Option } from 'commander';
import { FLAVOURS, type Flavour } from '../simulation/gazebo_world/flavour.js';
import { SET_OPTION } from './eval_command.js';

export interface GazeboWorldCommandOptions {
  readonly config: string;
  readonly flavour?: Flavour;
  readonly ros2Control?: string;
  readonly output?: string;
  readonly set: readonly string[];
}

export function registerGazebo(program: Command): void {
  const gazebo = program
    .command('gazebo')
    .description('the robot and scene of a set-up in Gazebo')
    .addHelpText('after', '\nExample:\n  npx sinew gazebo world --config config/gazebo.yaml');
  gazebo
    .command('world')
    .description('write the world file: robot, scene and cameras as MuJoCo shows them')
    .addOption(new Option('--config <file>', 'set-up file').makeOptionMandatory())
    .addOption(
      new Option('--flavour <name>', 'which Gazebo (default: the set-up’s)').choices(FLAVOURS),
    )
    .option('--ros2-control <file>', 'let ros2_control drive the joints, by this controllers’ YAML')
    .option('-o, --output <file>', 'write here instead of to the terminal')
    .option(...SET_OPTION)
    .addHelpText(
      'after',
      '\nExample:\n  npx sinew gazebo world --config config/gazebo.yaml --flavour harmonic -o cell.sdf',
    )
    .action(async (options: GazeboWorldCommandOptions) => {
      const { runGazeboWorld } = await import('./gazebo_world_command.js');
      runGazeboWorld(options);
    });
  gazebo
    .command('urdf')
    .description('print the robot’s URDF with the element that gz_ros2_control reads')
    .addOption(new Option('--config <file>', 'set-up file').makeOptionMandatory())
    .addOption(
      new Option('--flavour <name>', 'which Gazebo (default: the set-up’s)').choices(FLAVOURS),
    )
    .option(...SET_OPTION)
    .addHelpText('after', '\nExample:\n  npx sinew gazebo urdf --config config/gazebo_ros.yaml')
    .action(async (options: GazeboWorldCommandOptions) => {
      const { runGazeboUrdf } = await import('./gazebo_world_command.js');
      runGazeboUrdf(options);
    });
}
