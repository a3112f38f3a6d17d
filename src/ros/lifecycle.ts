/**
 * A managed node: unconfigured → inactive → active → finalized, by the standard services and by the
 * program itself. Written by hand because rclnodejs's own calls its callbacks synchronously, while
 * loading a policy or opening a port takes time in which the node has to go on answering.
 */
import { errorLine, SinewError } from '../core/error.js';
import {
  type CallbackOutcome,
  describeTransition,
  findStep,
  type LifecycleRequest,
  type LifecycleState,
  lifecycleSteps,
  outcomeOf,
  outcomeTransitions,
  stateIds,
  stateMessage,
  type Transition,
} from './lifecycle_table.js';
import { rclQos } from './qos.js';
import { loadedRcl, type RclPublisher } from './rcl.js';
import type { RosNode } from './ros_node.js';

/**
 * What the program does on a transition. Returning or resolving means success. Throwing a
 * SinewError refuses (the node stays where it was and can be asked again); throwing anything else
 * is a fault: `onError` runs and the node falls back to unconfigured.
 */
export interface LifecycleCallbacks {
  onConfigure?(): void | Promise<void>;
  onActivate?(): void | Promise<void>;
  onDeactivate?(): void | Promise<void>;
  onCleanup?(): void | Promise<void>;
  /** Also called when the process is told to end; from any state. */
  onShutdown?(): void | Promise<void>;
  /** Has to leave the node as if it had never been configured. Throwing finalizes the node. */
  onError?(): void | Promise<void>;
  /** Told after each change of state, transition states included. */
  onState?(state: LifecycleState): void;
}

const callbackOf = {
  configure: 'onConfigure',
  activate: 'onActivate',
  deactivate: 'onDeactivate',
  cleanup: 'onCleanup',
  shutdown: 'onShutdown',
} as const satisfies Record<LifecycleRequest, keyof LifecycleCallbacks>;

export class Lifecycle {
  readonly #node: RosNode;
  readonly #callbacks: LifecycleCallbacks;
  readonly #events: RclPublisher;
  #state: LifecycleState = 'unconfigured';
  #lastFailure = '';

  /** Offers the services under the node's name; the node starts unconfigured. */
  constructor(node: RosNode, callbacks: LifecycleCallbacks) {
    this.#node = node;
    this.#callbacks = callbacks;
    this.#events = node.rcl.createPublisher(
      'lifecycle_msgs/msg/TransitionEvent',
      '~/transition_event',
      { qos: rclQos(loadedRcl(), 'reliable') },
    );
    this.#offerServices();
  }

  get state(): LifecycleState {
    return this.#state;
  }

  /** Why the last transition failed; empty after a success. */
  get lastFailure(): string {
    return this.#lastFailure;
  }

  /**
   * Runs a transition as a client would ask for it.
   *
   * @param request a label, or the number of a transition as in lifecycle_msgs
   * @returns undefined on success, else the line that says why not
   */
  async trigger(request: LifecycleRequest | number): Promise<string | undefined> {
    const step = findStep(this.#state, request);
    if (step === undefined) {
      const options = lifecycleSteps.filter(({ start }) => start === this.#state);
      const names = options.map(({ label }) => label).join(', ') || 'none while a transition runs';
      return `${this.#node.name}: no transition ${request} from ${this.#state}; possible: ${names}`;
    }
    this.#change(step);
    const failure = await this.#run(this.#callbacks[callbackOf[step.label]]);
    this.#change(outcomeOf(step.goal, failure?.outcome ?? 'success'));
    if (failure?.outcome === 'error') await this.#recover();
    this.#lastFailure = failure?.line ?? '';
    return failure?.line;
  }

  async #recover(): Promise<void> {
    const failure = await this.#run(this.#callbacks.onError);
    this.#change(outcomeOf('errorprocessing', failure === undefined ? 'success' : 'failure'));
  }

  async #run(
    callback: (() => void | Promise<void>) | undefined,
  ): Promise<{ outcome: Exclude<CallbackOutcome, 'success'>; line: string } | undefined> {
    try {
      await callback?.call(this.#callbacks);
      return undefined;
    } catch (error) {
      const outcome = error instanceof SinewError ? 'failure' : 'error';
      return { outcome, line: errorLine(error) };
    }
  }

  #change(transition: Transition): void {
    this.#state = transition.goal;
    this.#node.guard('transition_event', () => this.#publish(transition));
    this.#node.guard('onState', () => this.#callbacks.onState?.(transition.goal));
  }

  #publish(transition: Transition): void {
    if (this.#node.closed) return;
    const timestamp = BigInt(Date.now()) * 1_000_000n;
    this.#events.publish({ timestamp, ...describeTransition(transition) });
  }

  #offerServices(): void {
    const node = this.#node;
    node.service('~/get_state', 'lifecycle_msgs/srv/GetState', () => ({
      current_state: stateMessage(this.#state),
    }));
    node.service(
      '~/change_state',
      'lifecycle_msgs/srv/ChangeState',
      async ({ transition: { id, label } }) => {
        // A label, where given, goes before the number, as in rclcpp.
        const failure = await this.trigger(label === '' ? id : (label as LifecycleRequest));
        if (failure !== undefined) node.log.warn(failure);
        return { success: failure === undefined };
      },
    );
    node.service('~/get_available_states', 'lifecycle_msgs/srv/GetAvailableStates', () => ({
      available_states: (Object.keys(stateIds) as LifecycleState[]).map(stateMessage),
    }));
    const transitions = 'lifecycle_msgs/srv/GetAvailableTransitions';
    node.service('~/get_available_transitions', transitions, () => ({
      available_transitions: [...lifecycleSteps, ...outcomeTransitions]
        .filter(({ start }) => start === this.#state)
        .map(describeTransition),
    }));
    node.service('~/get_transition_graph', transitions, () => ({
      available_transitions: [...lifecycleSteps, ...outcomeTransitions].map(describeTransition),
    }));
  }
}
