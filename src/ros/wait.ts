/** Waiting for something on the graph, with a time-out that says what did not come. */
import { setTimeout as sleep } from 'node:timers/promises';
import { steadyNow } from '../core/clock.js';
import { SinewError } from '../core/error.js';
import type { MessageTypeName, MessageTypes } from './message_types.js';
import type { Qos } from './qos.js';
import type { RosNode } from './ros_node.js';

const POLL_MS = 5;

/**
 * Resolves when `condition` holds.
 *
 * @param what for the error line, such as "a publisher on /joint_states"
 * @throws SinewError after `timeoutS` seconds
 */
export async function waitUntil(
  condition: () => boolean,
  what: string,
  timeoutS = 5,
): Promise<void> {
  const deadline = steadyNow() + timeoutS;
  while (!condition()) {
    if (steadyNow() > deadline) throw new SinewError(`no ${what} after ${timeoutS} s`);
    await sleep(POLL_MS);
  }
}

/** Resolves with the next message on a topic that `accept` takes (default: any). */
export async function waitForMessage<K extends MessageTypeName>(
  node: RosNode,
  topic: string,
  type: K,
  qos: Qos,
  timeoutS = 5,
  accept: (message: MessageTypes[K]) => boolean = () => true,
): Promise<MessageTypes[K]> {
  let found: MessageTypes[K] | undefined;
  const subscription = node.subscribe(topic, type, qos, (message) => {
    if (found === undefined && accept(message)) found = message;
  });
  try {
    await waitUntil(() => found !== undefined, `message on ${topic} (${type})`, timeoutS);
    return found as MessageTypes[K];
  } finally {
    subscription.close();
  }
}

/** Resolves when the topic has at least `count` publishers. */
export function waitForPublisher(
  node: RosNode,
  topic: string,
  timeoutS = 5,
  count = 1,
): Promise<void> {
  return waitUntil(() => node.publisherCount(topic) >= count, `publisher on ${topic}`, timeoutS);
}
