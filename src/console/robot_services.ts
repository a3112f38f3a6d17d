/**
 * The services that the console calls for its pages: e-stop and its reset, activation, resuming, and
 * the policy's choice. Each answers with one line for the page.
 */
import { errorLine, SinewError } from '../core/error.js';
import type { Publisher } from '../ros/publisher.js';
import { RemoteNode } from '../ros/remote_node.js';
import type { RosNode } from '../ros/ros_node.js';
import type { PolicyChoice } from './protocol.js';

/** For an answer to the e-stop before it is sent on the topic as well, s. */
const E_STOP_S = 0.3;
const ANSWER_S = 3;
const POLICY_S = 1;
/** Loading a package takes its time, s. */
const LOADING_S = 60;
const TRIGGER = 'std_srvs/srv/Trigger';

export class RobotServices {
  readonly #node: RosNode;
  readonly #controller: RemoteNode;
  readonly #policy: RemoteNode;
  readonly #eStopTopic: string;
  readonly #eStop: Publisher<'std_msgs/msg/Bool'>;
  /** Whether this console has engaged the e-stop on the topic, and must release it there. */
  #heldOnTopic = false;

  /** @param eStop topic for an e-stop that no service confirmed */
  constructor(node: RosNode, eStop: string) {
    this.#node = node;
    this.#controller = new RemoteNode(node, '/controller');
    this.#policy = new RemoteNode(node, '/policy');
    this.#eStopTopic = eStop;
    this.#eStop = node.publisher(eStop, 'std_msgs/msg/Bool', 'reliable');
    // Made early: a server drops its answer to a client that it has not found yet.
    node.client('/controller/e_stop', 'std_srvs/srv/SetBool');
    node.client('/controller/reset', TRIGGER);
    node.client('/controller/resume', TRIGGER);
  }

  /**
   * Engages the e-stop by the service, which confirms it. Where no answer comes, by the topic too;
   * not at once, since a reset must then release it there, which would overrule another's e-stop.
   */
  async eStop(): Promise<string> {
    try {
      const client = this.#node.client('/controller/e_stop', 'std_srvs/srv/SetBool');
      const { success, message } = await client.call({ data: true }, E_STOP_S);
      if (success) return message;
      throw new SinewError(message);
    } catch (error) {
      this.#heldOnTopic = true;
      this.#eStop.publish({ data: true });
      throw new SinewError(`e-stop sent but not confirmed: ${errorLine(error)}`, {
        cure: 'use the robot’s own e-stop if it still moves',
      });
    }
  }

  /**
   * The controller says that the e-stop is latched: what this console said on the topic is taken back,
   * so that any reset can end it. Not where others speak on the topic: that could take back theirs.
   */
  latched(): void {
    if (!this.#heldOnTopic || this.#node.publisherCount(this.#eStopTopic) > 1) return;
    this.#heldOnTopic = false;
    this.#eStop.publish({ data: false });
  }

  /** Ends the e-stop; the controller is inactive then. */
  async reset(): Promise<string> {
    if (this.#heldOnTopic) this.#eStop.publish({ data: false });
    const answer = await this.#trigger('/controller/reset');
    this.#heldOnTopic = false;
    return answer;
  }

  /** Lets the policy go on after an operator was lost. */
  resume(): Promise<string> {
    return this.#trigger('/controller/resume');
  }

  /** @throws SinewError when the node refuses, with where its reason stands */
  async setActive(name: 'controller' | 'policy', active: boolean): Promise<string> {
    const node = name === 'controller' ? this.#controller : this.#policy;
    await node.bringTo(active ? 'active' : 'inactive', ANSWER_S);
    return `${name} is ${active ? 'active' : 'inactive'}`;
  }

  /** What the policy runs; empty while it does not answer. */
  async policy(): Promise<PolicyChoice> {
    const names = ['package', 'instruction'] as const;
    const values = await this.#policy.getParameters(names, POLICY_S);
    const text = (value: unknown) => (typeof value === 'string' ? value : undefined);
    const folder = text(values.package);
    const instruction = text(values.instruction);
    return {
      ...(folder === undefined ? {} : { package: folder }),
      ...(instruction === undefined ? {} : { instruction }),
    };
  }

  /** Changes the instruction at once, and the package while the node is unconfigured. */
  async choose(choice: { package?: string; instruction?: string }): Promise<string> {
    if (choice.instruction !== undefined) {
      await this.#policy.setParameters({ instruction: choice.instruction }, ANSWER_S);
    }
    if (choice.package !== undefined) {
      await this.#policy.bringTo('unconfigured', ANSWER_S);
      try {
        await this.#policy.setParameters({ package: choice.package }, ANSWER_S);
      } finally {
        await this.#policy.bringTo('inactive', LOADING_S);
      }
    }
    return choice.package === undefined
      ? 'instruction changed'
      : `policy is ${choice.package}; activate it to go on`;
  }

  async #trigger(service: string): Promise<string> {
    const { success, message } = await this.#node.client(service, TRIGGER).call({}, ANSWER_S);
    if (!success) throw new SinewError(message);
    return message;
  }
}
