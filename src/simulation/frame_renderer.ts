/**
 * Draws the pictures of all cameras of one instant on a thread of its own, so that physics and joint
 * states never wait for a picture. Snapshots go and pictures come back in shared memory.
 */
import { once } from 'node:events';
import { Worker } from 'node:worker_threads';
import { SinewError } from '../core/error.js';
import type { RenderScene } from './render_scene.js';

/** What the worker is started with: shared memory and the scene. */
export interface RenderWorkerData {
  readonly scene: RenderScene;
  readonly snapshot: SharedArrayBuffer;
  readonly images: readonly SharedArrayBuffer[];
}

/** The worker's answer to a request. */
export interface RenderWorkerAnswer {
  /** ms for all cameras. */
  readonly duration: number;
}

export class FrameRenderer {
  /** Pictures of the last frame set, one a camera in scene order; rgb8, rows from the top. */
  readonly images: readonly Uint8Array[];
  /** Fill it, then call {@link render}. */
  readonly snapshot: Float64Array;
  /** ms that the last frame set took to draw. */
  duration = 0;

  readonly #worker: Worker;
  readonly #onFault: (error: Error) => void;
  #done: (() => void) | undefined;
  #closing = false;

  private constructor(
    scene: RenderScene,
    length: number,
    script: URL,
    onFault: (e: Error) => void,
  ) {
    const snapshot = new SharedArrayBuffer(length * 8);
    const images = scene.cameras.map((c) => new SharedArrayBuffer(c.width * c.height * 3));
    this.snapshot = new Float64Array(snapshot);
    this.images = images.map((image) => new Uint8Array(image));
    this.#onFault = onFault;
    const workerData: RenderWorkerData = { scene, snapshot, images };
    this.#worker = new Worker(script, { workerData, name: 'render' });
    this.#worker.on('message', ({ duration }: RenderWorkerAnswer) => {
      this.duration = duration;
      const done = this.#done;
      this.#done = undefined;
      done?.();
    });
    this.#worker.on('error', (error) => this.#fault(error));
    this.#worker.on('exit', (code) => {
      if (!this.#closing) this.#fault(new SinewError(`the render thread ended with code ${code}`));
    });
  }

  /**
   * Starts the thread.
   *
   * @param length values of a snapshot
   * @param onFault told when the thread fails; no further picture will come
   */
  static async create(
    scene: RenderScene,
    length: number,
    onFault: (error: Error) => void,
    script = new URL('./render_worker.js', import.meta.url),
  ): Promise<FrameRenderer> {
    const renderer = new FrameRenderer(scene, length, script, onFault);
    await once(renderer.#worker, 'online');
    return renderer;
  }

  /** True from {@link render} until its `done`: snapshot and images must be left alone. */
  get busy(): boolean {
    return this.#done !== undefined;
  }

  /** Draws what {@link snapshot} holds into {@link images}, then calls `done`. Not while busy. */
  render(done: () => void): void {
    if (this.busy) throw new SinewError('a frame set is being drawn', { where: 'renderer' });
    this.#done = done;
    this.#worker.postMessage(undefined);
  }

  /** Draws what {@link snapshot} holds some times over, so that the first real picture is not slow. */
  async warmUp(times = 20): Promise<void> {
    for (let i = 0; i < times; i++) await new Promise<void>((resolve) => this.render(resolve));
  }

  async close(): Promise<void> {
    this.#closing = true;
    await this.#worker.terminate();
  }

  #fault(error: Error): void {
    if (this.#closing) return;
    this.#closing = true;
    this.#onFault(error);
  }
}
