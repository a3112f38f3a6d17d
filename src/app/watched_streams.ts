/** The streams whose silence is a fault, as the `safety.watch` section names them. */
import { type Config, cameraTopic } from './config.js';

export interface WatchedStream {
  readonly name: string;
  readonly kind: 'camera' | 'operator';
  readonly topic: string;
  readonly type: string;
  /** s */
  readonly timeout: number;
}

/** In the order of the file; a camera without a topic is watched by the small one beside its images. */
export function watchedStreams(config: Config): WatchedStream[] {
  return Object.entries(config.safety.watch).map(([name, watch]) => ({
    name,
    kind: watch.kind,
    topic: watch.topic ?? cameraTopic(config, name).replace(/[^/]+$/, 'camera_info'),
    type: watch.type ?? 'sensor_msgs/msg/CameraInfo',
    timeout: watch.timeout_s,
  }));
}
