/**
 * The real controller process over real ROS 2, with a robot on the other side that goes exactly
 * where it is commanded and reports its joints at 100 Hz.
 */
import { type ChildProcess, spawn } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { streamQos } from '../../src/app/config.js';
import { RosClock } from '../../src/ros/clock.js';
import { diagnosticValues } from '../../src/ros/diagnostics.js';
import type { DiagnosticStatus } from '../../src/ros/message_types.js';
import type { Publisher } from '../../src/ros/publisher.js';
import { RemoteNode } from '../../src/ros/remote_node.js';
import { RosNode } from '../../src/ros/ros_node.js';
import { stampOf } from '../../src/ros/stamp.js';
import { waitUntil } from '../../src/ros/wait.js';

const root = resolve(import.meta.dirname, '../..');
export const JOINTS = [
  'shoulder_pan',
  'shoulder_lift',
  'elbow_flex',
  'wrist_flex',
  'wrist_roll',
  'gripper',
];
/** Chunk steps are this far apart, s. */
export const STEP = 0.1;

export interface RigOptions {
  readonly domainId: number;
  /** YAML of the `controller` section, indented by two. */
  readonly controller?: string;
  /** YAML of further sections. */
  readonly sections?: string;
  readonly lockstep?: boolean;
  /** Follow /clock, which `clock` publishes. */
  readonly simTime?: boolean;
}

export class ControllerRig {
  readonly position = new Float64Array(JOINTS.length);
  /** All commands received. */
  readonly commands: Float64Array[] = [];
  readonly health = new Map<string, DiagnosticStatus>();
  readonly telemetry: Float64Array[] = [];
  /** All messages of ~/safety. */
  readonly decisions: Float64Array[] = [];
  readonly controller: RemoteNode;
  reporting = true;
  /** Names in joint states. */
  names = [...JOINTS];
  /** N m, in joint states; empty: not measured. */
  effort = new Float64Array(0);
  /** Called before each joint state: publishes what else the controller listens to. */
  feed = (_stamp: number): void => {};
  /** The set-up file. */
  readonly file: string;
  exitCode: number | null | undefined;
  stderr = '';
  #simClock: Publisher<'rosgraph_msgs/msg/Clock'> | undefined;
  readonly #clock: RosClock;
  readonly #child: ChildProcess;
  readonly #folder: string;
  readonly #timer: NodeJS.Timeout;
  readonly #states: Publisher<'sensor_msgs/msg/JointState'>;
  readonly #chunks: Publisher<'trajectory_msgs/msg/JointTrajectory'>;

  private constructor(
    readonly node: RosNode,
    options: RigOptions,
  ) {
    this.#clock = new RosClock(node);
    this.controller = new RemoteNode(node, '/controller');
    const qos = streamQos({ lockstep: options.lockstep ?? false });
    this.#states = node.publisher('/joint_states', 'sensor_msgs/msg/JointState', qos);
    this.#chunks = node.publisher(
      '/action_chunk',
      'trajectory_msgs/msg/JointTrajectory',
      'command',
    );
    const command = '/forward_position_controller/commands';
    node.subscribe(command, 'std_msgs/msg/Float64MultiArray', 'reliable', ({ data }) => {
      this.commands.push(data);
      this.position.set(data);
    });
    const type = 'diagnostic_msgs/msg/DiagnosticArray';
    node.subscribe('/diagnostics', type, 'reliable', ({ status }) => {
      for (const line of status) this.health.set(line.name, line);
    });
    const array = 'std_msgs/msg/Float64MultiArray';
    node.subscribe('/controller/telemetry', array, 'reliable', ({ data }) => {
      this.telemetry.push(data);
    });
    node.subscribe('/controller/safety', array, 'reliable', ({ data }) => {
      this.decisions.push(data);
    });

    this.#folder = mkdtempSync(join(tmpdir(), 'sinew-controller-'));
    this.file = join(this.#folder, 'setup.yaml');
    const section = options.controller ?? '  rate_hz: 100';
    const ros = `ros:\n  use_sim_time: ${options.simTime === true}`;
    const robot = `robot: ${join(root, 'config/so101.yaml')}`;
    const sections = options.sections ?? '';
    writeFileSync(this.file, `${robot}\n${ros}\ncontroller:\n${section}\n${sections}\n`);
    const script = join(root, 'dist/app/controller.js');
    const args = [
      script,
      '--config',
      this.file,
      ...(options.lockstep === true ? ['--lockstep'] : []),
    ];
    this.#child = spawn(process.execPath, args, {
      env: { ...process.env, ROS_DOMAIN_ID: String(options.domainId) },
      stdio: ['ignore', 'ignore', 'pipe'],
    });
    this.#child.stderr?.on('data', (text: Buffer) => {
      this.stderr += text.toString();
    });
    this.#child.on('exit', (code) => {
      this.exitCode = code;
    });
    this.#timer = setInterval(() => {
      if (options.lockstep === true) return;
      this.feed(this.#clock.now());
      if (this.reporting) this.report();
    }, 10);
  }

  /** Starts everything and waits until the controller is configured. */
  static async start(options: RigOptions): Promise<ControllerRig> {
    const node = await RosNode.create({
      name: 'controller_rig',
      domainId: options.domainId,
      onError: () => {},
    });
    const rig = new ControllerRig(node, options);
    try {
      await waitUntil(() => node.nodeNames().includes('/controller'), 'controller found', 30);
      // One that activates by itself may be active before it can be asked.
      const configured = async () =>
        ['inactive', 'active'].includes(await rig.controller.state(10));
      await rig.until(configured, 'configured controller');
    } catch (error) {
      await rig.stop();
      throw error;
    }
    return rig;
  }

  /** Publishes the robot's joint state, stamped now or `stamp`. */
  report(stamp = this.#clock.now()): void {
    this.#states.publish({
      header: { stamp: stampOf(stamp), frame_id: '' },
      name: this.names,
      position: this.position.slice(0, this.names.length),
      velocity: new Float64Array(0),
      effort: this.effort,
    });
  }

  /** Publishes simulated time, s. */
  clock(time: number): void {
    this.#simClock ??= this.node.publisher('/clock', 'rosgraph_msgs/msg/Clock', 'latest');
    this.#simClock.publish({ clock: stampOf(time) });
  }

  /** A chunk in which every joint goes through `steps`, added to where it is. */
  chunk(steps: readonly number[], stamp = this.#clock.now(), from = this.position.slice()): void {
    const empty = new Float64Array(0);
    this.#chunks.publish({
      header: { stamp: stampOf(stamp), frame_id: '' },
      joint_names: [...JOINTS],
      points: steps.map((step, i) => ({
        positions: from.map((q) => q + step),
        velocities: empty,
        accelerations: empty,
        effort: empty,
        time_from_start: stampOf(i * STEP),
      })),
    });
  }

  /** Activates as soon as the controller is ready to be. */
  async activate(): Promise<void> {
    await this.until(
      () =>
        this.controller.change('activate').then(
          () => true,
          () => false,
        ),
      'activation',
    );
  }

  async until(condition: () => boolean | Promise<boolean>, what: string): Promise<void> {
    for (let i = 0; i < 600; i++) {
      if (await condition()) return;
      await new Promise((wake) => setTimeout(wake, 20));
    }
    throw new Error(`no ${what}; ${this.stderr.slice(-2000)}`);
  }

  /** The robot has stood still for the last `count` commands. */
  resting(count = 10): boolean {
    const last = this.commands.slice(-count);
    return last.length === count && last.every((row) => row.every((q, j) => q === last[0]?.[j]));
  }

  async diagnosis(name: string): Promise<Record<string, string | number>> {
    this.health.clear();
    await this.until(() => this.health.has(`controller: ${name}`), `diagnostics of ${name}`);
    const status = this.health.get(`controller: ${name}`);
    return status === undefined ? {} : { message: status.message, ...diagnosticValues(status) };
  }

  signal(name: NodeJS.Signals): void {
    this.#child.kill(name);
  }

  async stop(): Promise<void> {
    clearInterval(this.#timer);
    if (this.exitCode === undefined) this.#child.kill('SIGKILL');
    await waitUntil(() => this.exitCode !== undefined, 'exit of the controller', 10);
    this.node.close();
    rmSync(this.#folder, { recursive: true });
  }
}
