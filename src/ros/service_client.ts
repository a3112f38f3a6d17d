/** Calls a service and waits for its answer, never for ever. */
import { setTimeout as sleep } from 'node:timers/promises';
import { steadyNow } from '../core/clock.js';
import { errorLine, SinewError } from '../core/error.js';
import type { RclClient } from './rcl.js';
import type { ServiceName, ServiceTypes } from './service_types.js';

const POLL_MS = 10;

/**
 * A server that has not yet found the client's side drops its answer, which a client cannot see. What
 * may be asked twice is asked again after this long.
 */
const REPEAT_MS = 1000;
const REPEATABLE: ReadonlySet<ServiceName> = new Set<ServiceName>([
  'lifecycle_msgs/srv/GetState',
  'controller_manager_msgs/srv/ListControllers',
  'rcl_interfaces/srv/GetParameters',
  'rcl_interfaces/srv/SetParameters',
  'rcl_interfaces/srv/SetParametersAtomically',
  'std_srvs/srv/SetBool',
]);

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
    for (;;) {
      const left = Math.max(1, Math.ceil((deadline - steadyNow()) * 1000));
      const timeout = REPEATABLE.has(this.type) ? Math.min(left, REPEAT_MS) : left;
      try {
        const response = await this.rcl.sendRequestAsync(request, { timeout });
        return response as ServiceTypes[S]['response'];
      } catch (error) {
        const late = error instanceof Error && error.name === 'TimeoutError';
        if (late && timeout < left) continue;
        const line = late ? `no answer within ${timeoutS} s` : errorLine(error);
        throw new SinewError(line, { where: this.name, cause: error });
      }
    }
  }
}
