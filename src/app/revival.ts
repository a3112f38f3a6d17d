/**
 * Activates the policy again when the supervisor has restarted it and it was active when it died.
 * Only the policy: it commands nothing, and the controller holds until its chunks come. What moves
 * the robot is never resumed for a person.
 */
import { errorLine } from '../core/error.js';
import { diagnosticValues } from '../ros/diagnostics.js';
import { RemoteNode } from '../ros/remote_node.js';
import type { RosNode } from '../ros/ros_node.js';
import type { Supervisor } from './supervisor.js';

const PROCESS = 'policy';

export class Revival {
  readonly #policy: RemoteNode;
  readonly #log: (line: string) => void;
  /** State that the policy told last. */
  #state = '';
  /** True from the death of an active policy until its successor can be activated. */
  #due = false;

  /** @param log told what was done, or why it could not be */
  constructor(node: RosNode, stack: Supervisor, log: (line: string) => void) {
    this.#policy = new RemoteNode(node, `/${PROCESS}`);
    this.#log = log;
    stack.on('state', (name, state) => {
      if (name !== PROCESS || state !== 'restarting') return;
      this.#due ||= this.#state === 'active';
      this.#state = '';
    });
    const type = 'diagnostic_msgs/msg/DiagnosticArray';
    node.subscribe('/diagnostics', type, 'reliable', ({ status }) => {
      const line = status.find(({ name }) => name === `${PROCESS}: inference`);
      if (line === undefined) return;
      this.#state = String(diagnosticValues(line)['state']);
      if (this.#due && this.#state === 'inactive') this.#activate();
    });
  }

  #activate(): void {
    this.#due = false;
    this.#policy.change('activate').then(
      () => this.#log('the restarted policy is active again'),
      // Refused for want of observations, it activates by itself once they are complete.
      (error: unknown) => this.#log(`the restarted policy waits: ${errorLine(error)}`),
    );
  }
}
