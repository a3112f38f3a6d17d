/**
 * The real policy process over real ROS 2, with cameras and a robot on the other side that send what
 * a test wants. The package is a small one of test/policy/fixtures, made to fit the SO-101.
 */
import { type ChildProcess, spawn } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { streamQos } from '../../src/app/config.js';
import { RosClock } from '../../src/ros/clock.js';
import { diagnosticValues } from '../../src/ros/diagnostics.js';
import type {
  DiagnosticStatus,
  ImageMessage,
  JointTrajectory,
} from '../../src/ros/message_types.js';
import type { Publisher } from '../../src/ros/publisher.js';
import { RemoteNode } from '../../src/ros/remote_node.js';
import { RosNode } from '../../src/ros/ros_node.js';
import { secondsOf, stampOf } from '../../src/ros/stamp.js';
import { type Domain, reserveDomain } from '../integration/domain.js';
import { ATTEMPT_S, until } from '../integration/until.js';
import { SpoiledPackage } from '../policy/packages.js';

const root = resolve(import.meta.dirname, '../..');
/** Joints of the fixtures → joints of the arm. */
const NAMES: Record<string, string> = {
  pan: 'shoulder_pan',
  lift: 'shoulder_lift',
  grip: 'gripper',
};
/** Order in which the joints are reported: neither the state's nor the action's. */
const REPORTED = ['gripper', 'elbow_flex', 'shoulder_pan', 'shoulder_lift'];
const CAMERAS = { front: { width: 8, height: 6 }, wrist: { width: 8, height: 8 } } as const;
const STEP_MS = 10;
const FRAME_EVERY = 4;

export interface PolicyRigOptions {
  readonly fixture: string;
  /** Lines of the `policy` section. */
  readonly policy?: readonly string[];
  /** The `executor` section of the controller, as YAML; empty if absent. */
  readonly executor?: string;
  readonly lockstep?: boolean;
  /** Time from an observation to its chunk's takeover in lock-step, s. */
  readonly delay?: number;
  /** False: the wrist camera is silent at first. */
  readonly wrist?: boolean;
  /** Of joints, rad; 0 if absent. */
  readonly positions?: Readonly<Record<string, number>>;
  /** Puts a fault into the package. */
  readonly spoil?: (spoiled: SpoiledPackage) => void;
}

export class PolicyRig {
  readonly chunks: JointTrajectory[] = [];
  readonly marks: Float64Array[] = [];
  readonly telemetry: Float64Array[] = [];
  readonly health = new Map<string, DiagnosticStatus>();
  readonly policy: RemoteNode;
  /** What is sent; a test changes it. */
  readonly sending = { joints: true, front: true, wrist: true };
  readonly size: { front: { width: number; height: number } } = { front: CAMERAS.front };
  readonly positions: Record<string, number>;
  /** Stamps of the frames sent, s. */
  readonly frames: number[] = [];
  exit: { code: number | null; signal: NodeJS.Signals | null } | undefined;
  stderr = '';
  readonly #clock: RosClock;
  readonly #child: ChildProcess;
  readonly #timer: NodeJS.Timeout;
  readonly #images: Record<string, Publisher<'sensor_msgs/msg/Image'>>;
  readonly #states: Publisher<'sensor_msgs/msg/JointState'>;
  #ticks = 0;

  private constructor(
    readonly node: RosNode,
    readonly domain: Domain,
    {
      fixture,
      policy = [],
      executor = '{}',
      lockstep = false,
      delay = 0,
      wrist = true,
      positions,
      spoil,
    }: PolicyRigOptions,
  ) {
    this.positions = { ...positions };
    this.sending.wrist = wrist;
    this.#clock = new RosClock(node);
    this.policy = new RemoteNode(node, '/policy');
    // Early: a server that has not yet found a client drops its answer.
    node.client('/policy/change_state', 'lifecycle_msgs/srv/ChangeState');
    const qos = streamQos({ lockstep });
    this.#states = node.publisher('/joint_states', 'sensor_msgs/msg/JointState', qos);
    this.#images = Object.fromEntries(
      Object.keys(CAMERAS).map((name) => [
        name,
        node.publisher(`/camera/${name}/image_raw`, 'sensor_msgs/msg/Image', qos),
      ]),
    );
    node.subscribe('/action_chunk', 'trajectory_msgs/msg/JointTrajectory', 'reliable', (chunk) => {
      this.chunks.push(chunk);
    });
    const array = 'std_msgs/msg/Float64MultiArray';
    node.subscribe('/policy/lockstep', array, 'reliable', ({ data }) => this.marks.push(data));
    node.subscribe('/policy/telemetry', array, 'reliable', ({ data }) => this.telemetry.push(data));
    node.subscribe('/diagnostics', 'diagnostic_msgs/msg/DiagnosticArray', 'reliable', (m) => {
      for (const line of m.status) this.health.set(line.name, line);
    });

    const spoiled = new SpoiledPackage(fixture).edit('policy.json', (spec) => {
      spec.robot = 'so101';
      const rename = (names: string[]) => names.map((name) => NAMES[name]);
      spec.observation['observation.state'].joints = rename(
        spec.observation['observation.state'].joints,
      );
      spec.action.joints = rename(spec.action.joints);
    });
    spoil?.(spoiled);
    const file = spoiled.path('setup.yaml');
    const lines = [
      `robot: ${join(root, 'config/so101.yaml')}`,
      `episode: { inference_delay_s: ${delay} }`,
      'controller:',
      `  executor: ${executor}`,
      'policy:',
      `  package: ${spoiled.dir}`,
      ...policy.map((line) => `  ${line}`),
    ];
    writeFileSync(file, `${lines.join('\n')}\n`);
    const args = [join(root, 'dist/app/policy.js'), '--config', file];
    if (lockstep) args.push('--lockstep');
    this.#child = spawn(process.execPath, args, {
      env: { ...process.env, ROS_DOMAIN_ID: String(domain.id) },
      // The policy leaves by itself when this channel closes, should the test run be killed.
      stdio: ['ignore', 'ignore', 'pipe', 'ipc'],
    });
    this.#child.stderr?.on('data', (text: Buffer) => {
      this.stderr += text.toString();
    });
    this.#child.on('close', (code, signal) => {
      this.exit = { code, signal };
    });
    this.#timer = setInterval(() => {
      if (!lockstep) this.tick(this.#clock.now());
    }, STEP_MS);
  }

  /** Starts everything, in a domain of its own, until the policy answers in the state `expected`. */
  static async start(options: PolicyRigOptions, expected = 'inactive'): Promise<PolicyRig> {
    const domain = await reserveDomain();
    const node = await RosNode.create({
      name: 'policy_rig',
      domainId: domain.id,
      onError: () => {},
    });
    const rig = new PolicyRig(node, domain, options);
    try {
      await rig.until(async () => (await rig.state()) === expected, `state ${expected}`);
      if (expected === 'unconfigured') return rig;
      // In lock-step nothing is sent twice. Not every package uses cameras, but those stepped here do.
      const images = options.lockstep === true ? Object.values(rig.#images) : [];
      const listened = () => [rig.#states, ...images].every((p) => p.subscriptionCount > 0);
      await rig.until(listened, 'the policy to listen');
    } catch (error) {
      await rig.stop();
      throw error;
    }
    return rig;
  }

  /** Sends what is due 10 ms after the last call: a joint state, and every fourth time frames. */
  tick(stamp: number): void {
    if (this.sending.joints) this.sendJoints(stamp);
    if (this.#ticks++ % FRAME_EVERY !== 0) return;
    if (this.sending.front) this.sendImage('front', stamp, this.size.front);
    if (this.sending.wrist) this.sendImage('wrist', stamp);
    this.frames.push(stamp);
  }

  /** A joint state and frames of one time. */
  show(stamp: number): void {
    this.sendJoints(stamp);
    this.sendImage('front', stamp);
    this.sendImage('wrist', stamp);
  }

  /** In lock-step: the policy's word that it is done with the frames of that time. */
  async done(stamp: number): Promise<Float64Array> {
    const mark = () => this.marks.at(-1) ?? new Float64Array();
    await this.until(() => Math.abs((mark()[0] ?? 0) - stamp) < 1e-6, `frames of ${stamp} s`);
    return mark();
  }

  sendJoints(stamp: number, names: readonly string[] = REPORTED): void {
    this.#states.publish({
      header: { stamp: stampOf(stamp), frame_id: '' },
      name: [...names],
      position: Float64Array.from(names, (name) => this.positions[name] ?? 0),
      velocity: new Float64Array(0),
      effort: new Float64Array(0),
    });
  }

  sendImage(
    camera: keyof typeof CAMERAS,
    stamp: number,
    { width, height }: { width: number; height: number } = CAMERAS[camera],
  ): void {
    const image: ImageMessage = {
      header: { stamp: stampOf(stamp), frame_id: camera },
      height,
      width,
      encoding: 'rgb8',
      is_bigendian: 0,
      step: 3 * width,
      data: new Uint8Array(3 * width * height),
    };
    this.#images[camera]?.publish(image);
  }

  /** Time of ROS now, s. */
  now(): number {
    return this.#clock.now();
  }

  /** Lifecycle state; empty while the policy does not answer. */
  state(): Promise<string> {
    return this.policy.state(ATTEMPT_S).catch(() => '');
  }

  /** Activates as soon as the policy is willing. */
  async activate(): Promise<void> {
    await this.until(async () => {
      await this.policy.change('activate', ATTEMPT_S).catch(() => {});
      return (await this.state()) === 'active';
    }, 'activation');
  }

  until(condition: () => boolean | Promise<boolean>, what: string): Promise<void> {
    return until(condition, what, () => {
      const health = [...this.health.values()].map(({ name, message }) => `${name}: ${message}`);
      return `${health.join(', ')}; ${this.stderr.slice(-2000)}`;
    });
  }

  /** Waits for a line of diagnostics whose message suits. */
  async diagnosis(name: string, message: RegExp): Promise<Record<string, string | number>> {
    const status = () => this.health.get(`policy: ${name}`);
    await this.until(() => message.test(status()?.message ?? ''), `diagnostics ${name} ${message}`);
    const found = status();
    return found === undefined ? {} : { level: found.level, ...diagnosticValues(found) };
  }

  signal(name: NodeJS.Signals): void {
    this.#child.kill(name);
  }

  async stop(): Promise<void> {
    clearInterval(this.#timer);
    if (this.exit === undefined) this.#child.kill('SIGKILL');
    await this.until(() => this.exit !== undefined, 'exit of the policy');
    await this.node.close();
    await this.domain.release();
  }
}

/** Stamps of chunks, s. */
export function stampsOf(chunks: readonly JointTrajectory[]): number[] {
  return chunks.map(({ header }) => secondsOf(header.stamp));
}
