/**
 * The controller's ROS parameters. What may change in motion reaches the loop between two ticks; what
 * the safety configuration is made of may change only while the controller is not active.
 */
import type { ControlMemory } from '../control/control_memory.js';
import { Parameters } from '../ros/parameters.js';
import type { RosNode } from '../ros/ros_node.js';
import type { Config } from './config.js';

/** What the table must know of the node that it is declared for. */
interface Lock {
  /** Whether the controller is active, or on the way to or from it. */
  locked(): boolean;
  /** The present value of a parameter; undefined while it is being declared. */
  current(name: string): unknown;
}

function table({ controller, safety, topics, robot, lockstep }: Config, lock: Lock) {
  /** A check that lets no other value than the present one in while the controller is active. */
  const inactive = (name: string) => ({
    check: (value: unknown) => {
      const present = lock.current(name);
      if (present === undefined || present === value || !lock.locked()) return undefined;
      return 'part of the safety configuration, fixed while the controller is active; deactivate it';
    },
  });
  const { barrier } = safety;
  const [leastGain, mostGain] = barrier.gain_bounds;
  const [leastMargin, mostMargin] = barrier.margin_bounds_m;
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
    barrier_gain: {
      type: 'double',
      default: barrier.gain,
      min: leastGain,
      max: mostGain,
      description: 'share of the distance left to a margin that may be used up a second, 1/s',
    },
    self_margin_m: {
      type: 'double',
      default: barrier.self_margin_m,
      min: leastMargin,
      max: mostMargin,
      description: 'distance that links are kept from one another, m',
    },
    scene_margin_m: {
      type: 'double',
      default: barrier.scene_margin_m,
      min: leastMargin,
      max: mostMargin,
      description: 'distance that the robot is kept from the scene, m',
    },
    manual: {
      type: 'bool',
      default: false,
      description: 'manual mode, with its own tool speed; left only while inactive',
      check: (on: boolean) =>
        !on && lock.current('manual') === true && lock.locked()
          ? 'manual mode is left only while the controller is not active; deactivate it'
          : undefined,
    },
    joint_state_timeout_s: {
      type: 'double',
      default: controller.joint_state_timeout_s,
      min: 0.02,
      max: 5,
      description: 'joint states older than this stop the arm, s',
      ...inactive('joint_state_timeout_s'),
    },
    chunk_timeout_s: {
      type: 'double',
      default: controller.chunk_timeout_s,
      min: 0.05,
      max: 60,
      description: 'a chunk whose observation is older than this is not executed, s',
      ...inactive('chunk_timeout_s'),
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

export type ControllerParameters = Parameters<ReturnType<typeof table>>;

/**
 * Declares the parameters, keeps the loop's settings equal to them, and offers `~/manual`, which
 * sets the parameter of that name.
 *
 * @param locked whether the controller is active, or on the way to or from it
 */
export function declareParameters(
  node: RosNode,
  config: Config,
  memory: ControlMemory,
  locked: () => boolean,
): ControllerParameters {
  let declared: ControllerParameters | undefined;
  const lock = { locked, current: (name: string) => declared?.lookup(name) };
  const parameters = new Parameters(node, table(config, lock));
  declared = parameters;
  const apply = () => {
    memory.writeSettings({
      blendS: parameters.get('blend_s'),
      cubic: parameters.get('interpolation') === 'cubic' ? 1 : 0,
      jointStateTimeoutS: parameters.get('joint_state_timeout_s'),
      chunkTimeoutS: parameters.get('chunk_timeout_s'),
      manual: parameters.get('manual') ? 1 : 0,
      barrierGain: parameters.get('barrier_gain'),
      selfMargin: parameters.get('self_margin_m'),
      sceneMargin: parameters.get('scene_margin_m'),
    });
  };
  apply();
  parameters.onChange(apply);
  node.service('~/manual', 'std_srvs/srv/SetBool', ({ data }) => {
    const refusal = parameters.trySet([{ name: 'manual', value: data }], true);
    return { success: refusal === undefined, message: refusal ?? (data ? 'manual' : 'automatic') };
  });
  return parameters;
}
