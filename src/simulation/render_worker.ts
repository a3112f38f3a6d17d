/** The render thread: for each message draws all cameras of the snapshot in shared memory. */
import { performance } from 'node:perf_hooks';
import { parentPort, workerData } from 'node:worker_threads';
import type { RenderWorkerAnswer, RenderWorkerData } from './frame_renderer.js';
import { Renderer } from './renderer.js';

const { scene, snapshot, images } = workerData as RenderWorkerData;
const renderer = new Renderer(scene);
const state = new Float64Array(snapshot);
const pixels = images.map((image) => new Uint8Array(image));

parentPort?.on('message', () => {
  const start = performance.now();
  for (const [camera, out] of pixels.entries()) renderer.render(state, camera, out);
  const answer: RenderWorkerAnswer = { duration: performance.now() - start };
  parentPort?.postMessage(answer);
});
