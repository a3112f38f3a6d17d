/**
 * Stops rclnodejs's thread at a moment at which that can be done (rclnodejs 2.2, executor.cpp).
 *
 * The thread hands what is ready to the main thread and waits on a condition until that is through.
 * `stop` clears a flag that the condition reads and wakes the thread, without the condition's lock: a
 * thread that has read the flag and does not wait yet misses both and waits for ever, and the main
 * thread waits for its end. So the thread must have nothing to hand over any more.
 *
 * `stop` also runs the event loop in itself, for its handle to close. Within an immediate, and in what
 * promises run after one, Node's list of immediates is then run inside its own run: it crashes, or
 * runs in a circle for ever. So `stop` must be called where the loop waits for input.
 */
import { MessageChannel } from 'node:worker_threads';
import type { RclNode } from './rcl.js';

/** Where rclnodejs keeps what its thread waits for. */
const ENTITIES = [
  '_timers',
  '_subscriptions',
  '_clients',
  '_services',
  '_guards',
  '_actionClients',
  '_actionServers',
  '_events',
] as const;

/** The part of a node of rclnodejs that its types leave out. */
type Entities = Record<(typeof ENTITIES)[number], readonly unknown[]> & { syncHandles(): void };

/**
 * Resolves when a spinning node has been stopped. From the call on, nothing of this node is called
 * back any more.
 */
export async function stopSpinning(node: RclNode): Promise<void> {
  await quiesce(node as RclNode & Entities);
  await onInput(() => node.stop());
}

/** Resolves when the thread sleeps until it is stopped. */
function quiesce(node: RclNode & Entities): Promise<void> {
  return new Promise((resolve) => {
    // Called in the middle of a hand-over: the thread waits, or is about to, for this call to end,
    // and has no use for anything else meanwhile. With nothing to wait for it then goes to sleep.
    node.execute = () => {
      node.execute = () => {};
      const kept = ENTITIES.map((kind) => node[kind]);
      for (const kind of ENTITIES) node[kind] = [];
      node.syncHandles();
      // The node destroys them with itself.
      ENTITIES.forEach((kind, i) => {
        node[kind] = kept[i] ?? [];
      });
      resolve();
    };
    // Where nothing else is ready, this is.
    node.createGuardCondition(() => {}).trigger();
  });
}

/** Runs `action` in the phase of the event loop in which it waits for input. */
function onInput(action: () => void): Promise<void> {
  return new Promise((resolve, reject) => {
    const { port1, port2 } = new MessageChannel();
    port1.once('message', () => {
      try {
        action();
        resolve();
      } catch (error) {
        reject(error);
      } finally {
        // Not before: the loop that runs within the action would pull the port from under its call.
        port1.close();
      }
    });
    port2.postMessage(undefined);
  });
}
