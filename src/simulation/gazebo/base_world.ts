/** What every adapter does alike: keeps the newest values and hands them to listeners. */
import type {
  GazeboCameraInfo,
  GazeboClock,
  GazeboCounters,
  GazeboImage,
  GazeboJointState,
  GazeboPose,
  GazeboReset,
  GazeboWorld,
  GazeboWorldOptions,
  Unsubscribe,
} from './gazebo_world.js';
import { type CameraEvents, WorldEvents } from './world_events.js';

/** Longest wait for an answer of a server where the options name none, s. */
export const DEFAULT_TIMEOUT = 10;

export abstract class BaseWorld implements GazeboWorld {
  abstract readonly title: string;
  abstract readonly counters: GazeboCounters;
  readonly jointNames: readonly string[];
  protected readonly events: WorldEvents;
  /** Longest wait for an answer of the server, s. */
  protected readonly timeout: number;

  protected constructor(options: GazeboWorldOptions) {
    this.jointNames = [...options.joints];
    this.timeout = options.timeout ?? DEFAULT_TIMEOUT;
    this.events = new WorldEvents(options.joints.length, options.cameras);
  }

  get connected(): boolean {
    return this.events.connected;
  }

  get joints(): GazeboJointState {
    return this.events.joints;
  }

  get clock(): GazeboClock {
    return this.events.clock;
  }

  onJoints(listener: (state: GazeboJointState) => void): Unsubscribe {
    return this.events.onJoints.add(listener);
  }

  onClock(listener: (clock: GazeboClock) => void): Unsubscribe {
    return this.events.onClock.add(listener);
  }

  onConnection(listener: (connected: boolean) => void): Unsubscribe {
    return this.events.onConnection.add(listener);
  }

  onImage(camera: string, listener: (image: GazeboImage) => void): Unsubscribe {
    const events = this.events.camera(camera);
    return events.listen(listener, () => this.subscribeImages(events));
  }

  onCameraInfo(camera: string, listener: (info: GazeboCameraInfo) => void): Unsubscribe {
    return this.events.camera(camera).onInfo(listener);
  }

  imageAt(camera: string, time: number): Promise<GazeboImage> {
    return this.events.camera(camera).at(time, this.timeout);
  }

  /** Begins to receive the camera's pictures; what it returns ends that. */
  protected abstract subscribeImages(camera: CameraEvents): Unsubscribe;

  abstract command(positions: ArrayLike<number>): Promise<void>;
  abstract pause(paused: boolean): Promise<void>;
  abstract step(n: number): Promise<GazeboJointState>;
  abstract reset(reset: GazeboReset): Promise<GazeboJointState>;
  abstract spawn(name: string, sdf: string, pose: GazeboPose): Promise<void>;
  abstract remove(name: string): Promise<void>;
  abstract move(name: string, pose: GazeboPose): Promise<void>;
  abstract pose(name: string): GazeboPose | undefined;
  abstract close(): Promise<void>;
}
