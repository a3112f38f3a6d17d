/** `sinew gazebo world` and `urdf`: the files that Gazebo reads of a set-up. */
import { writeFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { SinewError } from '../core/error.js';
import { loadConfig } from './config.js';
import type { GazeboWorldCommandOptions } from './gazebo_command.js';
import { urdfWithRos2Control } from './gazebo_ros2_control.js';
import { gazeboSettings, worldOf } from './gazebo_setup.js';

export function runGazeboWorld(options: GazeboWorldCommandOptions): void {
  const config = loadConfig(options.config, { set: options.set });
  const { flavour, ros2Control, output } = options;
  const text = worldOf(config, {
    flavour,
    ros2Control: ros2Control === undefined ? undefined : resolve(ros2Control),
  });
  if (output === undefined) {
    process.stdout.write(text);
    return;
  }
  try {
    writeFileSync(output, text);
  } catch (error) {
    throw new SinewError('the world file cannot be written', {
      where: output,
      cause: error,
    });
  }
}

export function runGazeboUrdf({ config: file, flavour, set }: GazeboWorldCommandOptions): void {
  const config = loadConfig(file, { set });
  const fortress = (flavour ?? gazeboSettings(config).flavour) === 'fortress';
  const { urdf, joints, home } = config.robot;
  process.stdout.write(urdfWithRos2Control(urdf, joints, home, fortress));
}
