/**
 * What the bridge sees of any Gazebo: joints, cameras, the clock, and control over the world. The
 * adapters behind it speak native gz-transport (native/), Gazebo Classic (classic/) or ROS 2 (ros/).
 * Times are simulated seconds, lengths metres, angles radians; joints are in the order of
 * {@link GazeboWorld.jointNames}.
 */

/** Joints at one instant of the simulation. The arrays belong to the receiver. */
export interface GazeboJointState {
  readonly time: number;
  readonly positions: Float64Array;
  readonly velocities: Float64Array;
  /** N·m or N; NaN where this Gazebo does not tell. */
  readonly efforts: Float64Array;
}

export interface GazeboPose {
  /** x, y, z in the world, m. */
  readonly position: readonly [number, number, number];
  /** x, y, z, w. */
  readonly quaternion: readonly [number, number, number, number];
}

export type GazeboEncoding = 'rgb8' | 'bgr8' | 'rgba8' | 'mono8' | '16UC1' | '32FC1';

/** One picture; depth is 32FC1: little-endian floats, m along the optical axis. */
export interface GazeboImage {
  readonly camera: string;
  readonly time: number;
  readonly width: number;
  readonly height: number;
  /** Bytes from one row to the next. */
  readonly stride: number;
  readonly encoding: GazeboEncoding;
  readonly data: Uint8Array;
}

/** Pinhole intrinsics, pixels. */
export interface GazeboCameraInfo {
  readonly camera: string;
  readonly width: number;
  readonly height: number;
  readonly fx: number;
  readonly fy: number;
  readonly cx: number;
  readonly cy: number;
}

/** What the world says of itself, some times a second and after each step. */
export interface GazeboClock {
  readonly time: number;
  readonly paused: boolean;
  /** Physics steps since the start or the last reset. */
  readonly iterations: number;
}

export interface GazeboReset {
  /** For the server's random numbers (sensor noise); whole number ≥ 0. */
  readonly seed: number;
  /** Joint positions to start from, rad or m; default: those of the world file. */
  readonly positions?: ArrayLike<number>;
}

/** One camera of the world. */
export interface GazeboCamera {
  readonly name: string;
  /** The sensor's picture topic. */
  readonly topic: string;
  /** Horizontal field of view, rad; gives the intrinsics where Gazebo publishes none. */
  readonly horizontalFov: number;
  readonly depth?: boolean;
}

/** Gains of a joint's position controller, for the Gazebo whose commands carry them (Classic). */
export interface GazeboGains {
  /** N·m/rad, N·m/(rad·s), N·m·s/rad. */
  readonly p: number;
  readonly i: number;
  readonly d: number;
  /** Largest force of the integral part and of the whole, N·m. */
  readonly iMax: number;
  readonly limit: number;
}

/** What an adapter must know of the world file. */
export interface GazeboWorldOptions {
  /** Name of the world in the file. */
  readonly world: string;
  /** Name of the robot's model. */
  readonly model: string;
  /** Joints, in the order of all arrays. */
  readonly joints: readonly string[];
  readonly cameras: readonly GazeboCamera[];
  /** By joint; only Classic uses them. Default: {@link DEFAULT_GAINS}. */
  readonly gains?: Readonly<Record<string, GazeboGains>>;
  /**
   * Poses of the model's links, by their names, in the model's frame at joint positions. With it a
   * reset puts Classic's arm there at once; without it the position controllers move the joints.
   */
  readonly linkPoses?: (positions: ArrayLike<number>) => Readonly<Record<string, GazeboPose>>;
  /** Models whose pose {@link GazeboWorld.pose} tells. */
  readonly tracked?: readonly string[];
  /** One physics step of the world file, s. */
  readonly timestep: number;
  /** gz-transport partition; the server must have the same in GZ_PARTITION and IGN_PARTITION. */
  readonly partition: string;
  /** Address of the interface to speak on, 127.0.0.1 to stay on this host. Default: GZ_IP or IGN_IP. */
  readonly address?: string;
  /** Longest wait for an answer of the server, s. Default 10. */
  readonly timeout?: number;
}

/** What went wrong without harm, since the start. */
export interface GazeboCounters {
  /** Packets and messages that were not understood, and so ignored. */
  readonly malformed: number;
  /** Packets of another protocol version. */
  readonly wrongVersion: number;
  /** Packets of another partition. */
  readonly otherPartition: number;
  readonly received: number;
  readonly sent: number;
  /** Joint states that a server did not send although its step was made. */
  readonly lost: number;
}

export type Unsubscribe = () => void;

/**
 * A running world. Made by an adapter's connect function, which resolves when the joints' first state
 * has arrived. All promises reject with a SinewError of one line when the server does not answer.
 */
export interface GazeboWorld {
  /** For messages: "Gazebo Classic 11", "Fortress", … */
  readonly title: string;
  readonly jointNames: readonly string[];
  /** Whether the server is there. */
  readonly connected: boolean;
  readonly counters: GazeboCounters;
  /** The newest state and clock. */
  readonly joints: GazeboJointState;
  readonly clock: GazeboClock;

  onJoints(listener: (state: GazeboJointState) => void): Unsubscribe;
  onClock(listener: (clock: GazeboClock) => void): Unsubscribe;
  /** Pictures and depth of the camera; Gazebo renders only while somebody listens. */
  onImage(camera: string, listener: (image: GazeboImage) => void): Unsubscribe;
  /** At once where it follows from the world, otherwise with the first picture. */
  onCameraInfo(camera: string, listener: (info: GazeboCameraInfo) => void): Unsubscribe;
  /** Called with false when the server is gone, with true when it is there again. */
  onConnection(listener: (connected: boolean) => void): Unsubscribe;

  /**
   * Position targets of the robot's joints. While the world runs, resolves when they are sent; a
   * following {@link step} begins only after the server has taken them.
   */
  command(positions: ArrayLike<number>): Promise<void>;
  pause(paused: boolean): Promise<void>;
  /**
   * Advances a paused world by exactly n physics steps, and by one more for each state that got lost;
   * resolves with the state after the last.
   */
  step(n: number): Promise<GazeboJointState>;
  /**
   * Resolves with a picture of the camera taken at `time` or later; waits for one, but never for
   * time to pass. Only while {@link onImage} has a listener for it.
   */
  imageAt(camera: string, time: number): Promise<GazeboImage>;
  /**
   * Time and models back to the world file, paused, then the joints at rest at `positions`; where
   * ros2_control drives them, time goes on and models stay. Resolves with the first state after that.
   */
  reset(reset: GazeboReset): Promise<GazeboJointState>;
  /** Adds a model. `sdf`: a whole SDF document with one model. */
  spawn(name: string, sdf: string, pose: GazeboPose): Promise<void>;
  /** Removes a model. */
  remove(name: string): Promise<void>;
  move(name: string, pose: GazeboPose): Promise<void>;
  /** Where a tracked model is now (the newest pose that arrived). */
  pose(name: string): GazeboPose | undefined;
  close(): Promise<void>;
}
