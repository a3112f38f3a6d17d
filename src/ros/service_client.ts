/** Calls a service and waits for its answer, never for ever. */
import { setTimeout as sleep } from 'node:timers/promises';
import { steadyNow } from '../core/clock.js';
import { errorLine, SinewError } from '../core/error.js';
import type { RclClient } from './rcl.js';
import type { ServiceName, ServiceTypes } from './service_types.js';

const POLL_MS = 10;

export class ServiceClient<S extends ServiceName> {
  constructor(
    readonly name: string,
    readonly type: S,
    readonly rcl: RclClient,
  ) {}

  /** True when a server is in the graph now. */
  get ready(): boolean {
    return this.rcl.isServiceServerAvailable();
  }

  /**
   * Resolves when a server is there.
   *
   * @throws SinewError after `timeoutS` seconds
   */
  async waitForService(timeoutS = 5): Promise<void> {
    const deadline = steadyNow() + timeoutS;
    while (!this.ready) {
      if (steadyNow() > deadline) {
        throw new SinewError(`no such service after ${timeoutS} s`, {
          where: this.name,
          expected: `a server of ${this.type}`,
          cure: 'is its node running, and in the same ROS_DOMAIN_ID?',
        });
      }
      await sleep(POLL_MS);
    }
  }

  /**
   * Waits for the service, calls it and gives its answer.
   *
   * @param timeoutS for both together
   * @throws SinewError when the service or its answer does not come in time
   */
  async call(
    request: ServiceTypes[S]['request'],
    timeoutS = 5,
  ): Promise<ServiceTypes[S]['response']> {
    const deadline = steadyNow() + timeoutS;
    await this.waitForService(timeoutS);
    const left = Math.max(1, Math.ceil((deadline - steadyNow()) * 1000));
    try {
      const response = await this.rcl.sendRequestAsync(request, { timeout: left });
      return response as ServiceTypes[S]['response'];
    } catch (error) {
      const name = error instanceof Error ? error.name : '';
      const line = name === 'TimeoutError' ? `no answer within ${timeoutS} s` : errorLine(error);
      throw new SinewError(line, { where: this.name, cause: error });
    }
  }
}
