/**
 * What the console hears: joint states, cameras, chunks, the controller's and the policy's own words.
 * Cameras are listened to only while somebody looks, so that an idle console costs next to nothing.
 */
import { steadyNow } from '../core/clock.js';
import { diagnosticValues } from '../ros/diagnostics.js';
import { JointStateReader } from '../ros/joint_state_reader.js';
import type { JointTrajectory } from '../ros/message_types.js';
import type { Qos } from '../ros/qos.js';
import type { RosNode, Subscription } from '../ros/ros_node.js';
import { secondsOf } from '../ros/stamp.js';
import { cameraFrame } from './camera_frame.js';
import { monitorFrame } from './monitor_frame.js';
import type { Authority, ChunkMessage, HealthLine } from './protocol.js';
import { TickStatistics } from './tick_statistics.js';
import type { ConsoleTopics } from './topics.js';

export interface FeedOptions {
  readonly topics: ConsoleTopics;
  /** In the robot's order. */
  readonly joints: readonly string[];
  readonly cameras: readonly string[];
  readonly cameraWidth: number;
  /** Quality of joint states and pictures. */
  readonly streamQos: Qos;
}

/** Where the feed's frames go. */
export interface FeedSink {
  frame(bytes: Buffer): void;
  chunk(message: ChunkMessage): void;
  authority(authority: Authority): void;
}

const NUMBERS = 'std_msgs/msg/Float64MultiArray';
/** Chunks longer than this are not drawn. */
const MOST_POINTS = 128;

export class Feed {
  readonly statistics = new TickStatistics();
  /** By name, as each node reported last. */
  readonly health = new Map<string, HealthLine>();
  authority: Authority | undefined;
  readonly #node: RosNode;
  readonly #options: FeedOptions;
  readonly #sink: FeedSink;
  readonly #joints: JointStateReader;
  /** When each stream was last heard, steady clock, s. */
  readonly #heard = new Map<string, number>();
  #cameras: Subscription[] = [];

  constructor(node: RosNode, options: FeedOptions, sink: FeedSink) {
    this.#node = node;
    this.#options = options;
    this.#sink = sink;
    const { topics, joints, streamQos } = options;
    this.#joints = new JointStateReader(joints, topics.jointStates);
    const jointType = 'sensor_msgs/msg/JointState';
    node.subscribeRaw(topics.jointStates, jointType, streamQos, (bytes, at) => {
      this.#joints.read(bytes);
      this.#heard.set('joint states', at);
    });
    const chunkType = 'trajectory_msgs/msg/JointTrajectory';
    node.subscribe(topics.chunk, chunkType, 'command', (message, at) => {
      this.#heard.set('chunks', at);
      const chunk = chunkMessage(message, joints);
      if (chunk !== undefined) sink.chunk(chunk);
    });
    node.subscribe(topics.telemetry, NUMBERS, 'reliable', ({ data }, at) => {
      this.#heard.set('controller', at);
      this.statistics.addTicks(data, at);
    });
    node.subscribe(topics.policyTelemetry, NUMBERS, 'reliable', ({ data }, at) => {
      this.statistics.addChunk(data[1] ?? Number.NaN, at);
    });
    node.subscribe(topics.monitor, NUMBERS, 'reliable', (message, at) => {
      this.#heard.set('controller', at);
      const frame = monitorFrame(message, joints.length);
      if (frame !== undefined) sink.frame(frame);
    });
    node.subscribe(topics.authority, 'std_msgs/msg/String', 'latched', ({ data }, at) => {
      this.#heard.set('authority', at);
      this.authority = JSON.parse(data) as Authority;
      sink.authority(this.authority);
    });
    const diagnostics = 'diagnostic_msgs/msg/DiagnosticArray';
    node.subscribe('/diagnostics', diagnostics, 'reliable', ({ status }, at) => {
      for (const line of status) {
        const { level, name, message } = line;
        this.health.set(name, { level, name, message, values: diagnosticValues(line) });
        this.#heard.set(`diagnostics ${name.split(':', 1)[0]}`, at);
      }
    });
  }

  /** Newest joint positions, rad, in the robot's order; undefined before the first. */
  get position(): Float64Array | undefined {
    return this.#heard.has('joint states') ? this.#joints.position : undefined;
  }

  /** s since the newest message of a stream; Infinity for one that never came. */
  age(stream: string, now = steadyNow()): number {
    return now - (this.#heard.get(stream) ?? Number.NEGATIVE_INFINITY);
  }

  /** Of the streams that are shown; null for one that never came. */
  ages(now: number): Record<string, number | null> {
    const cameras = this.#options.cameras.map((name) => `camera ${name}`);
    const streams = ['joint states', ...cameras, 'chunks', 'controller', 'authority'];
    return Object.fromEntries(
      streams.map((stream) => {
        const age = this.age(stream, now);
        return [stream, Number.isFinite(age) ? Math.max(0, age) : null];
      }),
    );
  }

  /** Lines whose node has reported within the last seconds; the others count as stale. */
  lines(now: number): HealthLine[] {
    return [...this.health.values()]
      .map((line) => {
        const node = line.name.split(':', 1)[0];
        return this.age(`diagnostics ${node}`, now) < 3 ? line : { ...line, level: 3 };
      })
      .sort((a, b) => a.name.localeCompare(b.name));
  }

  /** Begins or ends to listen to the cameras. */
  watchCameras(watch: boolean): void {
    if (watch === this.#cameras.length > 0) return;
    if (!watch) {
      for (const subscription of this.#cameras) subscription.close();
      this.#cameras = [];
      return;
    }
    const { cameras, topics, cameraWidth, streamQos } = this.#options;
    this.#cameras = cameras.map((name, camera) =>
      this.#node.subscribe(topics.camera(name), 'sensor_msgs/msg/Image', streamQos, (image, at) => {
        this.#sink.frame(cameraFrame(image, camera, cameraWidth));
        this.#heard.set(`camera ${name}`, at);
      }),
    );
  }
}

/** undefined for a chunk that lacks a joint, is malformed, or too long to draw. */
function chunkMessage(
  { header, joint_names: names, points }: JointTrajectory,
  joints: readonly string[],
): ChunkMessage | undefined {
  const columns = joints.map((joint) => names.indexOf(joint));
  if (columns.includes(-1) || points.length === 0 || points.length > MOST_POINTS) return undefined;
  const positions = points.flatMap((point) => columns.map((i) => point.positions[i] ?? Number.NaN));
  if (!positions.every(Number.isFinite)) return undefined;
  const times = points.map((point) => secondsOf(point.time_from_start));
  return { type: 'chunk', stamp: secondsOf(header.stamp), times, positions };
}
