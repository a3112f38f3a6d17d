/** The heartbeat beats while the main thread does nothing at all. */
import { Worker } from 'node:worker_threads';
import { expect, test } from 'vitest';
import { Heartbeat } from '../../../src/simulation/gazebo/transport/heartbeat.js';

const GROUP = '239.255.0.7';
const PATIENCE_MS = 60_000;

/** Counts equal packets in shared memory: [port, packets, packets that differ]. */
const LISTENER = `
const { createSocket } = require('node:dgram');
const { workerData: { counts, group, packet } } = require('node:worker_threads');
const socket = createSocket('udp4');
socket.on('message', (data) => {
  Atomics.add(counts, Buffer.from(packet).equals(data) ? 1 : 2, 1);
  Atomics.notify(counts, 1);
});
socket.bind(0, () => {
  socket.addMembership(group, '127.0.0.1');
  Atomics.store(counts, 0, socket.address().port);
  Atomics.notify(counts, 0);
});
`;

test('beats come from a thread of their own while the main thread stands still, until it is stopped', async () => {
  const counts = new Int32Array(new SharedArrayBuffer(12));
  const packet = Uint8Array.of(1, 2, 3, 250);
  const workerData = { counts, group: GROUP, packet };
  const listener = new Worker(LISTENER, { eval: true, workerData });
  await Atomics.waitAsync(counts, 0, 0, PATIENCE_MS).value;
  const port = Atomics.load(counts, 0);
  const options = { packet, port, groups: [GROUP], address: '127.0.0.1', periodMs: 20 };
  const heartbeat = new Heartbeat(options);
  await Atomics.waitAsync(counts, 1, 0, PATIENCE_MS).value;
  const begun = Atomics.load(counts, 1);
  // From here to the end of the loop no callback of this thread runs.
  for (let seen = begun; seen < begun + 5; seen = Atomics.load(counts, 1)) {
    expect(Atomics.wait(counts, 1, seen, PATIENCE_MS)).not.toBe('timed-out');
  }
  expect(Atomics.load(counts, 2)).toBe(0);
  await heartbeat.stop();
  await listener.terminate();
});
