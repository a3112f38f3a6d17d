/**
 * Brings rclnodejs's thread to rest, so that it can be stopped. That thread hands what is ready to
 * the main thread and waits on a condition until that is through. `stop` clears a flag that the
 * condition reads and wakes the thread, without the condition's lock (rclnodejs 2.2, executor.cpp):
 * a thread that has read the flag and does not wait yet misses both and waits for ever, and the main
 * thread waits for its end. So nothing may be ready when it is stopped.
 */
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
 * Resolves when the thread of a spinning node sleeps until it is stopped. From the call on, nothing
 * of this node is called back any more.
 */
export function quiesce(node: RclNode): Promise<void> {
  const entities = node as RclNode & Entities;
  return new Promise((resolve) => {
    // Called in the middle of a hand-over: the thread waits, or is about to, for this call to end,
    // and has no use for anything else meanwhile. With nothing to wait for it then goes to sleep.
    node.execute = () => {
      node.execute = () => {};
      const kept = ENTITIES.map((kind) => entities[kind]);
      for (const kind of ENTITIES) entities[kind] = [];
      entities.syncHandles();
      // The node destroys them with itself.
      ENTITIES.forEach((kind, i) => {
        entities[kind] = kept[i] ?? [];
      });
      setImmediate(resolve);
    };
    // Where nothing else is ready, this is.
    node.createGuardCondition(() => {}).trigger();
  });
}
