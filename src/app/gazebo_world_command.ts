/** `sinew gazebo world`: writes the world file of a set-up. */
import { writeFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { SinewError } from '../core/error.js';
import { loadConfig } from './config.js';
import type { GazeboWorldCommandOptions } from './gazebo_command.js';
import { worldOf } from './gazebo_setup.js';

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
