/** The controller's ROS parameters; what may change in motion reaches the loop between two ticks. */
import type { ControlMemory } from '../control/control_memory.js';
import { Parameters } from '../ros/parameters.js';
import type { RosNode } from '../ros/ros_node.js';
import type { Config } from './config.js';

function table({ controller, topics, robot, lockstep }: Config) {
  return {
    blend_s: {
      type: 'double',
      default: controller.blend_s,
      min: 0,
      max: 2,
      description: 'time over which a new chunk takes over from the old one, s',
    },
    interpolation: {
      type: 'string',
      default: controller.interpolation,
      choices: ['linear', 'cubic'],
      description: 'curve between the steps of a chunk',
    },
    joint_state_timeout_s: {
      type: 'double',
      default: controller.joint_state_timeout_s,
      min: 0.02,
      max: 5,
      description: 'joint states older than this stop the arm, s',
    },
    chunk_timeout_s: {
      type: 'double',
      default: controller.chunk_timeout_s,
      min: 0.05,
      max: 60,
      description: 'a chunk whose observation is older than this is not executed, s',
    },
    rate_hz: {
      type: 'double',
      default: controller.rate_hz,
      readOnly: true,
      description: 'ticks of the control loop a second',
    },
    joints: {
      type: 'strings',
      default: robot.joints,
      readOnly: true,
      description: 'the joints commanded, in the order of the command',
    },
    command_topic: {
      type: 'string',
      default: topics.command,
      readOnly: true,
      description: 'where commands go',
    },
    lockstep: {
      type: 'bool',
      default: lockstep,
      readOnly: true,
      description: 'tick on messages instead of the clock, for repeatable simulation',
    },
  } as const;
}

/** Declares the parameters and keeps the loop's settings equal to them. */
export function declareParameters(node: RosNode, config: Config, memory: ControlMemory) {
  const parameters = new Parameters(node, table(config));
  const apply = () =>
    memory.writeSettings({
      blendS: parameters.get('blend_s'),
      cubic: parameters.get('interpolation') === 'cubic' ? 1 : 0,
      jointStateTimeoutS: parameters.get('joint_state_timeout_s'),
      chunkTimeoutS: parameters.get('chunk_timeout_s'),
    });
  apply();
  parameters.onChange(apply);
  return parameters;
}
