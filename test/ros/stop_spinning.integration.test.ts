/** The end of a node: its thread sleeps when it is stopped, also in the middle of traffic. */
import { readFileSync } from 'node:fs';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { threadIds } from '../../src/app/real_time.js';
import { RosNode } from '../../src/ros/ros_node.js';
import { stopSpinning } from '../../src/ros/stop_spinning.js';
import { type Domain, reserveDomain } from '../integration/domain.js';
import { until } from '../integration/until.js';

const TYPE = 'std_msgs/msg/Float64MultiArray';
const QOS = { depth: 10, reliable: true, latched: false };
/** ms; a thread that waits for 10 ms at a time wakes often in it. */
const LOOK = 200;
const OFTEN = 5;

let domain: Domain;
let node: RosNode;

beforeEach(async () => {
  domain = await reserveDomain();
  node = await RosNode.create({ name: 'closing', domainId: domain.id });
});
afterEach(async () => {
  await node.close();
  await domain.release();
});

/** How often a thread has gone to sleep; 0 when it has ended. */
function sleeps(id: number): number {
  try {
    const status = readFileSync(`/proc/self/task/${id}/status`, 'utf8');
    return Number(/^voluntary_ctxt_switches:\s*(\d+)$/m.exec(status)?.[1]);
  } catch {
    return 0;
  }
}

/** Whether a thread wakes often while this one sleeps. */
function restless(id: number): boolean {
  const before = sleeps(id);
  Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, LOOK);
  return sleeps(id) - before >= OFTEN;
}

/** Sends a message for each that comes, until the node is closed. */
async function beBusy(): Promise<{ readonly count: number }> {
  const seen = { count: 0 };
  const publisher = node.publisher('/round', TYPE, QOS);
  const send = () =>
    publisher.publish({ layout: { dim: [], data_offset: 0 }, data: new Float64Array(6) });
  node.subscribe('/round', TYPE, QOS, () => {
    seen.count++;
    send();
  });
  await until(() => publisher.subscriptionCount > 0, 'the reader');
  send();
  await until(() => seen.count > 100, 'traffic');
  return seen;
}

test('the thread that waits for messages sleeps when it is stopped', async () => {
  const { rcl } = node;
  await stopSpinning(rcl);
  const others = threadIds();
  rcl.spin(10);
  const thread = threadIds().find((id) => !others.includes(id)) ?? 0;
  node.subscribe('/nothing', TYPE, QOS, () => {});
  await until(() => restless(thread), 'the thread to wait for messages');

  const stop = rcl.stop.bind(rcl);
  const awake: boolean[] = [];
  rcl.stop = () => {
    awake.push(restless(thread));
    stop();
  };
  await node.close();
  expect(awake).toEqual([false]);
});

test('a node is closed in the middle of traffic, and nothing is called back from then on', async () => {
  const seen = await beBusy();
  const end = node.close();
  const { count } = seen;
  await end;
  expect(seen.count).toBe(count);
});

test('a node can be closed by one of its own callbacks', async () => {
  let end: Promise<void> | undefined;
  const publisher = node.publisher('/last', TYPE, QOS);
  node.subscribe('/last', TYPE, QOS, () => {
    end = node.close();
  });
  await until(() => publisher.subscriptionCount > 0, 'the reader');
  publisher.publish({ layout: { dim: [], data_offset: 0 }, data: new Float64Array(6) });
  await until(() => end !== undefined, 'the message');
  await end;
  expect(node.closed).toBe(true);
});

test('a node can be closed by an immediate, by what promises run after one, and by a timer', async () => {
  // Others beside it: the list of immediates is in the middle of its run.
  const beside = async (close: () => void) => {
    const ran: number[] = [];
    const mark = (i: number) => () => void ran.push(i);
    setImmediate(mark(0));
    setImmediate(() => {
      setImmediate(mark(1));
      close();
    });
    setImmediate(mark(2));
    await until(() => ran.length === 3 && node.closed, 'the others');
    await node.close();
    node = await RosNode.create({ name: 'closing', domainId: domain.id });
  };
  await beside(() => void node.close());
  await beside(() => void Promise.resolve().then(() => node.close()));
  await beside(() => void setTimeout(() => node.close(), 1));
});

test('all nodes of a process are closed in the middle of traffic', async () => {
  await beBusy();
  const other = await RosNode.create({ name: 'other', domainId: domain.id });
  await RosNode.closeAll();
  expect([node.closed, other.closed]).toEqual([true, true]);
});
