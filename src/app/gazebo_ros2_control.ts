/**
 * The robot's URDF with a `<ros2_control>` element: what gz_ros2_control reads to know which joints
 * it drives. The world file holds the rest.
 */
import { readFileSync } from 'node:fs';
import { SinewError } from '../core/error.js';
import { element, value } from '../simulation/gazebo_world/element.js';

const HARDWARE = {
  fortress: 'ign_ros2_control/IgnitionSystem',
  gz: 'gz_ros2_control/GazeboSimSystem',
} as const;

/**
 * @param urdf path of the URDF
 * @param joints those that are driven by position
 * @param home their positions at start, rad, by name
 * @param fortress whether Gazebo is Fortress, whose names are the older ones
 */
export function urdfWithRos2Control(
  urdf: string,
  joints: readonly string[],
  home: Readonly<Record<string, number>>,
  fortress: boolean,
): string {
  const text = readFileSync(urdf, 'utf8');
  const end = text.lastIndexOf('</robot>');
  if (end < 0) throw new SinewError('has no </robot>', { where: urdf });
  const control = element(
    'ros2_control',
    { name: 'gazebo', type: 'system' },
    element('hardware', {}, value('plugin', fortress ? HARDWARE.fortress : HARDWARE.gz)),
    ...joints.map((joint) =>
      element(
        'joint',
        { name: joint },
        element('command_interface', { name: 'position' }),
        element(
          'state_interface',
          { name: 'position' },
          element('param', { name: 'initial_value' }, home[joint] ?? 0),
        ),
        element('state_interface', { name: 'velocity' }),
        element('state_interface', { name: 'effort' }),
      ),
    ),
  );
  return `${text.slice(0, end)}${control}\n${text.slice(end)}`;
}
