/**
 * `sinew calibrate latency`: moves a joint of the running robot in a chirp, through controller and
 * safety filter, and finds by cross-correlation how long after its command it moves, and how long
 * after it has moved each camera says so.
 */
import { resolve } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { errorLine, SinewError } from '../core/error.js';
import { setYamlValues } from '../core/yaml_edit.js';
import { assembleRobot } from '../description/robot.js';
import { type Chirp, chirpAt, chirpPeaks } from '../hardware/latency/chirp.js';
import { type Delay, delayOf } from '../hardware/latency/delay.js';
import { loadPackage } from '../policy/package_file.js';
import { RosClock } from '../ros/clock.js';
import { RemoteNode } from '../ros/remote_node.js';
import { RosNode } from '../ros/ros_node.js';
import { stampOf } from '../ros/stamp.js';
import { TrajectoryWriter } from '../ros/trajectory_writer.js';
import type { LatencyOptions } from './calibrate_command.js';
import { type Config, loadConfig, rosEnvironment } from './config.js';
import { LatencyRecording } from './latency_recording.js';

/** Frequencies of the chirp, Hz. */
const BAND = { from: 0.3, to: 1.5 };
/** rad, where the joint can do it. */
const AMPLITUDE = 0.15;
/** Share of the joint's speed and acceleration that the chirp may ask for. */
const SHARE = 0.7;
/** Pieces of the motion are sent this often, each so long and of such steps, s. */
const PIECE = { every: 0.2, length: 0.6, step: 0.02 };
/** Before the motion for all streams to come up, and after it for what is under way, s. */
const QUIET = 1;
const PATIENCE_S = 5;

export async function runCalibrateLatency(options: LatencyOptions): Promise<void> {
  const config = loadConfig(options.config);
  Object.assign(process.env, rosEnvironment(config));
  const joint = options.joint ?? config.robot.joints[0] ?? '';
  const cameras = options.camera.length > 0 ? options.camera : policyCameras(config);
  const amplitude = allowedAmplitude(config, joint, options.amplitude);
  const chirp: Chirp = { amplitude, duration: options.duration, ...BAND };
  const node = await RosNode.create({ name: 'calibrate_latency' });
  try {
    const recording = new LatencyRecording(node, config, joint, cameras);
    await requireStates(node, config);
    await sleep(QUIET * 1000);
    await move(node, config, joint, chirp, recording);
    await sleep(QUIET * 1000);
    const found = evaluate(recording);
    report(found);
    if (options.write) write(config, found);
  } finally {
    await node.close();
  }
}

interface Found {
  readonly actuator: Delay;
  readonly cameras: ReadonlyMap<string, Delay>;
}

function policyCameras(config: Config): string[] {
  if (config.policy === undefined) return [];
  const { observation } = loadPackage(resolve(config.dir, config.policy.package)).spec;
  return Object.values(observation).flatMap((input) =>
    input.type === 'image' ? [input.camera] : [],
  );
}

/**
 * The amplitude asked for, or one that the joint can do, rad.
 *
 * @throws SinewError when the joint is unknown, or the chirp would come near its limits
 */
function allowedAmplitude(config: Config, joint: string, asked: number | undefined): number {
  const limits = assembleRobot(config.robot).limits.find(({ name }) => name === joint);
  if (limits === undefined) {
    throw new SinewError(`no joint "${joint}"`, { expected: config.robot.joints.join(', ') });
  }
  const { velocity, acceleration } = chirpPeaks({ amplitude: 1, duration: 1, ...BAND });
  const most = Math.min(limits.velocity / velocity, limits.acceleration / acceleration) * SHARE;
  if (asked === undefined) return Math.min(AMPLITUDE, most);
  if (asked <= most) return asked;
  throw new SinewError(`an amplitude of ${asked} rad is too much for joint "${joint}"`, {
    where: '--amplitude',
    expected: `at most ${most.toFixed(3)} rad`,
  });
}

/** @throws SinewError unless the controller is active and the policy is not */
async function requireStates(node: RosNode, config: Config): Promise<void> {
  const state = async (name: string) =>
    new RemoteNode(node, name).state(PATIENCE_S).catch((error: unknown) => errorLine(error));
  const controller = await state('/controller');
  if (controller !== 'active') {
    throw new SinewError(`the controller is not active (${controller})`, {
      cure: 'start the processes and run: ros2 lifecycle set /controller activate',
    });
  }
  const policies = node.publishersOf(config.topics.action_chunk).map((endpoint) => endpoint.node);
  if (policies.includes('/policy') && (await state('/policy')) === 'active') {
    throw new SinewError('the policy is active and would move the arm too', {
      cure: 'run: ros2 lifecycle set /policy deactivate',
    });
  }
}

/** Sends the motion piece by piece, each as a chunk of its own. */
async function move(
  node: RosNode,
  config: Config,
  joint: string,
  chirp: Chirp,
  recording: LatencyRecording,
): Promise<void> {
  const { joints } = config.robot;
  const clock = new RosClock(node);
  const start = await restingPose(node, config);
  const writer = new TrajectoryWriter(joints);
  const type = 'trajectory_msgs/msg/JointTrajectory';
  const publisher = node.publisher(config.topics.action_chunk, type, 'command');
  while (publisher.subscriptionCount === 0) await sleep(20);
  const count = Math.round(PIECE.length / PIECE.step);
  const times = Float64Array.from({ length: count }, (_, i) => i * PIECE.step);
  const positions = new Float64Array(count * joints.length);
  const index = joints.indexOf(joint);
  recording.recording = true;
  const begun = clock.now();
  for (let now = begun; now < begun + chirp.duration + PIECE.length; now = clock.now()) {
    for (let i = 0; i < count; i++) {
      positions.set(start, i * joints.length);
      const shift = chirpAt(chirp, now - begun + i * PIECE.step);
      positions[i * joints.length + index] = (start[index] ?? 0) + shift;
    }
    publisher.publish(writer.write(stampOf(now), count, positions, times));
    await sleep(PIECE.every * 1000);
  }
  recording.recording = false;
}

/** Where the arm stands, rad, in the order of the robot's joints. */
async function restingPose(node: RosNode, config: Config): Promise<Float64Array> {
  const { joints } = config.robot;
  let pose: Float64Array | undefined;
  const subscription = node.subscribe(
    config.topics.joint_states,
    'sensor_msgs/msg/JointState',
    'sensor',
    ({ name, position }) => {
      pose = Float64Array.from(joints, (joint) => position[name.indexOf(joint)] ?? Number.NaN);
    },
  );
  for (let i = 0; pose === undefined && i < PATIENCE_S * 50; i++) await sleep(20);
  subscription.close();
  if (pose?.every(Number.isFinite)) return pose;
  throw new SinewError('no joint states of all joints', { where: config.topics.joint_states });
}

function evaluate({ commanded, measured, cameras }: LatencyRecording): Found {
  const actuator = delayOf(commanded, measured, 'the joint');
  const found = new Map<string, Delay>();
  for (const [name, pictures] of cameras) {
    found.set(name, delayOf(measured, pictures.signals(), `camera "${name}"`));
  }
  return { actuator, cameras: found };
}

function report({ actuator, cameras }: Found): void {
  const line = (what: string, { delay, correlation }: Delay) =>
    console.log(`${what}: ${(delay * 1e3).toFixed(1)} ms (correlation ${correlation.toFixed(3)})`);
  line('actuator', actuator);
  for (const [name, delay] of cameras) line(`camera ${name}`, delay);
}

function write(config: Config, { actuator, cameras }: Found): void {
  const seconds = ({ delay }: Delay) => Number(Math.max(0, delay).toFixed(4));
  setYamlValues(config.file, [
    { path: ['latency', 'actuator_s'], value: seconds(actuator) },
    ...[...cameras].map(([name, delay]) => ({
      path: ['latency', 'cameras', name],
      value: seconds(delay),
    })),
  ]);
  console.log(`written to ${config.file}: latency; it counts from the next start of the processes`);
}
