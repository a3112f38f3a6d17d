/**
 * Listeners and newest values of a world: what both adapters do alike with what arrives.
 */
import { SinewError } from '../../core/error.js';
import type {
  GazeboCamera,
  GazeboCameraInfo,
  GazeboClock,
  GazeboImage,
  GazeboJointState,
  Unsubscribe,
} from './gazebo_world.js';

/** A set of listeners. */
export class Listeners<T> {
  readonly #listeners = new Set<(value: T) => void>();

  get size(): number {
    return this.#listeners.size;
  }

  add(listener: (value: T) => void): Unsubscribe {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  emit(value: T): void {
    for (const listener of this.#listeners) listener(value);
  }

  /**
   * Resolves with the first value that fits.
   * @param timeout s
   * @param what for the error: "no … within 10 s"
   */
  wait(fits: (value: T) => boolean, timeout: number, what: string): Promise<T> {
    return new Promise((resolve, reject) => {
      const timer = setTimeout(() => {
        stop();
        reject(new SinewError(`no ${what} within ${timeout} s`, { where: 'Gazebo' }));
      }, timeout * 1000);
      const stop = this.add((value) => {
        if (!fits(value)) return;
        clearTimeout(timer);
        stop();
        resolve(value);
      });
    });
  }
}

/** Two times nearer than this are one (s). */
export const SAME_TIME = 1e-7;

/** Intrinsics of an ideal pinhole camera. */
export function pinhole(camera: GazeboCamera, width: number, height: number): GazeboCameraInfo {
  const focal = width / (2 * Math.tan(camera.horizontalFov / 2));
  const center = { cx: width / 2, cy: height / 2 };
  return { camera: camera.name, width, height, fx: focal, fy: focal, ...center };
}

/** The pictures of one camera. */
export class CameraEvents {
  readonly images = new Listeners<GazeboImage>();
  readonly infos = new Listeners<GazeboCameraInfo>();
  #newest: GazeboImage | undefined;
  #info: GazeboCameraInfo | undefined;
  #unsubscribe: Unsubscribe | undefined;
  #seen = false;

  constructor(readonly camera: GazeboCamera) {}

  /** Whether somebody listens and no picture has come since. */
  get silent(): boolean {
    return this.images.size > 0 && !this.#seen;
  }

  /** The subscription ended: the next one has to show that it works. */
  forget(): void {
    this.#seen = false;
  }

  /** Takes a picture; the first tells the intrinsics where Gazebo publishes none. */
  take(image: GazeboImage): void {
    this.#newest = image;
    this.#seen = true;
    this.images.emit(image);
    if (this.#info === undefined) this.takeInfo(pinhole(this.camera, image.width, image.height));
  }

  /**
   * Adds a listener for pictures.
   * @param subscribe called for the first; what it returns is called when the last is gone
   */
  listen(listener: (image: GazeboImage) => void, subscribe: () => Unsubscribe): Unsubscribe {
    this.#unsubscribe ??= subscribe();
    const remove = this.images.add(listener);
    return () => {
      remove();
      if (this.images.size > 0) return;
      this.#unsubscribe?.();
      this.#unsubscribe = undefined;
    };
  }

  takeInfo(info: GazeboCameraInfo): void {
    this.#info = info;
    this.infos.emit(info);
  }

  onInfo(listener: (info: GazeboCameraInfo) => void): Unsubscribe {
    if (this.#info !== undefined) listener(this.#info);
    return this.infos.add(listener);
  }

  /** Forgets what was taken before a reset. */
  clear(): void {
    this.#newest = undefined;
  }

  at(time: number, timeout: number): Promise<GazeboImage> {
    const fits = (image: GazeboImage) => image.time >= time - SAME_TIME;
    if (this.#newest !== undefined && fits(this.#newest)) return Promise.resolve(this.#newest);
    return this.images.wait(
      fits,
      timeout,
      `picture of ${this.camera.name} at ${time.toFixed(3)} s`,
    );
  }
}

export class WorldEvents {
  readonly onJoints = new Listeners<GazeboJointState>();
  readonly onClock = new Listeners<GazeboClock>();
  readonly onConnection = new Listeners<boolean>();
  readonly cameras: ReadonlyMap<string, CameraEvents>;
  joints: GazeboJointState;
  clock: GazeboClock = { time: 0, paused: false, iterations: 0 };
  connected = false;

  constructor(joints: number, cameras: readonly GazeboCamera[]) {
    const nan = () => new Float64Array(joints).fill(Number.NaN);
    this.joints = { time: 0, positions: nan(), velocities: nan(), efforts: nan() };
    this.cameras = new Map(cameras.map((camera) => [camera.name, new CameraEvents(camera)]));
  }

  camera(name: string): CameraEvents {
    const events = this.cameras.get(name);
    if (events !== undefined) return events;
    const expected = `one of ${[...this.cameras.keys()].join(', ') || 'none'}`;
    throw new SinewError(`no camera '${name}'`, { where: 'Gazebo', expected });
  }

  takeJoints(state: GazeboJointState): void {
    this.joints = state;
    this.onJoints.emit(state);
  }

  takeClock(clock: GazeboClock): void {
    this.clock = clock;
    this.onClock.emit(clock);
  }

  setConnected(connected: boolean): void {
    if (connected === this.connected) return;
    this.connected = connected;
    this.onConnection.emit(connected);
  }
}
