/** Another node seen from a tool: its lifecycle and its parameters, by the standard services. */
import { SinewError } from '../core/error.js';
import type { LifecycleRequest, PrimaryState } from './lifecycle_table.js';
import {
  messageOfValue,
  type ParameterType,
  type ParameterValue,
  typeOfValue,
  valueOfMessage,
} from './parameter_table.js';
import type { RosNode } from './ros_node.js';
import type { ServiceClient } from './service_client.js';

export class RemoteNode {
  /** @param name full name of the other node, such as `/controller` */
  constructor(
    readonly node: RosNode,
    readonly name: string,
  ) {
    // Made early: a server drops its answer to a client that it has not yet found, and a transition,
    // unlike a question, must not be asked for again.
    this.#transitions();
  }

  /** Its lifecycle state, transition states included. */
  async state(timeoutS = 5): Promise<string> {
    const client = this.node.client(`${this.name}/get_state`, 'lifecycle_msgs/srv/GetState');
    return (await client.call({}, timeoutS)).current_state.label;
  }

  /**
   * Asks for a transition.
   *
   * @throws SinewError when the node refuses or does not answer
   */
  async change(request: LifecycleRequest, timeoutS = 5): Promise<void> {
    const transition = { id: 0, label: request };
    if (!(await this.#transitions().call({ transition }, timeoutS)).success) {
      throw new SinewError(`refused to ${request}`, {
        where: this.name,
        cure: 'its log and /diagnostics say why',
      });
    }
  }

  /** Takes the steps from where the node is to `goal` (inactive or active). */
  async bringTo(goal: Exclude<PrimaryState, 'finalized'>, timeoutS = 5): Promise<void> {
    const next: Record<string, Partial<Record<PrimaryState, LifecycleRequest>>> = {
      unconfigured: { inactive: 'configure', active: 'configure' },
      inactive: { active: 'activate', unconfigured: 'cleanup' },
      active: { inactive: 'deactivate', unconfigured: 'deactivate' },
    };
    for (
      let state = await this.state(timeoutS);
      state !== goal;
      state = await this.state(timeoutS)
    ) {
      const request = next[state]?.[goal];
      if (request === undefined) {
        throw new SinewError(`is ${state}`, { where: this.name, expected: goal });
      }
      await this.change(request, timeoutS);
    }
  }

  /** Values by name; undefined where the node has no such parameter. */
  async getParameters<N extends string>(
    names: readonly N[],
    timeoutS = 5,
  ): Promise<Record<N, unknown>> {
    const type = 'rcl_interfaces/srv/GetParameters';
    const { values } = await this.node
      .client(`${this.name}/get_parameters`, type)
      .call({ names: [...names] }, timeoutS);
    return Object.fromEntries(
      names.map((name, i) => {
        const message = values[i];
        const value = message === undefined ? undefined : valueOfMessage(message);
        return [name, typeof value === 'bigint' ? Number(value) : value];
      }),
    ) as Record<N, unknown>;
  }

  /**
   * Sets parameters, all or none.
   *
   * @param types where a whole number is meant as a double for a node that insists on it
   * @throws SinewError with the node's reason when it refuses
   */
  async setParameters(
    values: Readonly<Record<string, ParameterValue>>,
    timeoutS = 5,
    types: Readonly<Record<string, ParameterType>> = {},
  ): Promise<void> {
    const type = 'rcl_interfaces/srv/SetParametersAtomically';
    const parameters = Object.entries(values).map(([name, value]) => ({
      name,
      value: messageOfValue(types[name] ?? typeOfValue(value), value),
    }));
    const { result } = await this.node
      .client(`${this.name}/set_parameters_atomically`, type)
      .call({ parameters }, timeoutS);
    if (!result.successful) throw new SinewError(result.reason, { where: this.name });
  }

  #transitions(): ServiceClient<'lifecycle_msgs/srv/ChangeState'> {
    return this.node.client(`${this.name}/change_state`, 'lifecycle_msgs/srv/ChangeState');
  }
}
