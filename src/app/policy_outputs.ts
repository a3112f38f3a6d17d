/** What the policy publishes: chunks, their timing, and in lock-step the frames it has dealt with. */
import type { Chunk } from '../policy/inference_client.js';
import type { ObservationBlock } from '../policy/observation_block.js';
import type { PolicyPackageJson } from '../policy/package_schema.js';
import { newestState, type UncertaintyScore } from '../policy/uncertainty.js';
import { FloatArrayWriter } from '../ros/float_array_writer.js';
import type { RosNode } from '../ros/ros_node.js';
import { stampOf } from '../ros/stamp.js';
import { TrajectoryWriter } from '../ros/trajectory_writer.js';
import type { Config } from './config.js';

export interface PolicyOutputs {
  /**
   * Publishes a chunk, then its telemetry [observation stamp, whole inference, encoders, graphs],
   * all in s.
   *
   * @param stamp time of the newest observation, s
   * @param begins when the first step is due, s
   */
  chunk(stamp: number, chunk: Chunk, begins: number): void;
  /** Lock-step: [frame stamp, stamp of the newest chunk or −1, sequence]. */
  frame(stamp: number, newestChunk: number, sequence: number): void;
  /** Forgets the chunks so far: what follows need not agree with them. */
  begin(): void;
}

/**
 * @param uncertainty what is published for the gate, if anything
 * @param observation what each chunk was computed from, at the time of `chunk`
 */
export function createOutputs(
  node: RosNode,
  config: Config,
  spec: PolicyPackageJson,
  uncertainty: UncertaintyScore | undefined,
  observation: ObservationBlock,
): PolicyOutputs {
  const { topics } = config;
  const numbers = 'std_msgs/msg/Float64MultiArray';
  const chunks = node.publisher(
    topics.action_chunk,
    'trajectory_msgs/msg/JointTrajectory',
    'command',
  );
  const telemetry = node.publisher(topics.policy_telemetry, numbers, 'reliable');
  const lockstep = config.lockstep
    ? node.publisher(topics.policy_lockstep, numbers, 'reliable')
    : undefined;
  const trajectory = new TrajectoryWriter(spec.action.joints);
  const figures = new FloatArrayWriter(4);
  const marks = new FloatArrayWriter(3);
  const scores = uncertainty && node.publisher(topics.uncertainty, numbers, 'reliable');
  const scoreWriter = new FloatArrayWriter(2);
  const times = new Float64Array(spec.horizon.prediction);
  return {
    chunk(stamp, { actions, timing }, begins) {
      for (const i of times.keys()) times[i] = begins - stamp + i / spec.rate_hz;
      chunks.publish(trajectory.write(stampOf(stamp), times.length, actions, times));
      const { total, encode, graphs } = timing;
      telemetry.publish(figures.write(Float64Array.of(stamp, total, encode, graphs)));
      const state = newestState(spec, observation);
      const score = uncertainty?.score({ begins, actions, timing, state });
      if (score !== undefined) scores?.publish(scoreWriter.write(Float64Array.of(stamp, score)));
    },
    frame(stamp, newestChunk, sequence) {
      lockstep?.publish(marks.write(Float64Array.of(stamp, newestChunk, sequence)));
    },
    begin() {
      uncertainty?.begin();
    },
  };
}
