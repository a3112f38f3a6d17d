/**
 * What has to be done so that the wanted controllers of a controller_manager are active: pure, from
 * what it lists. Source of states and rules: the controller_manager of ros2_control.
 */
import { SinewError } from '../../core/error.js';

/** The part of controller_manager_msgs/ControllerState that matters here. */
export interface ListedController {
  readonly name: string;
  /** unconfigured, inactive, active or finalized. */
  readonly state: string;
  readonly type: string;
  /** Such as `joint1/position`; only of active ones. */
  readonly claimed_interfaces: readonly string[];
  readonly required_command_interfaces: readonly string[];
}

export interface SwitchPlan {
  /** To be loaded, then configured. */
  readonly load: readonly string[];
  readonly configure: readonly string[];
  readonly activate: readonly string[];
  readonly deactivate: readonly string[];
}

/**
 * @param activate names wanted active
 * @param deactivate names wanted inactive; those that are not there are inactive already
 * @throws SinewError for a controller that has ended, or when another one, which may not be switched
 *   off, holds an interface that a wanted one needs
 */
export function planSwitch(
  listed: readonly ListedController[],
  activate: readonly string[],
  deactivate: readonly string[],
): SwitchPlan {
  const known = new Map(listed.map((controller) => [controller.name, controller]));
  const stateOf = (name: string) => known.get(name)?.state;
  const ended = activate.find((name) => stateOf(name) === 'finalized');
  if (ended !== undefined) {
    throw new SinewError(`the robot's controller "${ended}" is finalized`, {
      cure: 'its log says why; load it again',
    });
  }
  for (const name of activate) {
    for (const wanted of known.get(name)?.required_command_interfaces ?? []) {
      const holder = listed.find(
        (other) =>
          other.name !== name &&
          other.state === 'active' &&
          other.claimed_interfaces.includes(wanted) &&
          !deactivate.includes(other.name),
      );
      if (holder === undefined) continue;
      throw new SinewError(`the robot's controller "${holder.name}" holds ${wanted}`, {
        where: 'ros2_control.deactivate',
        expected: `"${holder.name}" there, since "${name}" needs that interface`,
      });
    }
  }
  return {
    load: activate.filter((name) => stateOf(name) === undefined),
    configure: activate.filter((name) => [undefined, 'unconfigured'].includes(stateOf(name))),
    activate: activate.filter((name) => stateOf(name) !== 'active'),
    deactivate: deactivate.filter((name) => stateOf(name) === 'active'),
  };
}

/** What two plans, one carried out after the other, have switched together. */
export function joinPlans(first: SwitchPlan, second: SwitchPlan): SwitchPlan {
  const join = (key: keyof SwitchPlan) => [...new Set([...first[key], ...second[key]])];
  return {
    load: join('load'),
    configure: join('configure'),
    activate: join('activate'),
    deactivate: join('deactivate'),
  };
}
