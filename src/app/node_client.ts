/** Drives another node from outside: its lifecycle state and its parameters. */
import { SinewError } from '../core/error.js';
import type { RosNode } from '../ros/ros_node.js';

/** lifecycle_msgs/Transition ids. */
const TRANSITIONS = { configure: 1, cleanup: 2, activate: 3, deactivate: 4 } as const;

export type Transition = keyof typeof TRANSITIONS;

/** rcl_interfaces/ParameterType PARAMETER_INTEGER. */
const INTEGER = 2;

export class NodeClient {
  readonly #node: RosNode;
  /** Full name of the node driven, such as `/policy`. */
  readonly name: string;

  constructor(node: RosNode, name: string) {
    this.#node = node;
    this.name = name;
  }

  /** Label of the lifecycle state, such as `inactive`. */
  async state(timeoutS = 5): Promise<string> {
    const client = this.#node.client(`${this.name}/get_state`, 'lifecycle_msgs/srv/GetState');
    return (await client.call({}, timeoutS)).current_state.label;
  }

  /** True when the node answers and has the state. */
  async isIn(state: string): Promise<boolean> {
    try {
      return (await this.state(1)) === state;
    } catch {
      return false;
    }
  }

  /** Asks for a transition; false when the node refuses it. */
  async change(transition: Transition, timeoutS = 10): Promise<boolean> {
    const client = this.#node.client(`${this.name}/change_state`, 'lifecycle_msgs/srv/ChangeState');
    const request = { transition: { id: TRANSITIONS[transition], label: transition } };
    return (await client.call(request, timeoutS)).success;
  }

  /** @throws SinewError when the node refuses the value, with its reason */
  async setInteger(parameter: string, value: number): Promise<void> {
    const client = this.#node.client(
      `${this.name}/set_parameters`,
      'rcl_interfaces/srv/SetParameters',
    );
    const { results } = await client.call({
      parameters: [{ name: parameter, value: integerValue(value) }],
    });
    const [result] = results;
    if (result?.successful === true) return;
    throw new SinewError(`refused ${value}: ${result?.reason ?? 'no result'}`, {
      where: `${this.name} parameter "${parameter}"`,
    });
  }

  /** @throws SinewError when the service answers that it failed; returns its message */
  async trigger(service: string, timeoutS = 5): Promise<string> {
    const name = `${this.name}/${service}`;
    const reply = await this.#node.client(name, 'std_srvs/srv/Trigger').call({}, timeoutS);
    if (!reply.success) throw new SinewError(reply.message, { where: name });
    return reply.message;
  }
}

function integerValue(value: number) {
  return {
    type: INTEGER,
    bool_value: false,
    integer_value: BigInt(value),
    double_value: 0,
    string_value: '',
    byte_array_value: [],
    bool_array_value: [],
    integer_array_value: [],
    double_array_value: [],
    string_array_value: [],
  };
}
