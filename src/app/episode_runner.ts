/**
 * Runs episodes in simulation through the real nodes: reset by lifecycle and service, then wait for
 * success or the time limit.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import { steadyNow } from '../core/clock.js';
import { SinewError } from '../core/error.js';
import type { RosNode } from '../ros/ros_node.js';
import type { Config } from './config.js';
import { NodeClient } from './node_client.js';

export interface EpisodeResult {
  readonly seed: number;
  readonly success: boolean;
  /** Seconds (simulated ones in lock-step) from reset to success or the limit. */
  readonly duration_s: number;
}

const POLL_MS = 20;

export class EpisodeRunner {
  readonly #config: Config;
  readonly simulator: NodeClient;
  readonly policy: NodeClient;
  readonly controller: NodeClient;
  /** Newest word of the simulator on success; undefined until it spoke after the last reset. */
  #success: boolean | undefined;

  constructor(node: RosNode, config: Config) {
    this.#config = config;
    this.simulator = new NodeClient(node, '/simulator');
    this.policy = new NodeClient(node, '/policy');
    this.controller = new NodeClient(node, '/controller');
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
   * Waits until policy and controller are configured.
   *
   * @throws SinewError after `timeoutS`, naming the node that is not
   */
  async ready(timeoutS: number, signal?: AbortSignal): Promise<void> {
    const deadline = steadyNow() + timeoutS;
    for (const client of [this.policy, this.controller]) {
      for (;;) {
        signal?.throwIfAborted();
        if ((await client.isIn('inactive')) || (await client.isIn('active'))) break;
        if (steadyNow() > deadline) {
          throw new SinewError(`not ready after ${timeoutS} s`, {
            where: client.name,
            expected: 'the node configured (inactive or active)',
            cure: 'its log lines say what it waits for',
          });
        }
        await sleep(POLL_MS);
      }
    }
  }

  /**
   * Puts arm and scene to the start of the episode `seed` with policy and controller inactive, then
   * activates both. Returns the simulator's answer.
   */
  async reset(seed: number): Promise<string> {
    await this.#deactivate(this.controller);
    await this.#deactivate(this.policy);
    await this.simulator.setInteger('seed', seed);
    const answer = await this.simulator.trigger('reset');
    this.#success = undefined;
    await this.#activate(this.policy);
    await this.#activate(this.controller);
    return answer;
  }

  /** Waits for success in real time. */
  async waitForSuccess(signal: AbortSignal): Promise<{ success: boolean; duration_s: number }> {
    const start = steadyNow();
    const limit = this.#config.episode.time_limit_s;
    while (!this.succeeded && steadyNow() - start < limit) {
      signal.throwIfAborted();
      await sleep(POLL_MS);
    }
    return { success: this.succeeded, duration_s: steadyNow() - start };
  }

  async #deactivate(client: NodeClient): Promise<void> {
    if (await client.isIn('active')) await client.change('deactivate');
  }

  /** Activation is refused while joint states or frames are missing: tried for a few seconds. */
  async #activate(client: NodeClient): Promise<void> {
    const deadline = steadyNow() + 10;
    for (;;) {
      if (await client.isIn('active')) return;
      if (await client.change('activate').catch(() => false)) return;
      if (steadyNow() > deadline) {
        throw new SinewError('refuses to activate for 10 s', {
          where: client.name,
          cure: 'its log lines say why',
        });
      }
      await sleep(POLL_MS);
    }
  }
}
