/** Switches the robot's own controllers through the services of its controller_manager. */
import { errorLine, SinewError } from '../core/error.js';
import type { Ros2ControlSection } from '../hardware/ros2_control/config.js';
import { joinPlans, planSwitch, type SwitchPlan } from '../hardware/ros2_control/switch_plan.js';
import type { RosNode } from '../ros/ros_node.js';
import type { ServiceClient } from '../ros/service_client.js';
import type { ServiceName, ServiceTypes } from '../ros/service_types.js';
import { stampOf } from '../ros/stamp.js';

/** All or nothing. */
const STRICT = 2;

export class ControllerSwitch {
  readonly #node: RosNode;
  readonly #section: Ros2ControlSection;
  readonly #log: (line: string) => void;
  /** What has been switched, to be switched back. */
  #done: SwitchPlan | undefined;

  constructor(node: RosNode, section: Ros2ControlSection, log: (line: string) => void) {
    this.#node = node;
    this.#section = section;
    this.#log = log;
  }

  /**
   * Makes the wanted controllers active, loading and configuring what is missing.
   *
   * @throws SinewError when the manager is not there, refuses, or a controller is not active then
   */
  async take(): Promise<void> {
    const { activate, deactivate } = this.#section;
    if (activate.length + deactivate.length === 0) return;
    const plan = planSwitch(await this.#list(), activate, deactivate);
    for (const name of plan.load) await this.#ask('LoadController', 'load_controller', name);
    for (const name of plan.configure) {
      await this.#ask('ConfigureController', 'configure_controller', name);
    }
    await this.#switch(plan.activate, plan.deactivate);
    // After a stop that gave nothing back, most is switched already.
    this.#done = this.#done === undefined ? plan : joinPlans(this.#done, plan);
    const listed = await this.#list();
    const missing = activate.find(
      (name) => !listed.some((entry) => entry.name === name && entry.state === 'active'),
    );
    if (missing === undefined) return;
    throw new SinewError(`the robot's controller "${missing}" is not active after the switch`, {
      where: this.#section.controller_manager,
      cure: 'its log says why',
    });
  }

  /**
   * Switches back what `take` has switched, if the set-up says so.
   *
   * @param fault what stands against it: another controller must not move an arm that was stopped
   */
  async giveBack(fault: string): Promise<void> {
    const plan = this.#done;
    if (plan === undefined || !this.#section.restore) return;
    if (fault !== '') {
      this.#log(`the robot's controllers are not switched back: ${fault}`);
      return;
    }
    this.#done = undefined;
    await this.#switch(plan.deactivate, plan.activate);
  }

  async #list() {
    const service = 'controller_manager_msgs/srv/ListControllers';
    return (await this.#call(service, 'list_controllers', {})).controller;
  }

  async #ask(
    type: 'LoadController' | 'ConfigureController',
    service: string,
    name: string,
  ): Promise<void> {
    const { ok } = await this.#call(`controller_manager_msgs/srv/${type}`, service, { name });
    this.#log(`${service} ${name}`);
    if (ok) return;
    throw new SinewError(`${service} "${name}" failed`, {
      where: this.#section.controller_manager,
      cure: 'its log says why; are its type and parameters given to the controller_manager?',
    });
  }

  async #switch(activate: readonly string[], deactivate: readonly string[]): Promise<void> {
    if (activate.length + deactivate.length === 0) return;
    const { ok, message } = await this.#call(
      'controller_manager_msgs/srv/SwitchController',
      'switch_controller',
      {
        activate_controllers: [...activate],
        deactivate_controllers: [...deactivate],
        strictness: STRICT,
        activate_asap: true,
        timeout: stampOf(this.#section.timeout_s),
      },
    );
    const what = [...activate.map((name) => `+${name}`), ...deactivate.map((name) => `-${name}`)];
    this.#log(`switch_controller ${what.join(' ')}`);
    if (ok) return;
    throw new SinewError(`switching ${what.join(' ')} refused${message ? `: ${message}` : ''}`, {
      where: this.#section.controller_manager,
    });
  }

  async #call<S extends ServiceName>(
    type: S,
    service: string,
    request: ServiceTypes[S]['request'],
  ): Promise<ServiceTypes[S]['response']> {
    const { controller_manager, timeout_s } = this.#section;
    return this.#client(`${controller_manager}/${service}`, type).call(request, timeout_s);
  }

  #client<S extends ServiceName>(name: string, type: S): ServiceClient<S> {
    try {
      return this.#node.client(name, type);
    } catch (error) {
      throw new SinewError(`ROS 2 has no ${type} (${errorLine(error)})`, {
        cure:
          'install ros-<distro>-controller-manager-msgs and run npm run setup; with the wheels, ' +
          'run node scripts/ros2_control_messages.mjs',
        cause: error,
      });
    }
  }
}
