/**
 * Runs episodes in simulation through the real nodes: reset by lifecycle and service, then wait for
 * success or the time limit.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import { steadyNow } from '../core/clock.js';
import { SinewError } from '../core/error.js';
import { RemoteNode } from '../ros/remote_node.js';
import type { RosNode } from '../ros/ros_node.js';
import type { Config } from './config.js';

export interface EpisodeResult {
  readonly seed: number;
  readonly success: boolean;
  /** Seconds (simulated ones in lock-step) from reset to success or the limit. */
  readonly duration_s: number;
}

const POLL_MS = 20;
/** For one answer: drawing and physics on a busy machine may take seconds. */
const PATIENCE_S = 30;
/** For a reset: the first one waits until the world is there, and Gazebo's server may take a minute. */
const RESET_PATIENCE_S = 180;
const ACTIVATION_TIMEOUT_S = 30;
/** Looks at a node's state between two requests to activate. */
const ACTIVATION_POLLS = 25;

export class EpisodeRunner {
  readonly #config: Config;
  readonly simulator: RemoteNode;
  readonly policy: RemoteNode;
  readonly controller: RemoteNode;
  /** The driver of the arm's servos, where it has any. */
  readonly servo: RemoteNode | undefined;
  /** Newest word of the simulator on success; undefined until it spoke after the last reset. */
  #success: boolean | undefined;

  constructor(node: RosNode, config: Config) {
    this.#config = config;
    this.simulator = new RemoteNode(node, '/simulator');
    this.policy = new RemoteNode(node, '/policy');
    this.controller = new RemoteNode(node, '/controller');
    const servos = config.simulator?.servo_buses ?? false;
    this.servo = servos ? new RemoteNode(node, '/servo') : undefined;
    node.subscribe(config.topics.success, 'std_msgs/msg/Bool', 'reliable', ({ data }) => {
      // A word from before the reset may still be under way: only false → true counts.
      if (this.#success !== undefined || !data) this.#success = data;
    });
  }

  /** True once the simulator has reported success since the last reset. */
  get succeeded(): boolean {
    return this.#success === true;
  }

  /**
   * Waits until the simulator serves and policy and controller are configured.
   *
   * @throws SinewError after `timeoutS`, naming the node that is not ready
   */
  async ready(timeoutS: number, signal?: AbortSignal): Promise<void> {
    const deadline = steadyNow() + timeoutS;
    const reset = this.#service('reset');
    await this.#become(this.simulator, 'its services', () => reset.ready, deadline, signal);
    const nodes = [this.policy, this.controller, ...(this.servo ? [this.servo] : [])];
    for (const client of nodes) {
      const configured = async () => ['inactive', 'active'].includes((await stateOf(client)) ?? '');
      const expected = 'the node configured (inactive or active)';
      await this.#become(client, expected, configured, deadline, signal);
    }
  }

  /**
   * Puts arm and scene to the start of the episode `seed` with policy and controller inactive, then
   * activates both. Returns the simulator's answer.
   */
  async reset(seed: number): Promise<string> {
    await this.#deactivate(this.controller);
    await this.#deactivate(this.policy);
    await this.simulator.setParameters({ seed }, PATIENCE_S);
    // The policy's noise depends on the episode's number: the seed, so that an episode comes out the
    // same whichever ran before it.
    await this.policy.setParameters({ episode: seed }, PATIENCE_S);
    const answer = await (this.servo === undefined
      ? this.trigger('reset')
      : this.#resetServos(this.servo));
    this.#success = undefined;
    await this.#activate(this.policy);
    await this.#activate(this.controller);
    return answer;
  }

  /** The arm is put to its start with torque off, and time stands still until torque is on again. */
  async #resetServos(servo: RemoteNode): Promise<string> {
    const pause = this.simulator.node.client(
      `${this.simulator.name}/pause`,
      'std_srvs/srv/SetBool',
    );
    await this.#deactivate(servo);
    if (!this.#config.lockstep) await pause.call({ data: true }, PATIENCE_S);
    const answer = await this.trigger('reset');
    await this.#activate(servo);
    if (!this.#config.lockstep) await pause.call({ data: false }, PATIENCE_S);
    return answer;
  }

  /**
   * Waits for success in real time.
   *
   * @param paused while it is true, the time limit does not run and success ends nothing
   */
  async waitForSuccess(
    signal: AbortSignal,
    paused: () => boolean = () => false,
  ): Promise<{ success: boolean; duration_s: number }> {
    const start = steadyNow();
    let from = start;
    const limit = this.#config.episode.time_limit_s;
    while (paused() || (!this.succeeded && steadyNow() - from < limit)) {
      signal.throwIfAborted();
      if (paused()) from = steadyNow();
      await sleep(POLL_MS);
    }
    return { success: this.succeeded, duration_s: steadyNow() - start };
  }

  /**
   * Calls a service of the simulator and returns its message.
   *
   * @throws SinewError with that message when the service says that it failed
   */
  async trigger(service: 'reset' | 'step'): Promise<string> {
    const client = this.#service(service);
    const reply = await client.call({}, service === 'reset' ? RESET_PATIENCE_S : PATIENCE_S);
    if (!reply.success) throw new SinewError(reply.message, { where: client.name });
    return reply.message;
  }

  #service(name: 'reset' | 'step') {
    return this.simulator.node.client(`${this.simulator.name}/${name}`, 'std_srvs/srv/Trigger');
  }

  async #become(
    client: RemoteNode,
    expected: string,
    condition: () => boolean | Promise<boolean>,
    deadline: number,
    signal?: AbortSignal,
  ): Promise<void> {
    const start = steadyNow();
    while (!(await condition())) {
      signal?.throwIfAborted();
      if (steadyNow() > deadline) {
        throw new SinewError(`not ready after ${(steadyNow() - start).toFixed(0)} s`, {
          where: client.name,
          expected,
          cure: 'its log lines say what it waits for',
        });
      }
      await sleep(POLL_MS);
    }
  }

  async #deactivate(client: RemoteNode): Promise<void> {
    if ((await stateOf(client)) === 'active') await client.change('deactivate', PATIENCE_S);
  }

  /**
   * Activation is refused while joint states or frames are missing. A node that was asked goes on by
   * itself when they come, so it is asked again only now and then.
   */
  async #activate(client: RemoteNode): Promise<void> {
    const deadline = steadyNow() + ACTIVATION_TIMEOUT_S;
    for (;;) {
      await client.change('activate').catch((error: unknown) => {
        if (steadyNow() > deadline) throw error;
      });
      for (let i = 0; i < ACTIVATION_POLLS; i++) {
        if ((await stateOf(client)) === 'active') return;
        await sleep(POLL_MS);
      }
    }
  }
}

/** The node's lifecycle state, or undefined while it does not answer. */
async function stateOf(client: RemoteNode): Promise<string | undefined> {
  return client.state(1).catch(() => undefined);
}
