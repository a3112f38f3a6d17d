/** All probes of `sinew doctor`, in the order of their lines. */
import { clockProbe } from './clock_probe.js';
import { ddsProfileProbe } from './dds_profile_probe.js';
import { nodeProbe } from './node_probe.js';
import { onnxProbe } from './onnx_probe.js';
import type { Probe } from './probe.js';
import { rclnodejsProbe } from './rclnodejs_probe.js';
import { realtimeProbe } from './realtime_probe.js';
import { rosProbe } from './ros_probe.js';
import { serialProbe } from './serial_probe.js';
import { sharedMemoryProbe } from './shared_memory_probe.js';

export const PROBES: readonly Probe[] = [
  nodeProbe,
  rosProbe,
  rclnodejsProbe,
  onnxProbe,
  sharedMemoryProbe,
  ddsProfileProbe,
  realtimeProbe,
  serialProbe,
  clockProbe,
];
